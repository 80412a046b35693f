"""Frauds with attempts: hidden, repeated, too many, too early, too late, or judged by other criteria."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from agent import seal
from agent.assignment import Assignment
from agent.record import CriteriaRef, Result
from agent.reflector.gate import Admitted
from diagnostics import criteria
from diagnostics.criteria import Criteria
from tests.agent import orders, receipts
from tests.agent.reflector.conftest import House as GateHouse
from tests.diagnostics.fakes import instruments, run_at
from tests.frauds.fraud import Fraud
from tests.frauds.gates import asking
from tests.frauds.house import Ending, House, keeping, stated, stopped

OTHER = "7" * 64
SLOW = 500.0


def same_bytes_again(house: House) -> Ending:
    """The records that closed one work order are handed in again for the next one."""
    station = house.station()
    house.test(station, house.order("WO-0"), gates=house.kernel())
    house.hand_in(station)
    house.honest.add("WO-0")
    house.order("WO-1")
    return house.hand_in(station)


def old_result(house: House) -> Ending:
    """What closed one work order is sealed anew for the next one on the same line."""
    station, old = house.station(), house.order("WO-0")
    seen: list[Result] = []
    station.lie = keeping(seen)
    house.test(station, old, gates=house.kernel())
    house.hand_in(station)
    house.honest.add("WO-0")
    station.lie = None
    new = house.order("WO-1")
    attempt = station.open(new.ref, ordered=orders.discretion(new).ordered, criteria=_default(), environment={})
    station.finish(attempt, seen[0], {})
    return house.hand_in(station, *station.witnesses(station.links[0].digest), skip=2)


def _default() -> CriteriaRef:
    made = criteria.load("cn_telecom_ftth")
    return CriteriaRef(name=made.name, version=made.version, digest=made.digest)


def edited_criteria(house: House) -> Ending:
    """The station judges by a copy of the criteria with a tenth of the floor."""
    station = house.station()
    path = Path(criteria.__file__).parent / "criteria" / "cn_telecom_ftth.toml"
    edited = criteria.parse(path.read_bytes().replace(b"value = 0.9,", b"value = 0.1,"), path.name)
    bench = instruments(down=run_at(930))

    def load(name: str) -> Criteria:
        return edited

    house.test(station, house.order(), bench, house.kernel(mbps=930), load=load)
    return house.hand_in(station)


def weaker_criteria(house: House) -> Ending:
    """The order names the operator's own set, and the station judges by the one that comes with the software."""
    station, given = house.station(), house.order()
    own = CriteriaRef(name="cn_telecom_ftth", version="1", digest=OTHER)
    given = _reissued(house, given, criteria=own)
    house.claim(station, given)
    return house.hand_in(station)


def _reissued(house: House, given: Assignment, **changes: Any) -> Assignment:
    """The same order with other terms, signed by the ticket service and entered in its ledger."""
    envelope = orders.resigned(seal.read(given.token, typ=seal.ORDER), house.ring.order, **changes)
    made = replace(given, signed=orders.read(envelope), token=envelope.token)
    house.ledger.issue(made.token, made.ref, orders.ISSUED.isoformat())
    return made


def nine_hidden(house: House) -> Ending:
    """Nine attempts fail and leave no record; the tenth is good. The gate signed and told of each."""
    station, given = house.station(), house.order(attempts=3)
    gate = GateHouse(ring=house.ring, folder=house.folder / "reflector", capacity=9)
    try:
        order = seal.read(given.token, typ=seal.ORDER)
        for number in range(9):
            found = gate.gate.admit(order.token, gate.proof(order, open=f"{number:064x}"), "127.0.0.1")
            assert isinstance(found, Admitted)
    finally:
        gate.gate.close()
        gate.face.server_close()
    for path in sorted((gate.folder / "receipts").iterdir()):
        house.told(path.read_text())
    house.test(station, given, gates=house.kernel())
    ending = house.hand_in(station)
    assert ending.words.count("which no record shows") in (0, 9)
    return ending


