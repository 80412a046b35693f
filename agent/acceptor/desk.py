"""The desk: decides what becomes of a record, from the record and the facts alone; pure, so it can be asked again.

The station's own verdict is advice: the verdict judged again from the signed measurements decides. What nobody
anchored is closed only where the policy says so, and the reasons say so too. docs/decisions.md is its table.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from agent import anchor
from agent.acceptor.known_order import KnownOrder
from agent.acceptor.line_binding import Binding, Lookup, bind
from agent.acceptor.reasons import Reason, because
from agent.acknowledgement import Acceptance, Decision, LineState
from agent.receipt import Receipt
from agent.record import UNANCHORED, AcceptanceRecord, demands_visit, judge_again
from agent.visit_link import strays
from agent.witnessing import admitted_outside, figure_doubts, hidden, link_doubts, seen_at
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
    """The result that a visit is for: its record, its digest, when it came, and whether its attempt is the newest.

    `accepted_by` says which person accepted it, where the desk had left it to one.
    """

    record: AcceptanceRecord
    digest: str
    at: datetime
    newest: bool
    accepted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the desk knows besides the record: why the key is quarantined (or nothing), the ticket, chain and policy.

    `order` is the signed order that the record names, where this back office issued it; `at` is when the record came;
    `lookup` tells the line behind a source network, where the operator has such a look-up. `visited` is the result that
    a visit's record names, where it came from the same station. `given` is our own acceptance of this very record,
    where the ledger has lost it and the station brought it back.
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
    given: Acceptance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What becomes of a record, why, the verdict judged again where there was one, and whether it is the right line.

    `awaited`: the look-up of lines is still being asked; the ruling must not be written down yet.
    """

    decision: Decision
    because: tuple[Reason, ...]
    outcome: str | None = None
    line: LineState | None = None
    awaited: bool = False

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons in words."""
        return tuple(each.words for each in self.because)

    @property
    def kinds(self) -> str:
        """The kinds of the reasons, a blank between."""
        return " ".join(dict.fromkeys(each.kind for each in self.because))


def _ruling(decision: Decision, kind: str, words: str, **more: Any) -> Ruling:
    return Ruling(decision=decision, because=tuple(because(kind, [words])), **more)


def decide(record: AcceptanceRecord, facts: Facts) -> Ruling:
    """The ruling on one verified record that stands in its place in the chain."""
    if facts.quarantine:
        return _ruling("refused", "key_quarantined", f"the station's key is quarantined: {facts.quarantine}")
    if given := facts.given:
        before = tuple(because("decided_before", given.reasons or ("our own acceptance says so",)))
        return Ruling(decision=given.decision, because=before, outcome=given.outcome, line=given.line)
    if record.tx == "V":
        return _visit(record, facts)
    if record.tx != "E":
        said = f": {record.reason}" if record.reason else ""
        return _ruling("recorded", "step", f"{_STEPS[record.tx]}{said}")
    ruling = _failing(record, facts) or _accepted(record, facts)
    if ruling.decision == "closed" and demands_visit(record, facts.load_criteria):
        assert record.criteria
        waits = f"waits for the visit: criteria {record.criteria.name} demand that it is closed as well"
        return replace(ruling, decision="recorded", because=tuple(because("visit_awaited", [waits])))
    return ruling


def _visit(record: AcceptanceRecord, facts: Facts) -> Ruling:
    """A visit closes the work order that waits for it; it mends no result, and an older one closes nothing."""
    known = facts.visited
    if known is None:
        return _ruling("review", "visit_astray", "the result that the visit is for is not known here")
    if not known.newest:
        words = f"a later attempt was opened: the visit of attempt {record.attempt} closes nothing"
        return _ruling("recorded", "visit_superseded", words)
    if astray := strays(record, known.record, known.digest):
        return Ruling(decision="review", because=tuple(because("visit_astray", astray)))
    then = replace(facts, at=known.at)
    result = _by_person(known, facts) or _failing(known.record, then) or _accepted(known.record, then)
    if result.decision not in ("closed", "recorded"):
        of_result = tuple(replace(why, words=f"the result: {why.words}") for why in result.because)
        return replace(result, because=of_result, outcome=None)
    if failing := _failing(record, facts):
        return failing
    if doubts := _disagreement(record, "accepted"):
        return Ruling(decision="review", because=tuple(doubts), outcome="accepted")
    complete = because("visit_complete", ["the visit is complete"]) if result.decision == "closed" else []
    return replace(result, because=(*result.because, *complete))


def _by_person(known: KnownResult, facts: Facts) -> Ruling | None:
    """The ruling on a result that a person accepted: only what happened to its order since then counts against it."""
    if not known.accepted_by:
        return None
    since = [*_ticket_doubts(known.record, facts), *(_revoked(facts.order) if facts.order else [])]
    if since:
        return Ruling(decision="review", because=tuple(since), outcome="accepted")
    if facts.ticket == "closed":
        return _ruling("recorded", "closed_before", "the work order was closed before", outcome="accepted")
    return _ruling("closed", "person", f"the result was accepted by {known.accepted_by}", outcome="accepted")


def _failing(record: AcceptanceRecord, facts: Facts) -> Ruling | None:
    """The ruling on measurements that do not deserve acceptance, judged again; None where they do."""
    try:
        verdict = judge_again(record, facts.load_criteria)
    except CriteriaError as error:
        return _ruling("review", "criteria_unknown", f"cannot be judged again: {error}")
    missed = [
        *because("limit_failed", [f.sentence for f in verdict.findings if f.required and f.status == "fail"]),
        *because("limit_unproven", [f.sentence for f in verdict.findings if f.required and f.status == "unknown"]),
    ]
    if verdict.outcome == "rejected":
        told = (*missed, *_disagreement(record, "rejected"))
        return Ruling(decision="rejected", because=told, outcome="rejected")
    if verdict.outcome == "inconclusive":
        unproven = missed or because("limit_unproven", ["nothing is required of this line by its criteria"])
        return Ruling(decision="review", because=tuple(unproven), outcome="inconclusive")
    return None


def _accepted(record: AcceptanceRecord, facts: Facts) -> Ruling:
    assert record.order and record.result
    doubts = _disagreement(record, "accepted")
    doubts += because("counters_still", stood_still(record.result.measurements))
    doubts += _ticket_doubts(record, facts)
    if facts.chain == "re-anchored":
        words = "the station's chain was begun anew under the same key; enrol the station with a new key"
        doubts += because("chain_anew", [words])
    unanchored = record.order.anchor == UNANCHORED
    if unanchored and not facts.close_unanchored:
        words = "unanchored: nobody signed the order, so a person must close it (policy close_unanchored is off)"
        doubts += because("unanchored", [words])
    if not unanchored:
        doubts += _anchor_doubts(record, facts)
    binding = _binding(record, facts)
    if binding.state == "other line":
        doubts += because("other_line", [binding.words])
    if binding.unanswered:
        doubts += because("line_unanswered", [binding.words])
    if doubts:
        told: dict[str, Any] = {"outcome": "accepted", "line": binding.state, "awaited": binding.awaited}
        return Ruling(decision="review", because=tuple(doubts), **told)
    if facts.ticket == "closed":
        words = "the work order was closed before"
        return _ruling("recorded", "closed_before", words, outcome="accepted", line=binding.state)
    reasons = because("limits_hold", [f"all required limits hold; {binding.words}"])
    if unanchored:
        words = "unanchored: nobody signed the order; closed because policy close_unanchored is on"
        reasons += because("unanchored_closed", [words])
    return Ruling(decision="closed", because=tuple(reasons), outcome="accepted", line=binding.state)


def _ticket_doubts(record: AcceptanceRecord, facts: Facts) -> list[Reason]:
    assert record.order
    words = f"work order {record.order.id} is known here with other content"
    return because("other_content", [words] if facts.ticket == "other" else [])


def _revoked(order: KnownOrder) -> list[Reason]:
    return because("order_revoked", [f"the order was revoked: {order.revoked}"] if order.revoked else [])


def _binding(record: AcceptanceRecord, facts: Facts) -> Binding:
    """Whether the runs that the result names were made over the ordered line."""
    if facts.order is None:
        return Binding(state="not bound", words="line not bound: no signed order names it")
    return bind(named_receipts(record, facts.order), facts.order.signed, facts.lookup)


def named_receipts(record: AcceptanceRecord, order: KnownOrder) -> list[Receipt]:
    """What reflectors signed of the runs that a result names, as far as it is here."""
    named = record.result.receipts if record.result else ()
    return [order.receipts[digest] for digest in named if digest and digest in order.receipts]


def _anchor_doubts(record: AcceptanceRecord, facts: Facts) -> list[Reason]:
    if facts.order is None:
        return because("order_unknown", ["the signed order that the record names was not issued here"])
    assert record.result and record.ordered
    order, receipts = facts.order, facts.order.receipts
    at = seen_at(receipts, record.open, facts.at)
    others = {digest for digest, made in receipts.items() if made.open != record.open}
    unseen = hidden(receipts, others | {d for d in record.result.receipts if d}, order.opens)
    layer = facts.load_criteria(record.ordered.criteria).window.layer
    return [
        *_revoked(order),
        *because("order_strays", anchor.strays(record, order.signed)),
        *because("other_criteria", anchor.judged_otherwise(record, order.signed)),
        *because("attempts_used_up", anchor.surplus(len(order.opens), order.signed)),
        *because("order_time", anchor.untimely(at, order.signed)),
        *because("receipt_astray", link_doubts(record, order.signed, receipts)),
        *because("figures_apart", figure_doubts(record, receipts, layer)),
        *because("receipt_astray", admitted_outside(record, order.signed, receipts)),
        *because("hidden_run", unseen),
    ]


def _disagreement(record: AcceptanceRecord, outcome: str) -> list[Reason]:
    assert record.result
    stated = record.result.outcome
    words = f"the station called it {stated}, the measurements say {outcome}"
    return because("station_disagrees", [] if stated == outcome else [words])
