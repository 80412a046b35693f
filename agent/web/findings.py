"""Findings, measurements and causes as the page gets them: numbers and names that it has words for; pure.

What an ONT told is passed on as plain text, which the page shows as text and as nothing else.
"""

from collections.abc import Sequence
from typing import Any

from diagnostics.causes import Cause, words_of
from diagnostics.committed import is_commitment
from diagnostics.limits import Limit
from diagnostics.measurement import Measurement
from diagnostics.quantities import QUANTITIES
from diagnostics.verdict import Finding, judge

_RANK = {"fail": 0, "unknown": 1, "marginal": 2, "pass": 3}


def findings(measurements: Sequence[Measurement], limits: Sequence[Limit]) -> list[dict[str, Any]]:
    """Every finding with what it needs to be told in plain words, the worst first, the decisive before the others."""
    limited = {limit.name: limit for limit in limits}
    measured = {(m.quantity, m.index): m for m in measurements}
    found = judge(measurements, limits).findings
    ranked = sorted(found, key=lambda each: (not each.required, _RANK[each.status]))
    return [_finding(each, limited[each.name], measured.get((each.quantity, each.index))) for each in ranked]


def _finding(finding: Finding, limit: Limit, measured: Measurement | None) -> dict[str, Any]:
    quantity = QUANTITIES[finding.quantity]
    equals = limit.equals
    return {
        "name": finding.name,
        "quantity": finding.quantity,
        "index": finding.index,
        "meaning": quantity.meaning,
        "unit": quantity.unit,
        "status": finding.status,
        "required": finding.required,
        "margin": finding.margin,
        "measured": None if measured is None else shown(measured, equals),
        "lower": limit.lower,
        "upper": limit.upper,
        "exclusive": limit.exclusive,
        "equals": None if equals is None else "" if is_commitment(equals) else equals,
    }


def shown(measured: Measurement, ordered: str | None = None) -> dict[str, Any]:
    """One measurement; of what is committed only whether it is as ordered."""
    committed = is_commitment(measured.value)
    return {
        "quantity": measured.quantity,
        "index": measured.index,
        "unit": QUANTITIES[measured.quantity].unit,
        "value": None if committed else measured.value,
        "as_ordered": measured.value == ordered if committed else None,
        "failure": None if measured.failure is None else measured.failure.kind,
        "detail": "" if measured.failure is None else measured.failure.detail,
    }


def causes(found: Sequence[Cause]) -> list[dict[str, Any]]:
    """What is most likely wrong and what to do, in both languages, with the evidence."""
    told = []
    for cause in found:
        (title, action), (title_zh, action_zh) = words_of(cause.name, "en"), words_of(cause.name, "zh")
        words = {"title": [title, title_zh], "action": [action, action_zh]}
        told.append({"name": cause.name, "evidence": list(cause.evidence)} | words)
    return told
