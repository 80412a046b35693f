"""Frauds with the visit: left out, prettified, of another attempt or station, or under milder facts."""

from dataclasses import replace
from typing import Any

from agent import assignment, record_form, seal
from agent.assignment import Assignment
from agent.chain import Chain
from agent.link import Link
from agent.record import AcceptanceRecord, CriteriaRef, Result
from agent.visiting import Visit
from diagnostics import criteria
from diagnostics.measurement import Failure
from tests.agent import orders
from tests.agent import visits as samples
from tests.agent.test_visiting import RESOURCE, walk
from tests.diagnostics.fakes import instruments, run_at
from tests.frauds.fraud import Fraud
from tests.frauds.house import MBPS, REFLECTOR, Ending, Forger, House

SLOW = 500.0
MILD = criteria.load("cn_telecom_ftth")
MILD_REF = CriteriaRef(name=MILD.name, version=MILD.version, digest=MILD.digest)


def _order(house: House, order_id: str = "WO-1", **terms: Any) -> Assignment:
    """A signed order whose criteria demand the visit."""
    order = orders.work_order(id=order_id, reflectors=[REFLECTOR], criteria=samples.NAME, resource=RESOURCE)
    envelope = orders.signed(house.ring.order, order, replace(orders.TERMS, **terms))
    given = assignment.parse(orders.file_of(envelope, order), lambda: house.ring.trust)
    assert isinstance(given, Assignment)
    house.ledger.issue(given.token, given.ref, orders.ISSUED.isoformat())
    return given


def _visit(station: Chain, given: Assignment) -> Visit:
    return Visit(station, given, load=criteria.load, discretion=orders.discretion(given))


def _result_link(station: Chain) -> Link:
    return [link for link in station.links if link.tx == "E"][-1]


def _record(station: Chain, link: Link) -> AcceptanceRecord:
    return record_form.parse(seal.read(station.token(link), typ=seal.RECORD).payload)


def _claimed(station: Chain, given: Assignment, *left_out: int) -> Result:
    """What an honest visit would be closed with, but for the steps that are left out."""
    visit = _visit(station, given)
    walk(visit, *left_out)
    standing = visit.standing()
    findings = tuple(finding.to_json() for finding in standing.verdict.findings)
    return Result(measurements=standing.measurements, outcome=standing.verdict.outcome, findings=findings)


def _sealed(station: Chain, claimed: Result, link: Link | None = None, **changes: Any) -> None:
    """A visit's record, with other facts or criteria than its result where a station lies about them."""
    of = link or _result_link(station)
    if "ordered" not in changes or "criteria" not in changes:
        tested = _record(station, of)
        changes = {"ordered": tested.ordered, "criteria": tested.criteria} | changes
    station.close_visit(of, claimed, {}, **changes)


def _tested(house: House, mbps: float = MBPS) -> tuple[Forger, Assignment]:
    station, given = house.station(), _order(house)
    _test(house, station, given, mbps)
    return station, given


def _test(house: House, station: Forger, given: Assignment, mbps: float) -> None:
    house.test(station, given, instruments(down=run_at(mbps)), house.kernel(mbps=mbps))


def honest(house: House) -> Ending:
    """No fraud: a good line, and a visit that was noted whole."""
    station, given = _tested(house)
    _sealed(station, _claimed(station, given))
    return house.hand_in(station)


def left_out(house: House) -> Ending:
    """A good line, and nobody cares for the visit."""
    station, _ = _tested(house)
    return house.hand_in(station)


def prettified(house: House) -> Ending:
    """A visit without the customer's rating, said to be complete."""
    station, given = _tested(house)
    whole = _claimed(station, given)
    none = Failure(kind="no_such_object", stage="visit", detail="nobody noted it")
    lacking = tuple(
        replace(m, value=None, failure=none) if m.quantity == "customer_rating" else m for m in whole.measurements
    )
    _sealed(station, replace(whole, measurements=lacking))
    return house.hand_in(station)


def of_a_failing_line(house: House) -> Ending:
    """The line is slow, and the visit is perfect."""
    station, given = _tested(house, SLOW)
    _sealed(station, _claimed(station, given))
    return house.hand_in(station)


def of_the_better_attempt(house: House) -> Ending:
    """The first attempt was good, the second one slow; the visit is closed on the first."""
    station, given = _tested(house)
    good, claimed = _result_link(station), _claimed(station, given)
    _test(house, station, given, SLOW)
    _sealed(station, claimed, good)
    return house.hand_in(station)


def by_another_station(house: House) -> Ending:
    """A second station closes the visit on the result of the first."""
    house.pin(house.ring.stranger, "station", "station-2")
    station, given = _tested(house)
    house.hand_in(station)
    second = house.station("station-2", key=house.ring.stranger, journal="second")
    link, tested = _result_link(station), _record(station, _result_link(station))
    _sealed(second, _claimed(station, given), link, ordered=tested.ordered, criteria=tested.criteria)
    return house.hand_in(second)


def milder_facts(house: House) -> Ending:
    """The visit states an order without the drop cable's label, which then nobody demands."""
    station, given = _tested(house)
    tested = _record(station, _result_link(station))
    assert tested.ordered
    claimed = _claimed(station, given)
    kept = tuple(finding for finding in claimed.findings if finding["name"] != "cable_label_as_ordered")
    _sealed(station, replace(claimed, findings=kept), ordered=replace(tested.ordered, cable_label=""))
    return house.hand_in(station)


def milder_criteria(house: House) -> Ending:
    """The visit is judged by the set in which it is only advised."""
    station, given = _tested(house)
    tested = _record(station, _result_link(station))
    assert tested.ordered
    named = replace(tested.ordered, criteria=MILD.name)
    _sealed(station, _claimed(station, given, 9), ordered=named, criteria=MILD_REF)
    return house.hand_in(station)


def barcode_not_compared(house: House) -> Ending:
    """A bar code of another device, said to be the one that was read."""
    station, given = _tested(house)
    visit = _visit(station, given)
    walk(visit)
    visit.note("barcode", {"text": "HWTC000000FF"})
    found = visit.standing().measurements
    same = tuple(replace(m, value="same") if m.quantity == "device_barcode_as_read" else m for m in found)
    _sealed(station, replace(_claimed(station, given), measurements=same))
    return house.hand_in(station)


FRAUDS = {
    "visit left out": Fraud(left_out, "recorded", "waits for the visit"),
    "visit prettified": Fraud(prettified, "review", "nobody noted it"),
    "visit of a failing line": Fraud(of_a_failing_line, "rejected", "the result: "),
    "visit of the better attempt": Fraud(of_the_better_attempt, "recorded", "a later attempt was opened"),
    "visit by another station": Fraud(by_another_station, "review", "is not known here"),
    "visit under milder facts": Fraud(milder_facts, "review", "other ordered facts than the result"),
    "visit under milder criteria": Fraud(milder_criteria, "review", "other criteria than the result"),
    "bar code never compared": Fraud(barcode_not_compared, "review", "bar code was not compared"),
}
