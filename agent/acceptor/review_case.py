"""One record that waits for a person, as it is told: what the station said, what was judged again, what differs.

Everything is worked out anew from what was signed; nothing is decided here.
"""

from collections.abc import Callable
from typing import Any

from agent import seal
from agent.acceptor.reviewing import InReview
from agent.record import judge_again
from diagnostics.criteria import Criteria, CriteriaError

_ORDER = ("fail", "unknown", "marginal", "pass")


def case_of(known: InReview, load: Callable[[str], Criteria]) -> dict[str, Any]:
    """The record as a JSON object; the findings that were judged again begin with what weighs most."""
    record, answer, by = known.record, known.acceptance, known.reviewed
    assert record.order and record.result
    return {
        "record": seal.digest_of(known.sealed),
        "order": record.order.id,
        "station": record.station,
        "attempt": record.attempt,
        "received_at": known.received_at.isoformat(),
        "decision": answer.decision,
        "reasons": list(answer.reasons),
        "line": answer.line,
        "newest": known.newest,
        "ticket": known.ticket,
        "quarantine": known.quarantine,
        "station_said": {"outcome": record.result.outcome, "findings": list(record.result.findings)},
        "judged_again": _judged(known, load),
        "review": by and {"reviewer": by.reviewer, "decision": by.decision, "why": by.why},
    }


def _judged(known: InReview, load: Callable[[str], Criteria]) -> dict[str, Any]:
    try:
        again = judge_again(known.record, load)
    except CriteriaError as error:
        return {"outcome": None, "findings": [], "why": str(error)}
    return {"outcome": again.outcome, "findings": [finding.to_json() for finding in again.findings]}


def by_weight(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The findings with what decides first, and of that what stands against the line."""
    return sorted(findings, key=lambda each: (not each["required"], _ORDER.index(each["status"])))


def otherwise(case: dict[str, Any]) -> list[str]:
    """What the station found and judging again did not, in its sentences."""
    judged = {(each["name"], each["status"]) for each in case["judged_again"]["findings"]}
    return [
        each["sentence"] for each in case["station_said"]["findings"] if (each["name"], each["status"]) not in judged
    ]
