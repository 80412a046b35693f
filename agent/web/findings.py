"""Findings, measurements and causes as the page gets them: numbers and names that it has words for; pure.

What an ONT told is passed on as plain text, which the page shows as text and as nothing else.
"""

from collections.abc import Sequence
from typing import Any

from diagnostics import evidence
from diagnostics.causes import Cause, Language, words_of
from diagnostics.committed import is_commitment
from diagnostics.limits import Limit
from diagnostics.measurement import Measurement
from diagnostics.quantity_texts import failure_words, number_words, title_of, value_words
from diagnostics.verdict import Finding, Verdict, judge

LANGUAGES: tuple[Language, Language] = ("en", "zh")
_RANK = {"fail": 0, "unknown": 1, "marginal": 2, "pass": 3}


def findings(measurements: Sequence[Measurement], limits: Sequence[Limit]) -> list[dict[str, Any]]:
    """Every finding with what it needs to be told in plain words, the worst first, the decisive before the others."""
    limited = {limit.name: limit for limit in limits}
    measured = {(m.quantity, m.index): m for m in measurements}
    found = judge(measurements, limits).findings
    ranked = sorted(found, key=lambda each: (not each.required, _RANK[each.status]))
    return [_finding(each, limited[each.name], measured.get((each.quantity, each.index))) for each in ranked]


def _finding(finding: Finding, limit: Limit, measured: Measurement | None) -> dict[str, Any]:
    name, equals = finding.quantity, limit.equals
    margin = None if finding.margin is None else abs(finding.margin)
    bounds = {"lower": limit.lower, "upper": limit.upper, "margin": margin}
    return {
        "name": finding.name,
        "quantity": name,
        "index": finding.index,
        "title": [title_of(name, language) for language in LANGUAGES],
        "status": finding.status,
        "required": finding.required,
        "measured": None if measured is None else shown(measured, equals),
        "exclusive": limit.exclusive,
        "equals": None if equals is None else _equals(name, equals),
        "misses": finding.margin is not None and finding.margin < 0,
        **{each: None if number is None else number_words(name, number) for each, number in bounds.items()},
    }


def _equals(quantity: str, equals: str) -> list[str]:
    """The one allowed value in words; empty where it is the ordered one, which is personal."""
    return [] if is_commitment(equals) else [value_words(quantity, equals, language) for language in LANGUAGES]


def shown(measured: Measurement, ordered: str | None = None) -> dict[str, Any]:
    """One measurement in words of both languages; of what is committed only whether it is as ordered."""
    committed, failure = is_commitment(measured.value), measured.failure
    made = {"quantity": measured.quantity, "index": measured.index, "as_ordered": None, "value": None, "words": None}
    if failure is not None:
        words = [failure_words(failure.kind, language) for language in LANGUAGES]
        return made | {"failure": failure.kind, "words": words, "detail": failure.detail}
    if measured.value is None or committed:
        return made | {"failure": None, "as_ordered": measured.value == ordered, "detail": ""}
    words = [value_words(measured.quantity, measured.value, language) for language in LANGUAGES]
    return made | {"failure": None, "value": measured.value, "words": words, "detail": ""}


def causes(found: Sequence[Cause], measurements: Sequence[Measurement], judged: Verdict) -> list[dict[str, Any]]:
    """What is most likely wrong and what to do, in both languages, with the evidence."""
    told = []
    for cause in found:
        (title, action), (title_zh, action_zh) = words_of(cause.name, "en"), words_of(cause.name, "zh")
        words = {"title": [title, title_zh], "action": [action, action_zh]}
        told.append(
            {"name": cause.name, "evidence": [_because(line, measurements, judged) for line in cause.evidence]} | words
        )
    return told


def _because(line: str, measurements: Sequence[Measurement], judged: Verdict) -> list[str]:
    """A cause's line of evidence in both languages; one that speaks of no single quantity stays as it is."""
    spoken = {(each.quantity, each.index) for each in judged.findings if each.sentence == line}
    for made in measurements:
        if (made.quantity, made.index) in spoken or evidence.told(made) == line:
            return [_told(made, language) for language in LANGUAGES]
    return [line, line]


def _told(made: Measurement, language: Language) -> str:
    name = title_of(made.quantity, language) + (f" ({made.index})" if made.index else "")
    told = shown(made)
    if told["words"] is None:  # it is committed, and only whether it is the ordered one could be told
        return name
    words = str(told["words"][LANGUAGES.index(language)])
    return f"{name}: {words} ({told['detail']})" if told["detail"] else f"{name}: {words}"