def left_out(house: House) -> Ending:
    """An attempt is shown, and a failed run in it is not."""
    station, given = house.station(), house.order()
    house.claim(station, given)
    hidden = stated("down", order=given.ref.anchor, open=station.links[0].digest, run=3, state="failed")
    house.told(receipts.sealed(hidden, house.ring.reflector))
    return house.hand_in(station)


def kept_back(house: House) -> Ending:
    """A failed attempt stays in the station's journal, and the good one behind it is handed in."""
    station, given = house.station(), house.order()
    house.test(station, given, instruments(down=run_at(SLOW)), house.kernel(mbps=SLOW))
    house.test(station, given, gates=house.kernel())
    return house.hand_in(station, skip=2)


def too_often(house: House) -> Ending:
    """The second attempt of an order that allows one, by a station that does not count."""
    station, given = house.station(), house.order(attempts=1)
    house.test(station, given, instruments(down=run_at(SLOW)), house.kernel(mbps=SLOW))
    house.claim(station, given)
    return house.hand_in(station)


def too_often_at_the_station(house: House) -> Ending:
    """The same by a station that counts."""
    station, given = house.station(), house.order(attempts=1)
    house.test(station, given, instruments(down=run_at(SLOW)), house.kernel(mbps=SLOW))
    return stopped("not admitted", lambda: house.test(station, given, gates=house.kernel()))


def before_the_order(house: House) -> Ending:
    """All runs were made before the order was signed."""
    station, early = house.station(), {"admitted_at": orders.ISSUED - timedelta(hours=1)}
    house.claim(station, house.order(), down=early, up=early)
    return house.hand_in(station)


def expired(house: House) -> Ending:
    """The order expired by the servers' clocks while the station's stood still; its runs signed nowhere."""
    station, given = house.station(), house.order()
    assert given.signed
    house.now = given.signed.expires_at + timedelta(minutes=1)
    house.test(station, given)
    return house.hand_in(station)


def expired_at_the_station(house: House) -> Ending:
    """The same by a station that has seen a newer server signature."""
    station, given = house.station(), house.order()
    assert given.signed
    station.raise_floor(given.signed.expires_at + timedelta(minutes=1))
    return stopped("not admitted", lambda: house.test(station, given, gates=house.kernel()))


def expired_at_the_gate(house: House) -> Ending:
    """The same, and the station asks the reflector all the same."""

    def asked(gate: GateHouse) -> tuple[str, str]:
        order = gate.order(expires_at=orders.ISSUED + timedelta(hours=1))
        return order.token, gate.proof(order)

    return asking(asked, house)


FRAUDS = {
    "old result again": Fraud(same_bytes_again, "repeated", "for WO-0"),
    "old result in a new record": Fraud(old_result, "review", "its receipt"),
    "edited criteria": Fraud(edited_criteria, "review", "cannot be judged again: criteria cn_telecom_ftth"),
    "weaker criteria than were ordered": Fraud(weaker_criteria, "review", "judged by other criteria"),
    "nine hidden failed attempts": Fraud(nine_hidden, "review", "which no record shows"),
    "hidden failed run": Fraud(left_out, "review", "signed run 3 (failed), which no record shows"),
    "failed attempt kept back": Fraud(kept_back, "waits", "for the record before it"),
    "one attempt more than allowed": Fraud(too_often, "review", "attempt 2 of 1 that the order allows"),
    "one attempt more, honestly": Fraud(too_often_at_the_station, "not admitted", "allows 1 attempts, all are used"),
    "test older than its order": Fraud(before_the_order, "review", "the test is older than the order"),
    "order expired by server time": Fraud(expired, "review", "the order expired at"),
    "expired order at an honest station": Fraud(expired_at_the_station, "not admitted", "expired at"),
    "expired order at the gate": Fraud(expired_at_the_gate, "not admitted", "the order has expired"),
}
