"""A signed order closes its work order once, for the tests that it allows; nothing else closes it any more."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.acceptor.believing import witnessed
from agent.acceptor.ledger_database import LedgerError
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace
from agent.journal import Journal
from agent.record import OrderRef
from agent.trust import Trust
from tests.agent import orders, receipts
from tests.agent.acceptor.conftest import NOW, Desk, desk, visit
from tests.agent.conftest import Ring


@pytest.fixture
def office(place: LedgerPlace, ring: Ring) -> Desk:
    return desk(place, ring, close_unanchored=False)


def issued(office: Desk, ring: Ring, nonce: bytes = orders.NONCE, attempts: int = 3) -> OrderRef:
    order = orders.work_order()
    envelope = orders.signed_for_samples(ring.order, nonce=nonce, attempts=attempts)
    ref = OrderRef(id=order.id, digest=orders.read(envelope).order_digest, anchor=envelope.digest)
    office.ledger.issue(envelope.token, ref, orders.ISSUED.isoformat())
    return ref


def decisions(office: Desk, chain: Chain, ring: Ring, ref: OrderRef, **values: object) -> list[str]:
    tokens, seen = receipts.witnessed_visit(chain, ref, ring.reflector, **values)
    return [answer.decision for token in tokens for answer in office.take(token, *seen)]


def test_a_signed_order_is_closed_without_the_policy_and_only_once(office: Desk, ring: Ring, station: Chain) -> None:
    ref = issued(office, ring)
    assert office.tickets() == {ref.id: "open"}
    assert decisions(office, station, ring, ref) == ["recorded", "closed"]
    assert decisions(office, station, ring, ref) == ["recorded", "recorded"]
    assert office.tickets() == {ref.id: "closed"}
    with pytest.raises(LedgerError, match="is closed"):
        issued(office, ring, nonce=bytes(32))


def test_what_nobody_signed_never_closes_a_work_order_that_was_signed(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring, close_unanchored=True)
    ref = issued(office, ring)
    bare = OrderRef(id=ref.id, digest=ref.digest)
    assert [a.decision for token in visit(station, ref=bare) for a in office.take(token)] == ["recorded", "review"]
    assert office.tickets() == {ref.id: "open"}


def test_attempts_are_counted_over_all_stations(office: Desk, ring: Ring, station: Chain, tmp_path: Path) -> None:
    ref = issued(office, ring, attempts=2)
    assert decisions(office, station, ring, ref, ont_rx_power_dbm=-30.0) == ["recorded", "rejected"]
    with Journal(tmp_path / "second") as journal:
        second = Chain(journal, key=ring.stranger, station="station-2", clock=StationClock())
        trusted = ring.trust.keys[ring.station.kid]
        other = replace(trusted, kid=ring.stranger.kid, x=ring.stranger.x, name="station-2")
        office.trust = Trust(keys=ring.trust.keys | {other.kid: other})
        assert decisions(office, second, ring, ref, ont_rx_power_dbm=-30.0) == ["recorded", "rejected"]
    assert decisions(office, station, ring, ref) == ["recorded", "review"]


def test_a_revoked_order_closes_nothing_and_a_new_one_does(office: Desk, ring: Ring, station: Chain) -> None:
    old = issued(office, ring)
    office.ledger.revoke(old.anchor, "wrong house")
    assert office.ledger.orders.newest(old.id) is None
    assert decisions(office, station, ring, old) == ["recorded", "review"]
    new = issued(office, ring, nonce=bytes(32))
    assert decisions(office, station, ring, old) == ["recorded", "review"]
    assert decisions(office, station, ring, new) == ["recorded", "closed"]


def test_a_hidden_run_that_the_reflector_told_of_keeps_the_work_order_open(
    office: Desk, ring: Ring, station: Chain
) -> None:
    ref = issued(office, ring)
    token = receipts.sealed(receipts.made(order=ref.anchor, open="7" * 64, run=9, state="failed"), ring.reflector)
    told = witnessed(token, office.trust, NOW)
    assert office.ledger.note(told, NOW.isoformat())
    assert not office.ledger.note(told, NOW.isoformat())
    assert decisions(office, station, ring, ref) == ["recorded", "review"]
