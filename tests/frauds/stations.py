"""Frauds with stations and their journals: copied, set back, exchanged, or working on what is not theirs."""

import shutil
from dataclasses import replace

from agent import enrolment
from agent.acceptor.issuing import withdraw
from agent.assignment import Assignment, Withdrawal, parse, write_withdrawal
from agent.chain import Chain
from agent.order_book import OrderBook
from agent.record import OrderRef
from tests.diagnostics.fakes import instruments, run_at
from tests.frauds.fraud import Fraud
from tests.frauds.house import Ending, House, stopped
from tests.frauds.runs import SLOW


def _slow(house: House, station: Chain, given: Assignment) -> None:
    house.test(station, given, instruments(down=run_at(SLOW)), house.kernel(mbps=SLOW))


def cloned(house: House) -> Ending:
    """Two boxes go on with copies of one card."""
    station, given = house.station(), house.order()
    _slow(house, station, given)
    shutil.copytree(house.folder / "journal", house.folder / "clone")
    clone = house.station(journal="clone")
    house.hand_in(station)
    _slow(house, station, given)
    house.hand_in(station, skip=2)
    house.test(clone, given, gates=house.kernel())
    return house.hand_in(clone, skip=2)


def rolled_back(house: House) -> Ending:
    """A card is set back to before the failed attempt, which the acceptor has seen."""
    station, given = house.station(), house.order()
    shutil.copytree(house.folder / "journal", house.folder / "before")
    _slow(house, station, given)
    house.hand_in(station)
    again = house.station(journal="before")
    house.test(again, given, gates=house.kernel())
    return house.hand_in(again)


def new_journal(house: House) -> Ending:
    """The failed attempt's journal is thrown away, and an empty one begun in its place, as after a damage."""
    station, given = house.station(), house.order()
    _slow(house, station, given)
    house.hand_in(station)
    fresh = house.station(journal="fresh")
    fresh._add("R", {}, epoch=2, reason="the newest entries of the journal are damaged")
    house.test(fresh, given, gates=house.kernel())
    return house.hand_in(fresh)


def link_left_out(house: House) -> Ending:
    """A record in the right place whose `prev` names another one."""
    station, given = house.station(), house.order()
    _slow(house, station, given)
    house.hand_in(station)
    other = house.station(journal="other")
    _slow(house, other, given)
    house.test(other, given, gates=house.kernel())
    return house.hand_in(other, skip=2)


def after_the_quarantine(house: House) -> Ending:
    """A key that was found in two chains brings a good result."""
    cloned(house)
    third = house.station(journal="third")
    house.test(third, house.order("WO-3"), gates=house.kernel())
    return house.hand_in(third)


def two_names(house: House) -> Ending:
    """A second box has the first one's key and a name of its own."""
    box = house.station("station-2")
    house.test(box, house.order(stations=("station-1", "station-2")), gates=house.kernel())
    return house.hand_in(box)


def pinned_twice(house: House) -> Ending:
    """One key is to be pinned for two stations."""
    request = enrolment.request(house.ring.station)
    path = house.folder / "pinned.jwks"
    enrolment.enrol(path, request, role="station", name="station-1")
    return stopped("not enrolled", lambda: enrolment.enrol(path, request, role="station", name="station-2"))


def second_key(house: House) -> Ending:
    """A station is to have a second key, so that one journal can be thrown away."""
    path = house.folder / "pinned.jwks"
    enrolment.enrol(path, enrolment.request(house.ring.station), role="station", name="station-1")
    again = enrolment.request(house.ring.stranger)
    return stopped("not enrolled", lambda: enrolment.enrol(path, again, role="station", name="station-1"))


def not_its_order(house: House) -> Ending:
    """A station works on an order for another one."""
    station, given = house.station(), house.order(stations=("station-2",))
    house.claim(station, given)
    return house.hand_in(station)


def not_its_order_honestly(house: House) -> Ending:
    """The same by a station that looks."""
    station, given = house.station(), house.order(stations=("station-2",))
    return stopped("not admitted", lambda: house.test(station, given, gates=house.kernel()))


