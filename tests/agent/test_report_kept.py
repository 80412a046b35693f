"""A station keeps an order's report by what it rests on: the same until journal or keys say something new."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.bundle import BundleError
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.page import policy
from agent.report.kept import Kept, kept
from agent.report.sheet import content_policy
from diagnostics import criteria
from diagnostics.errors import NotAvailable
from tests.agent.conftest import Ring
from tests.agent.visits import attempt, closing

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


@pytest.fixture
def station(tmp_path: Path, ring: Ring) -> Iterator[Chain]:
    with Journal(tmp_path / "journal") as journal:
        yield Chain(journal, key=ring.station, station="station-1", clock=StationClock())


def asked(chain: Chain, ring: Ring, folder: Path, **changes: Any) -> Kept:
    named: dict[str, Any] = {"folder": folder, "trust": ring.trust, "load_criteria": criteria.load, "now": NOW}
    return kept(chain, "WO-1", changes.pop("language", "en"), **(named | changes))


def test_a_report_stays_as_it_was_until_something_new_is_known(station: Chain, ring: Ring, tmp_path: Path) -> None:
    attempt(station)
    folder = tmp_path / "reports"
    first = asked(station, ring, folder)
    assert asked(station, ring, folder, now=NOW + timedelta(hours=1)) == first
    assert b"No visit record is in this bundle" in first.page
    assert asked(station, ring, folder, language="zh").digest != first.digest
    assert b"Signatures not checked" in asked(station, ring, folder, trust=None).page
    closing(station)
    later = asked(station, ring, folder)
    assert later.digest != first.digest
    assert b"Closed 20" in later.page
    assert len(list(folder.iterdir())) == 4


def test_the_oldest_reports_go(station: Chain, ring: Ring, tmp_path: Path) -> None:
    attempt(station)
    asks: list[dict[str, Any]] = [{}, {"language": "zh"}, {"trust": None}]
    pages = [asked(station, ring, tmp_path / "reports", most=2, **more) for more in asks]
    left = {path.read_bytes() for path in (tmp_path / "reports").iterdir()}
    assert len(left) == 2
    assert pages[2].page in left


def test_an_order_without_an_attempt_and_a_folder_that_cannot_be_made_are_said(
    station: Chain, ring: Ring, tmp_path: Path
) -> None:
    with pytest.raises(BundleError, match="no attempt for order WO-1"):
        asked(station, ring, tmp_path / "reports")
    attempt(station)
    (tmp_path / "file").write_text("")
    with pytest.raises(NotAvailable, match="the report cannot be kept"):
        asked(station, ring, tmp_path / "file" / "reports")


def test_a_servers_header_may_say_the_very_policy_of_the_page(station: Chain, ring: Ring, tmp_path: Path) -> None:
    attempt(station)
    page = asked(station, ring, tmp_path / "reports").page.decode()
    assert content_policy().replace("'", "&#x27;") in page
    assert content_policy() != policy()
