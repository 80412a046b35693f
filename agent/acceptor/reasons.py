"""Reasons: why a record came to its decision, each of a kind from a closed list and in words of its own; pure.

The words are for people. The kinds are for tables and counters: no ruling is made from them, and none is outside the
list, which docs/decisions.md repeats row by row.
"""

from collections.abc import Iterable
from dataclasses import dataclass

KINDS: dict[str, str] = {
    "step": "a step without a result: opened, aborted, ended by a fault or a power cut, chain begun anew",
    "limits_hold": "every required limit holds",
    "limit_failed": "a required limit is missed",
    "limit_unproven": "a required limit could not be looked at",
    "criteria_unknown": "the criteria are not here, or cannot be applied",
    "station_disagrees": "the station states another verdict than its measurements give",
    "counters_still": "the ONT's counters stood still while the line was full",
    "other_content": "the work order is known here with other content",
    "closed_before": "the work order was closed before",
    "chain_anew": "the station's chain was begun anew under the same key",
    "unanchored": "nobody signed the order, and the policy leaves that to a person",
    "unanchored_closed": "nobody signed the order, and the policy close_unanchored closes it",
    "order_unknown": "the signed order that the record names was not issued here",
    "order_revoked": "the signed order was withdrawn",
    "order_strays": "the record is for another order, station or ordered facts than were signed",
    "other_criteria": "the record was judged by other criteria than were signed",
    "attempts_used_up": "more tests than the order allows",
    "order_time": "the test is older than the order, or after it expired",
    "receipt_astray": "a run's receipt is missing, or of another run, order, attempt, station or time",
    "figures_apart": "station and reflector counted differently, or the figure is above what both signed",
    "hidden_run": "a reflector signed a run that no record shows",
    "other_line": "a run came from a network that was not the ordered line's",
    "line_unanswered": "the look-up of lines did not answer",
    "visit_awaited": "the criteria demand that the visit is closed as well",
    "visit_complete": "the visit is complete",
    "visit_astray": "the visit is not of the result that it names, or that is not known here",
    "visit_superseded": "a later attempt was opened",
    "key_quarantined": "the station's key is in quarantine: two chains under one key",
    "person": "a person decided",
    "decided_before": "it was decided before, by an acceptance of our own that the ledger had lost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason: its kind, and one sentence."""

    kind: str
    words: str


def because(kind: str, sentences: Iterable[str]) -> list[Reason]:
    """Each of these sentences as a reason of one kind."""
    if kind not in KINDS:
        raise ValueError(f"{kind} is not a kind of reason")
    return [Reason(kind=kind, words=words) for words in sentences]
