"""The installation of a line is found by its circuit while its personal data is kept, and goes out as it was."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent import acknowledgement, assignment, baseline, seal
from agent.acceptor.circuits import CircuitsError, keyed, secret_in
from agent.assignment import Assignment
from agent.baseline import BaselineError, handed_out
from agent.chain import Chain
from agent.config_ledger import LedgerPlace
from agent.record import OrderRef
from agent.work_order import OrderError
from tests.agent import orders, samples, visits
from tests.agent.acceptor.conftest import Desk, desk, visit
from tests.agent.conftest import Ring

LINE, OTHER = keyed("C-571-0042", b"s" * 64), keyed("C-571-0043", b"s" * 64)


def attempted(
    office: Desk, station: Chain, number: int, kind: str = "install", circuit: str = LINE, **values: Any
) -> str:
    """An order of this kind for a circuit, and one attempt at it; the digest of the record that it came to."""
    ref = samples.order(number)
    office.ledger.connection.transact(lambda: office.ledger.circuits.enter(circuit, ref.id))
    attempt = station.open(ref, ordered=replace(samples.ORDERED, kind=kind), criteria=samples.CRITERIA, environment={})
    station.finish(attempt, samples.result(samples.GOOD | values), {})
    for link in station.links[-2:]:
        office.take(station.token(link))
    return station.links[-1].digest


def found(office: Desk, circuit: str = LINE) -> str | None:
    made = office.ledger.circuits.installation(circuit)
    return made and seal.digest_of(made.record)


def test_the_newest_closed_installation_of_the_circuit_is_found_and_nothing_else(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    assert found(office) is None
    first = attempted(office, station, 1)
    assert (found(office), found(office, OTHER)) == (first, None)
    attempted(office, station, 2, ont_rx_power_dbm=-30.0)
    attempted(office, station, 3, kind="repair")
    attempted(office, station, 4, circuit=OTHER)
    assert found(office) == first, "neither what was rejected, nor a repair, nor another line's"
    office.ledger.connection.execute("UPDATE records SET received_at = '2026-01-01T00:00:00+00:00'")
    assert attempted(office, station, 5, kind="move") == found(office)


def test_the_result_is_handed_out_also_where_its_visit_closed_the_order(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    office = desk(tmp_path / "ledger", ring)
    office.ledger.connection.transact(lambda: office.ledger.circuits.enter(LINE, "WO-1"))
    for token in (*visits.attempt(station), visits.closing(station)):
        office.take(token)
    made = office.ledger.circuits.installation(LINE)
    assert made is not None and seal.digest_of(made.record) == station.links[1].digest
    assert baseline.believed(handed_out(made.record, made.acceptance), ring.trust).order_id == "WO-1"


def test_nothing_links_an_order_to_its_circuit_once_its_personal_data_is_given_up(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    attempted(office, station, 1)
    office.ledger.forget("WO-1")
    assert found(office) is None
    assert office.count("circuits") == 0
    for table in ("records", "orders", "openings", "attempts", "receipts", "tickets", "waiting", "reviews"):
        rows = office.ledger.connection.execute(f"SELECT * FROM {table}").fetchall()
        assert LINE not in str([list(row) for row in rows]), table


def test_an_order_is_entered_with_its_circuit_in_one_transaction(place: LedgerPlace, ring: Ring) -> None:
    office = desk(place, ring)
    envelope = orders.signed_for_samples(ring.order)
    ref = OrderRef(id="WO-7", digest=orders.read(envelope).order_digest, anchor=envelope.digest)
    office.ledger.issue(envelope.token, ref, orders.ISSUED.isoformat(), LINE)
    rows = office.ledger.connection.execute("SELECT keyed, order_id FROM circuits").fetchall()
    assert [tuple(row) for row in rows] == [(LINE, "WO-7")]


def test_a_circuit_is_known_in_every_spelling_and_by_the_one_secret(tmp_path: Path) -> None:
    secret = secret_in(tmp_path / "circuits.key")
    assert (tmp_path / "circuits.key").stat().st_mode & 0o777 == 0o600
    assert secret_in(tmp_path / "circuits.key") == secret and len(secret) == 64
    assert keyed(" C-1 ", secret) == keyed("C-1", secret) != keyed("C-2", secret)
    assert keyed("C-1", secret_in(tmp_path / "other.key")) != keyed("C-1", secret)
    (tmp_path / "circuits.key").write_text("short\n")
    with pytest.raises(CircuitsError, match="at least 32 characters"):
        secret_in(tmp_path / "circuits.key")


@pytest.fixture
def installed(tmp_path: Path, ring: Ring, station: Chain) -> tuple[str, str]:
    """A result that closed its order, and its acceptance."""
    office = desk(tmp_path / "ledger", ring)
    attempted(office, station, 1)
    made = office.ledger.circuits.installation(LINE)
    assert made is not None
    return made.record, made.acceptance


def parsed(ring: Ring, before: str) -> Assignment:
    envelope = orders.signed(ring.order)
    raw = assignment.write(envelope.token, orders.told(), orders.work_order().raw, before)
    made = assignment.parse(raw, lambda: ring.trust)
    assert isinstance(made, Assignment)
    return made


def test_a_station_believes_what_it_is_handed_by_the_acceptors_seal(ring: Ring, installed: tuple[str, str]) -> None:
    before = parsed(ring, handed_out(*installed)).baseline
    assert before is not None
    assert (before.order_id, before.digest) == ("WO-1", seal.digest_of(installed[0]))
    assert {m.quantity for m in before.measurements} == set(samples.GOOD)
    assert parsed(ring, "").baseline is None


def restated(ring: Ring, token: str, key: str = "acceptor", **changes: Any) -> str:
    made = acknowledgement.from_json(seal.content(seal.read(token, typ=seal.ACCEPTANCE)))
    raw = acknowledgement.write(replace(made, **changes))
    return seal.seal(raw, typ=seal.ACCEPTANCE, key=getattr(ring, key)).token


def test_what_no_acceptor_accepted_is_no_baseline(
    tmp_path: Path, ring: Ring, station: Chain, installed: tuple[str, str]
) -> None:
    record, answer = installed
    opened, other = visit(station, 9)
    forged = {
        "another record": (other, answer, "no acceptance says that this record"),
        "a rejection": (record, restated(ring, answer, decision="rejected"), "no acceptance says that this record"),
        "another key": (record, restated(ring, answer, key="order"), "may not sign"),
        "a stranger": (record, restated(ring, answer, key="stranger"), "not in the trust file"),
        "no result": (opened, restated(ring, answer, record=seal.digest_of(opened)), "is no record with a result"),
        "nothing": ("", "", "baseline: "),
        "the halves exchanged": (answer, record, "typ is not"),
        "one line": (record, "", "baseline: "),
    }
    for why, (token, acceptance, words) in forged.items():
        with pytest.raises(BaselineError, match=words):
            baseline.believed(handed_out(token, acceptance), ring.trust)
        with pytest.raises(OrderError) as caught:
            parsed(ring, handed_out(token, acceptance) or "x")
        assert "baseline: " in str(caught.value) and "\n" not in str(caught.value), why
