"""Frauds with bundles: what is shown to a customer or a regulator, who have no ledger."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from agent import acknowledgement, bundle, seal
from agent.bundle import Bundle
from diagnostics import strict_json
from tests.agent import orders
from tests.diagnostics.fakes import instruments, run_at
from tests.frauds.attempts import SLOW
from tests.frauds.fraud import Fraud
from tests.frauds.house import Ending, House, stated

Tamper = Callable[[House, Bundle], Bundle]


def shown(tamper: Tamper, house: House) -> Ending:
    """A failed attempt and a good one, acknowledged, shown as somebody likes them."""
    station, given = house.station(), house.order()
    house.test(station, given, instruments(down=run_at(SLOW)), house.kernel(mbps=SLOW))
    house.test(station, given, gates=house.kernel())
    house.hand_in(station)
    house.honest.add("WO-1")
    query = "SELECT digest, acceptance FROM records"
    answers = {row[0]: row[1] for row in house.ledger.connection.execute(query)}
    for link in station.links:
        station.acknowledge(link, answers[link.digest], house.now)
    return house.judged(tamper(house, bundle.collect(station, "WO-1")))


def untouched(house: House) -> Ending:
    """No fraud."""
    return shown(lambda house, made: made, house)


def _left_out(house: House, made: Bundle) -> Bundle:
    return replace(made, attempts=made.attempts[1:])


def _exchanged(house: House, made: Bundle) -> Bundle:
    first, last = made.attempts
    return replace(made, attempts=(replace(first, close=last.close), last))


def _renamed(house: House, made: Bundle) -> Bundle:
    return replace(made, order_id="WO-2")


def _other_order(house: House, made: Bundle) -> Bundle:
    return replace(made, signed_order=orders.signed(house.ring.order, nonce=bytes(32)).token)


def _no_order(house: House, made: Bundle) -> Bundle:
    return replace(made, signed_order=None)


def _accepted(house: House, made: Bundle, **changes: object) -> Bundle:
    assert made.acceptance
    content = strict_json.parse_object(seal.read(made.acceptance, typ=seal.ACCEPTANCE).payload)
    answer = replace(acknowledgement.from_json(content), **{"verdict": None, **changes})  # type: ignore[arg-type]
    sealed = seal.seal(acknowledgement.write(answer), typ=seal.ACCEPTANCE, key=house.ring.acceptor)
    return replace(made, acceptance=sealed.token)


def _of_the_first(house: House, made: Bundle) -> Bundle:
    return _accepted(house, made, record=seal.digest_of(made.attempts[0].close or ""))


def _judged_otherwise(house: House, made: Bundle) -> Bundle:
    return _accepted(house, made, outcome="rejected")


def _before_it_was_seen(house: House, made: Bundle) -> Bundle:
    return _accepted(house, made, issued_at=stated("down").admitted_at.replace(hour=0))


def _by_the_station(house: House, made: Bundle) -> Bundle:
    assert made.acceptance
    payload = seal.read(made.acceptance, typ=seal.ACCEPTANCE).payload
    return replace(made, acceptance=seal.seal(payload, typ=seal.ACCEPTANCE, key=house.ring.station).token)


def _shown(tamper: Tamper, words: str) -> Fraud:
    return Fraud(partial(shown, tamper), "invalid", words)


FRAUDS = {
    "bundle without its failed attempt": _shown(_left_out, "attempt 1 is missing or out of order"),
    "bundle with another attempt's result": _shown(_exchanged, "its close record ends another attempt"),
    "bundle under another order's name": _shown(_renamed, "a record is for order WO-1"),
    "bundle with another signed order": _shown(_other_order, "the last attempt names another signed order"),
    "bundle without its signed order": _shown(_no_order, "the signed order that the records name is not here"),
    "bundle with the acceptance of another record": _shown(_of_the_first, "for another record than the last result"),
    "bundle with an acceptance of another verdict": _shown(_judged_otherwise, "the acceptor judged rejected"),
    "bundle accepted before it was seen": _shown(_before_it_was_seen, "saw it after it had been accepted"),
    "bundle that the station accepted itself": _shown(_by_the_station, "is pinned as station"),
}
