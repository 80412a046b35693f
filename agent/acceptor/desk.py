"""The desk: decides what becomes of a record, from the record and the facts alone; pure, so it can be asked again.

The station's own verdict is advice: the verdict judged again from the signed measurements decides. What nobody
anchored is closed only where the policy says so, and the reasons say so too.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from agent.acceptor.known_order import KnownOrder
from agent.acceptor.line_binding import Binding, Lookup, bind
from agent.acknowledgement import Decision, LineState
from agent.anchor import departures
from agent.record import UNANCHORED, AcceptanceRecord, demands_visit, judge_again
from agent.visit_link import strays
from agent.witnessing import doubts, hidden, seen_at
from diagnostics.criteria import Criteria, CriteriaError
from diagnostics.ont_again import stood_still

TicketState = Literal["open", "closed", "other"]
ChainState = Literal["complete", "re-anchored"]

_STEPS = {
    "B": "a test was opened",
    "A": "the test was aborted",
    "X": "the test ended by a fault of the station's own software",
    "P": "the test was cut off",
    "R": "the station's chain begins anew",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownResult:
    """The result that a visit is for: its record, its digest, when it came, and whether its attempt is the newest."""

    record: AcceptanceRecord
    digest: str
    at: datetime
    newest: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the desk knows besides the record: why the key is quarantined (or nothing), the ticket, chain and policy.

    `order` is the signed order that the record names, where this back office issued it; `at` is when the record came;
    `lookup` tells the line behind a source network, where the operator has such a look-up. `visited` is the result that
    a visit's record names, where it came from the same station.
    """

    quarantine: str
    ticket: TicketState
    chain: ChainState
    close_unanchored: bool
    load_criteria: Callable[[str], Criteria]
    at: datetime
    order: KnownOrder | None = None
    lookup: Lookup | None = None
    visited: KnownResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What becomes of a record, why, the verdict judged again where there was one, and whether it is the right line."""

    decision: Decision
    reasons: tuple[str, ...]
    outcome: str | None = None
    line: LineState | None = None


def decide(record: AcceptanceRecord, facts: Facts) -> Ruling:
    """The ruling on one verified record that stands in its place in the chain."""
    if facts.quarantine:
        return Ruling(decision="refused", reasons=(f"the station's key is quarantined: {facts.quarantine}",))
    if record.tx == "V":
        return _visit(record, facts)
    if record.tx != "E":
        said = f": {record.reason}" if record.reason else ""
        return Ruling(decision="recorded", reasons=(f"{_STEPS[record.tx]}{said}",))
    ruling = _failing(record, facts) or _accepted(record, facts)
    if ruling.decision == "closed" and demands_visit(record, facts.load_criteria):
        assert record.criteria
        waits = f"waits for the visit: criteria {record.criteria.name} demand that it is closed as well"
        return replace(ruling, decision="recorded", reasons=(waits,))
    return ruling


def _visit(record: AcceptanceRecord, facts: Facts) -> Ruling:
    """A visit closes the work order that waits for it; it mends no result, and an older one closes nothing."""
    known = facts.visited
    if known is None:
        return Ruling(decision="review", reasons=("the result that the visit is for is not known here",))
    if not known.newest:
        words = f"a later attempt was opened: the visit of attempt {record.attempt} closes nothing"
        return Ruling(decision="recorded", reasons=(words,))
    if astray := strays(record, known.record, known.digest):
        return Ruling(decision="review", reasons=tuple(astray))
    then = replace(facts, at=known.at)
    result = _failing(known.record, then) or _accepted(known.record, then)
    if result.decision not in ("closed", "recorded"):
        return replace(result, reasons=tuple(f"the result: {why}" for why in result.reasons), outcome=None)
    if failing := _failing(record, facts):
        return failing
    if doubts := _disagreement(record, "accepted"):
        return Ruling(decision="review", reasons=tuple(doubts), outcome="accepted")
    complete = ("the visit is complete",) if result.decision == "closed" else ()
    return replace(result, reasons=(*result.reasons, *complete))


def _failing(record: AcceptanceRecord, facts: Facts) -> Ruling | None:
    """The ruling on measurements that do not deserve acceptance, judged again; None where they do."""
    try:
        verdict = judge_again(record, facts.load_criteria)
    except CriteriaError as error:
        return Ruling(decision="review", reasons=(f"cannot be judged again: {error}",))
    failing = [f.sentence for f in verdict.findings if f.required and f.status in ("fail", "unknown")]
    if verdict.outcome == "rejected":
        return Ruling(
            decision="rejected", reasons=tuple(failing + _disagreement(record, "rejected")), outcome="rejected"
        )
    if verdict.outcome == "inconclusive":
        return Ruling(decision="review", reasons=tuple(failing), outcome="inconclusive")
    return None


def _accepted(record: AcceptanceRecord, facts: Facts) -> Ruling:
    assert record.order and record.result
    doubts = _disagreement(record, "accepted") + stood_still(record.result.measurements)
    if facts.ticket == "other":
        doubts.append(f"work order {record.order.id} is known here with other content")
    if facts.chain == "re-anchored":
        doubts.append("the station's chain was begun anew under the same key; enrol the station with a new key")
    unanchored = record.order.anchor == UNANCHORED
    if unanchored and not facts.close_unanchored:
        doubts.append("unanchored: nobody signed the order, so a person must close it (policy close_unanchored is off)")
    if not unanchored:
        doubts += _anchor_doubts(record, facts)
    binding = _binding(record, facts)
    if binding.state == "other line":
        doubts.append(binding.words)
    if doubts:
        return Ruling(decision="review", reasons=tuple(doubts), outcome="accepted", line=binding.state)
    if facts.ticket == "closed":
        closed_before = ("the work order was closed before",)
        return Ruling(decision="recorded", reasons=closed_before, outcome="accepted", line=binding.state)
    reasons = [f"all required limits hold; {binding.words}"]
    if unanchored:
        reasons.append("unanchored: nobody signed the order; closed because policy close_unanchored is on")
    return Ruling(decision="closed", reasons=tuple(reasons), outcome="accepted", line=binding.state)


def _binding(record: AcceptanceRecord, facts: Facts) -> Binding:
    """Whether the runs that the result names were made over the ordered line."""
    assert record.result
    if facts.order is None:
        return Binding(state="not bound", words="line not bound: no signed order names it")
    seen = facts.order.receipts
    return bind([seen[d] for d in record.result.receipts if d and d in seen], facts.order.signed, facts.lookup)


def _anchor_doubts(record: AcceptanceRecord, facts: Facts) -> list[str]:
    if facts.order is None:
        return ["the signed order that the record names was not issued here"]
    assert record.result and record.ordered
    order, receipts = facts.order, facts.order.receipts
    revoked = [f"the order was revoked: {order.revoked}"] if order.revoked else []
    at = seen_at(receipts, record.open, facts.at)
    kept = departures(record, order.signed, attempts=len(order.opens), at=at)
    others = {digest for digest, made in receipts.items() if made.open != record.open}
    unseen = hidden(receipts, others | {d for d in record.result.receipts if d}, order.opens)
    layer = facts.load_criteria(record.ordered.criteria).window.layer
    return revoked + kept + doubts(record, order.signed, receipts, layer) + unseen


def _disagreement(record: AcceptanceRecord, outcome: str) -> list[str]:
    assert record.result
    stated = record.result.outcome
    return [] if stated == outcome else [f"the station called it {stated}, the measurements say {outcome}"]
