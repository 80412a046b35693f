"""The desk: decides what becomes of a record, from the record and the facts alone; pure, so it can be asked again.

The station's own verdict is advice: the verdict judged again from the signed measurements decides. What nobody
anchored is closed only where the policy says so, and the reasons say so too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent.acceptor.known_order import KnownOrder
from agent.acceptor.line_binding import Binding, Lookup, bind
from agent.acknowledgement import Decision, LineState
from agent.anchor import departures
from agent.record import UNANCHORED, AcceptanceRecord, judge_again
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
class Facts:
    """What the desk knows besides the record: why the key is quarantined (or nothing), the ticket, chain and policy.

    `order` is the signed order that the record names, where this back office issued it; `at` is when the record came;
    `lookup` tells the line behind a source network, where the operator has such a look-up.
    """

    quarantine: str
    ticket: TicketState
    chain: ChainState
    close_unanchored: bool
    load_criteria: Callable[[str], Criteria]
    at: datetime
    order: KnownOrder | None = None
    lookup: Lookup | None = None


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
    if record.tx != "E":
        said = f": {record.reason}" if record.reason else ""
        return Ruling(decision="recorded", reasons=(f"{_STEPS[record.tx]}{said}",))
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
    return _accepted(record, facts)


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
