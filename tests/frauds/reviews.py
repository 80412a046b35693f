"""Frauds with what persons decide: by a helper's key, on an attempt that was overtaken, for a card with two chains."""

from agent import review, seal
from agent.acceptor.reviewing import ReviewRefused
from agent.keys import PrivateKey
from agent.review import Review
from agent.seal import SealError
from tests.frauds.fraud import Fraud
from tests.frauds.house import Ending, Forger, House
from tests.frauds.lines import PHONE
from tests.frauds.lines import _leases as leases


def _left_to_a_person(house: House) -> Forger:
    """A test that left by a telephone, so that a person must look."""
    leases(house)
    station = house.station()
    house.test(station, house.order(), gates=house.kernel(source=PHONE))
    assert house.hand_in(station).decision == "review"
    return station


def _decided(house: House, station: Forger, key: PrivateKey, by: str) -> Ending:
    """Somebody accepts the first result of a station, as the command does it."""
    record = next(link.digest for link in station.links if link.tx == "E")
    seen = seal.digest_of(house.ledger.known(record).token)
    made = Review(record=record, acceptance=seen, decision="accept", why="trust me", reviewer=by, decided_at=house.now)
    token = seal.seal(review.write(made), typ=seal.REVIEW, key=key).token
    try:
        seal.open_sealed(token, typ=seal.REVIEW, trust=house.trust, at=house.now)
        answer = house.ledger.review(made, token, house.now)
    except SealError as error:
        return Ending(decision="not believed", words=str(error))
    except ReviewRefused as error:
        return Ending(decision="refused", words=str(error))
    return Ending(decision=answer.words.partition(":")[0], words=answer.words)


def by_a_helper(house: House) -> Ending:
    """Who helps stations from afar accepts what a reviewer should look at."""
    house.pin(house.ring.stranger, "support", "helper")
    return _decided(house, _left_to_a_person(house), house.ring.stranger, "helper")


def by_the_acceptor(house: House) -> Ending:
    """The acceptor's own key decides what it left to a person."""
    return _decided(house, _left_to_a_person(house), house.ring.acceptor, "back office")


def overtaken(house: House) -> Ending:
    """An older attempt is accepted while the newest one is still running."""
    house.pin(house.ring.stranger, "reviewer", "Ma Li")
    station = _left_to_a_person(house)
    first = station.links[0]
    wanted = house.ledger.known(station.links[1].digest).record
    assert first.order and wanted.ordered and wanted.criteria
    station.open(first.order, ordered=wanted.ordered, criteria=wanted.criteria, environment={})
    house.hand_in(station, skip=2)
    return _decided(house, station, house.ring.stranger, "Ma Li")


def two_chains(house: House) -> Ending:
    """A result of a cloned card, whose clone has spoken since, is accepted."""
    house.pin(house.ring.stranger, "reviewer", "Ma Li")
    station = _left_to_a_person(house)
    clone = house.station(journal="clone")
    house.test(clone, house.order("WO-2"), gates=house.kernel())
    house.hand_in(clone)
    return _decided(house, station, house.ring.stranger, "Ma Li")


FRAUDS = {
    "decision by a helper's key": Fraud(by_a_helper, "not believed", "is pinned as support"),
    "decision by the acceptor's key": Fraud(by_the_acceptor, "not believed", "is pinned as acceptor"),
    "decision on an attempt that was overtaken": Fraud(overtaken, "refused", "a later attempt was opened since"),
    "decision for a cloned card": Fraud(two_chains, "refused", "key is in quarantine"),
}
