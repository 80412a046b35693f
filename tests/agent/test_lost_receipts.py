"""Receipts that never reached the acceptor by themselves: the station's own copies close the work order."""

from pathlib import Path

from agent.chain import Chain
from tests.agent import receipts
from tests.agent.acceptor.conftest import desk
from tests.agent.acceptor.test_ledger_orders import issued
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.delivering import WAIT_S, acceptor, delivery


def test_receipts_that_no_reflector_could_send_come_with_their_record_and_close_the_work_order(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    office = desk(tmp_path / "ledger", ring, close_unanchored=False)
    ref = issued(office, ring)
    office.ledger.close()
    _, tokens = receipts.witnessed_visit(station, ref, ring.reflector)
    with acceptor(tmp_path, broker, ring, close_unanchored=False):
        assert delivery(station, broker, ring).deliver(WAIT_S)
    office = desk(tmp_path / "ledger", ring)
    kept = office.ledger.connection.execute("SELECT token FROM receipts").fetchall()
    assert sorted(row[0] for row in kept) == sorted(tokens)
    assert office.tickets() == {ref.id: "closed"}
    office.ledger.close()
