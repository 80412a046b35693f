"""A signed order closes its work order once, for the tests that it allows; nothing else closes it any more."""

from dataclasses import replace
from pathlib import Path

import pytest

from agent.acceptor.ledger_database import LedgerError
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.record import OrderRef
from agent.trust import Trust
from tests.agent import orders
from tests.agent.acceptor.conftest import Desk, desk, visit
from tests.agent.conftest import Ring


@pytest.fixture
def office(tmp_path: Path, ring: Ring) -> Desk:
    return desk(tmp_path / "ledger", ring, close_unanchored=False)


def issued(office: Desk, ring: Ring, nonce: bytes = orders.NONCE, attempts: int = 3) -> OrderRef:
    order = orders.work_order()
    envelope = orders.signed_for_samples(ring.order, nonce=nonce, attempts=attempts)
    ref = OrderRef(id=order.id, digest=order.digest, anchor=envelope.digest)
    office.ledger.issue(envelope.token, ref, orders.ISSUED.isoformat())
    return ref


def decisions(office: Desk, chain: Chain, ref: OrderRef, **values: object) -> list[str]:
    return [answer.decision for token in visit(chain, ref=ref, **values) for answer in office.take(token)]


def test_a_signed_order_is_closed_without_the_policy_and_only_once(office: Desk, ring: Ring, station: Chain) -> None:
    ref = issued(office, ring)
    assert office.tickets() == {ref.id: "open"}
    assert decisions(office, station, ref) == ["recorded", "closed"]
    assert decisions(office, station, ref) == ["recorded", "recorded"]
    assert office.tickets() == {ref.id: "closed"}
    with pytest.raises(LedgerError, match="is closed"):
        issued(office, ring, nonce=bytes(32))


def test_what_nobody_signed_never_closes_a_work_order_that_was_signed(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    office = desk(tmp_path / "ledger", ring, close_unanchored=True)
    ref = issued(office, ring)
    bare = OrderRef(id=ref.id, digest=ref.digest)
    assert decisions(office, station, bare) == ["recorded", "review"]
    assert office.tickets() == {ref.id: "open"}


def test_attempts_are_counted_over_all_stations(office: Desk, ring: Ring, station: Chain, tmp_path: Path) -> None:
    ref = issued(office, ring, attempts=2)
    assert decisions(office, station, ref, ont_rx_power_dbm=-30.0) == ["recorded", "rejected"]
    with Journal(tmp_path / "second") as journal:
        second = Chain(journal, key=ring.stranger, station="station-2", clock=StationClock())
        trusted = ring.trust.keys[ring.station.kid]
        other = replace(trusted, kid=ring.stranger.kid, x=ring.stranger.x, name="station-2")
        office.trust = Trust(keys=ring.trust.keys | {other.kid: other})
        assert decisions(office, second, ref, ont_rx_power_dbm=-30.0) == ["recorded", "rejected"]
    assert decisions(office, station, ref) == ["recorded", "review"]


def test_a_revoked_order_closes_nothing_and_a_new_one_does(office: Desk, ring: Ring, station: Chain) -> None:
    old = issued(office, ring)
    office.ledger.revoke(old.anchor, "wrong house")
    assert office.ledger.orders.newest(old.id) is None
    assert decisions(office, station, old) == ["recorded", "review"]
    new = issued(office, ring, nonce=bytes(32))
    assert decisions(office, station, old) == ["recorded", "review"]
    assert decisions(office, station, new) == ["recorded", "closed"]
