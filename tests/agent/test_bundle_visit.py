"""A visit in a bundle is checked as a result is: whose it is, whether it is untouched, and judged again."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent import bundle, record_form, seal
from agent.bundle import Bundle
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.record import RecordError
from agent.verification import Verification, verify
from diagnostics import criteria
from tests.agent import samples, visits
from tests.agent.acceptor.conftest import desk
from tests.agent.conftest import Ring
from tests.agent.visits import MISSING, attempt, closing

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


@pytest.fixture
def station(tmp_path: Path, ring: Ring) -> Iterator[Chain]:
    with Journal(tmp_path / "journal") as journal:
        yield Chain(journal, key=ring.station, station="station-1", clock=StationClock())


def acknowledged(chain: Chain, ring: Ring, folder: Path) -> None:
    office = desk(folder / "ledger", ring)
    for link in chain.pending():
        office.take(chain.token(link))
        statement = "SELECT acceptance FROM records WHERE digest = ?"
        chain.acknowledge(link, office.ledger.connection.execute(statement, (link.digest,)).fetchone()[0], NOW)


def verified(made: Bundle, ring: Ring) -> Verification:
    return verify(bundle.parse(bundle.write(made)), ring.trust, criteria.load, NOW)


def told(found: Verification, name: str) -> tuple[str, str]:
    return next((check.status, check.words) for check in found.checks if check.name == name)


@pytest.fixture
def sound(tmp_path: Path, ring: Ring, station: Chain) -> Bundle:
    """A result that waited for its visit, a visit that lacked something, and the one that closed the work order."""
    attempt(station)
    closing(station, customer_rating=MISSING)
    closing(station)
    acknowledged(station, ring, tmp_path)
    return bundle.collect(station, "WO-1")


def test_a_closed_visit_is_in_the_bundle_and_verifies(sound: Bundle, ring: Ring) -> None:
    assert [len(each.visits) for each in sound.attempts] == [2]
    found = verified(sound, ring)
    assert found.valid
    assert told(found, "visit") == ("OK", "accepted, judged again from what was noted")
    assert told(found, "acceptance")[0] == "OK"
    assert found.acceptance is not None and found.acceptance.decision == "closed"


def test_a_visit_that_is_not_closed_yet_is_said(tmp_path: Path, ring: Ring, station: Chain) -> None:
    attempt(station)
    acknowledged(station, ring, tmp_path)
    found = verified(bundle.collect(station, "WO-1"), ring)
    assert found.valid and found.acceptance is not None
    assert found.acceptance.decision == "recorded"
    assert told(found, "visit") == ("NOT CHECKED", "the criteria demand one, and none was closed yet")


def test_a_visit_of_an_older_attempt_may_be_closed_late(tmp_path: Path, ring: Ring, station: Chain) -> None:
    attempt(station)
    attempt(station, ont_rx_power_dbm=-30.0)
    closing(station, 0)
    acknowledged(station, ring, tmp_path)
    found = verified(bundle.collect(station, "WO-1"), ring)
    assert found.valid and found.outcome == "rejected"


def forged(sound: Bundle, ring: Ring, **change: Any) -> Bundle:
    """The bundle with its last visit changed and signed again by the station's own key."""
    (last,) = sound.attempts
    record = record_form.parse(seal.read(last.visits[-1], typ=seal.RECORD).payload)
    made = replace(record, **change)
    token = seal.seal(record_form.write(made), typ=seal.RECORD, key=ring.station).token
    return replace(sound, attempts=(replace(last, visits=(last.visits[0], token)),), acceptance=None)


def lied(**changes: Any) -> Any:
    return replace(visits.result(changes), outcome="accepted", findings=visits.result().findings)


FRAUDS: dict[str, tuple[str, Callable[[Bundle, Ring], Bundle]]] = {
    "a verdict over what was not noted": ("visit", lambda b, r: forged(b, r, result=lied(customer_rating=MISSING))),
    "a bar code that was not read": (
        "visit",
        lambda b, r: forged(b, r, result=visits.result({"device_barcode": samples.OTHER_SERIAL.commitment})),
    ),
    "another result": ("visit", lambda b, r: forged(b, r, close="a" * 64)),
    "another attempt": ("visit", lambda b, r: forged(b, r, attempt=2)),
    "another order": ("order", lambda b, r: forged(b, r, order=samples.order(2))),
    "milder facts": ("visit", lambda b, r: forged(b, r, ordered=replace(visits.ORDERED, cable_label=""))),
    "milder criteria": ("visit", lambda b, r: forged(b, r, criteria=samples.CRITERIA)),
    "a result in a visit's place": (
        "visit",
        lambda b, r: replace(b, attempts=(replace(b.attempts[0], visits=(b.attempts[0].close or "",)),)),
    ),
    "closed without the visit": (
        "acceptance",
        lambda b, r: replace(b, attempts=(replace(b.attempts[0], visits=()),)),
    ),
}


@pytest.mark.parametrize(("check", "fraud"), FRAUDS.values(), ids=FRAUDS)
def test_a_forged_visit_is_found(
    sound: Bundle, ring: Ring, check: str, fraud: Callable[[Bundle, Ring], Bundle]
) -> None:
    found = verified(fraud(sound, ring), ring)
    assert not found.valid
    assert told(found, check)[0] == "FAILED"


def test_a_visit_under_a_stranger_s_key_is_not_believed(sound: Bundle, ring: Ring) -> None:
    (last,) = sound.attempts
    payload = seal.read(last.visits[-1], typ=seal.RECORD).payload
    token = seal.seal(payload, typ=seal.RECORD, key=ring.stranger).token
    found = verified(replace(sound, attempts=(replace(last, visits=(token,)),)), ring)
    assert not found.valid and told(found, "keys")[0] == "FAILED"


def test_a_visit_is_closed_on_a_result_only(station: Chain) -> None:
    attempt(station)
    with pytest.raises(RecordError, match="closed on a result"):
        station.close_visit(station.links[0], visits.result(), {}, ordered=visits.ORDERED, criteria=visits.CRITERIA)


def test_a_visit_reads_back_as_what_was_written_and_has_no_field_of_a_result(station: Chain) -> None:
    attempt(station)
    payload = seal.read(closing(station), typ=seal.RECORD).payload
    record = record_form.parse(payload)
    assert record_form.write(record) == payload
    assert (record.tx, record.close) == ("V", station.links[1].digest)
    for foreign in ("runs", "receipts", "causes", "profile", "reason"):
        with pytest.raises(RecordError, match=f"{foreign}: is not a field of a V record"):
            record_form.from_json(json.loads(payload) | {foreign: []})
    with pytest.raises(RecordError, match="close: is missing"):
        record_form.from_json({k: v for k, v in json.loads(payload).items() if k != "close"})


def test_the_visit_closed_last_is_the_last_record_of_the_chain(tmp_path: Path, ring: Ring, station: Chain) -> None:
    attempt(station)
    closing(station)
    station.journal.close()
    with Journal(tmp_path / "journal") as journal:
        again = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        assert "".join(link.tx for link in again.links) == "BEV"


def test_every_quantity_of_a_visit_is_judged_on_the_visit_and_no_other() -> None:
    made = visits.DEMANDING
    line, visit = made.for_line(visits.ORDERED), made.for_visit(visits.ORDERED)
    assert {limit.quantity for limit in line}.isdisjoint({limit.quantity for limit in visit})
    assert {limit.name for limit in visit if limit.required} >= {"barcode_as_ordered", "customer_told_result"}
    assert not any(limit.required for limit in criteria.load("cn_telecom_ftth").for_visit(visits.ORDERED))
