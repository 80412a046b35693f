"""One small fleet and its page for all tests of this folder that change nothing in the ledger."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from tests.agent.acceptor.board.house import House, house, small_fleet
from tests.agent.conftest import Ring


@dataclass(frozen=True)
class SmallFleet:
    """A ledger, and the digest of the record in it that waits for a person."""

    ledger: Path
    waits: str


@pytest.fixture(scope="package")
def fleet(tmp_path_factory: pytest.TempPathFactory, ring: Ring) -> SmallFleet:
    folder = tmp_path_factory.mktemp("fleet")
    with Journal(folder / "journal") as journal:
        station = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        return SmallFleet(folder / "ledger", small_fleet(folder / "ledger", ring, station))


@pytest.fixture
def served(tmp_path: Path, fleet: SmallFleet) -> Iterator[House]:
    with house(tmp_path, ledger=fleet.ledger) as made:
        yield made