def unsigned(house: House) -> Ending:
    """The work order as a bare file, in place of the one that was signed."""
    station, given = house.station(), house.order()
    house.test(station, replace(given, signed=None, token=""))
    return house.hand_in(station)


def never_issued(house: House) -> Ending:
    """An order that the ticket service's key signed and its ledger does not know."""
    station, given = house.station(), house.order()
    house.claim(station, given, order=OrderRef(id="WO-1", digest=given.ref.digest, anchor="7" * 64))
    return house.hand_in(station)


def other_id(house: House) -> Ending:
    """The result under a signed order for the id of another work order."""
    station, given = house.station(), house.order()
    house.claim(station, given, order=replace(given.ref, id="WO-2"))
    return house.hand_in(station)


def other_content(house: House) -> Ending:
    """The result under a signed order for another text of the work order."""
    station, given = house.station(), house.order()
    house.claim(station, given, order=replace(given.ref, digest="7" * 64))
    return house.hand_in(station)


def withdrawn(house: House) -> Ending:
    """The order was withdrawn, and the station never heard of it."""
    station, given = house.station(), house.order()
    house.ledger.revoke(given.ref.anchor, "wrong house")
    house.test(station, given, gates=house.kernel())
    return house.hand_in(station)


def replaced(house: House) -> Ending:
    """The order was withdrawn and a new one issued; the station works on by the old one."""
    station, given = house.station(), house.order()
    house.ledger.revoke(given.ref.anchor, "wrong rate")
    house.order(attempts=9)
    house.claim(station, given)
    return house.hand_in(station)


def withdrawn_honestly(house: House) -> Ending:
    """The order was withdrawn, and the station has heard of it."""
    station, given = house.station(), house.order()
    token = withdraw(given.ref.anchor, "wrong house", key=house.ring.order, at=house.now).token
    withdrawal = parse(write_withdrawal(token), lambda: house.trust)
    assert isinstance(withdrawal, Withdrawal)
    book = OrderBook(station)
    book.revoke(withdrawal)
    return stopped("not admitted", lambda: book.admit(given))


def other_technician(house: House) -> Ending:
    """The order names who may work on it, and this is somebody else."""
    station, given = house.station(), house.order(technicians=("4711",))
    return stopped("not admitted", lambda: OrderBook(station, technician="0815").admit(given))


FRAUDS = {
    "card cloned": Fraud(cloned, "refused", "two records for epoch 1, seq 3"),
    "card rolled back": Fraud(rolled_back, "refused", "two records for epoch 1, seq 1"),
    "journal thrown away": Fraud(new_journal, "review", "the station's chain was begun anew under the same key"),
    "record put into another chain": Fraud(link_left_out, "refused", "does not follow the record before it"),
    "key in quarantine": Fraud(after_the_quarantine, "refused", "the station's key is quarantined"),
    "two stations with one key": Fraud(two_names, "not believed", "station-2 is not station-1, whose key signed it"),
    "one key for two stations": Fraud(pinned_twice, "not enrolled", "is pinned already"),
    "second key for a station": Fraud(second_key, "not enrolled", "has a key already; revoke it first"),
    "order for another station": Fraud(not_its_order, "review", "the order is not for station station-1"),
    "order for another station, honestly": Fraud(not_its_order_honestly, "not admitted", "is for station station-2"),
    "unsigned copy of a signed order": Fraud(unsigned, "review", "unanchored: nobody signed the order"),
    "order that was never issued": Fraud(never_issued, "review", "was not issued here"),
    "signed order for another id": Fraud(other_id, "review", "the signed order is for WO-1"),
    "signed order for other content": Fraud(other_content, "review", "the signed order is for other content"),
    "order that was replaced": Fraud(replaced, "review", "is known here with other content"),
    "withdrawn order at an honest station": Fraud(withdrawn_honestly, "not admitted", "was revoked: wrong house"),
    "order for another technician": Fraud(other_technician, "not admitted", "is for another technician"),
    "order that was withdrawn": Fraud(withdrawn, "review", "the order was revoked: wrong house"),
}
