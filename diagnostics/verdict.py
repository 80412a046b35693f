"""Judging: measurements and limits in, findings and one verdict out; pure, the same input always judged the same.

The rule is total: any required FAIL rejects; else any required UNKNOWN leaves it inconclusive; else it is accepted. An
advisory limit is shown and never decides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from diagnostics.committed import is_commitment
from diagnostics.limits import Limit
from diagnostics.measurement import Measurement
from diagnostics.quantities import QUANTITIES

Status = Literal["pass", "marginal", "fail", "unknown"]
Outcome = Literal["accepted", "rejected", "inconclusive"]

_Known = dict[tuple[str, str], Measurement | None]
_SOURCE = re.compile(r" \[[^\]]*\]")
_UNREADABLE = ("not_supported", "no_such_object")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one limit says of one measurement: status, margin to the nearer bound, a sentence that explains itself."""

    name: str
    quantity: str
    index: str
    status: Status
    required: bool
    margin: float | None
    measured: str
    demanded: str
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}

    def stated(self) -> dict[str, Any]:
        """The finding as a record states it: without what its sentence says already, and the criteria say anyway."""
        brief = _SOURCE.sub("", self.sentence, 1)
        told = {name: value for name, value in self.to_json().items() if name not in ("measured", "demanded")}
        return told | {"sentence": brief}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome with the findings that it follows from."""

    outcome: Outcome
    findings: tuple[Finding, ...]

    def to_json(self) -> dict[str, Any]:
        """The verdict as a JSON object."""
        return {"outcome": self.outcome, "findings": [finding.to_json() for finding in self.findings]}

    def finding(self, name: str) -> Finding | None:
        """The finding of the limit with this name, where the order brought that limit in."""
        return next((finding for finding in self.findings if finding.name == name), None)


def judge(measurements: Sequence[Measurement], limits: Sequence[Limit]) -> Verdict:
    """The verdict on a line from what was measured on it and what was demanded of it."""
    known = _by_name(measurements)
    pairs = [(limit, _measured(limit, known)) for limit in limits]
    findings = tuple(
        _finding(limit, measured, _remark(limit, known))
        for limit, measured in pairs
        if not _out_of_place(limit, measured)
    )
    decisive = [finding.status for finding in findings if finding.required]
    if "fail" in decisive:
        return Verdict(outcome="rejected", findings=findings)
    if "unknown" in decisive or not decisive:
        return Verdict(outcome="inconclusive", findings=findings)
    return Verdict(outcome="accepted", findings=findings)


def judge_visit(measurements: Sequence[Measurement], limits: Sequence[Limit]) -> Verdict:
    """The verdict on a visit: as on a line, but where nothing decisive is demanded of a visit nothing is against it."""
    verdict = judge(measurements, limits)
    demanded = any(finding.required for finding in verdict.findings)
    return verdict if demanded else Verdict(outcome="accepted", findings=verdict.findings)


def _out_of_place(limit: Limit, measured: Measurement | None) -> bool:
    """An advisory limit on something that this visit did not have, such as a change of the appointment."""
    failure = measured.failure if measured else None
    return not limit.required and failure is not None and failure.kind == "not_applicable"


def _by_name(measurements: Sequence[Measurement]) -> _Known:
    """Of each quantity and index the one measurement, as `only` finds it; None where there are two."""
    known: _Known = {}
    for made in measurements:
        name = (made.quantity, made.index)
        known[name] = None if name in known else made
    return known


def _measured(limit: Limit, known: _Known) -> Measurement | None:
    found = known.get((limit.quantity, limit.index))
    if limit.fallback and (found is None or (found.failure and found.failure.kind in _UNREADABLE)):
        return known.get((limit.fallback, limit.index)) or found
    return found


def only(quantity: str, index: str, measurements: Sequence[Measurement]) -> Measurement | None:
    """The one measurement of this quantity; two of one name prove nothing and count as none."""
    found = [m for m in measurements if m.quantity == quantity and m.index == index]
    return found[0] if len(found) == 1 else None


def _remark(limit: Limit, known: _Known) -> str:
    """The text that a limit's finding repeats; empty where there was no such text."""
    found = known.get((limit.remark, "")) if limit.remark else None
    return "" if found is None or found.value is None else f" {str(found.value)[:1].upper()}{str(found.value)[1:]}."


def _finding(limit: Limit, measured: Measurement | None, remark: str) -> Finding:
    status, margin = _status(limit, measured)
    quantity = measured.quantity if measured else limit.quantity
    unit = QUANTITIES[quantity].unit
    demanded = limit.demand(unit) + (f", {limit.basis}" if limit.basis else "")
    return Finding(
        name=limit.name,
        quantity=quantity,
        index=limit.index,
        status=status,
        required=limit.required,
        margin=margin,
        measured=_told(limit, measured, unit),
        demanded=demanded,
        sentence=_sentence(limit, quantity, measured, unit, demanded) + _doubt(limit, margin, unit) + remark,
    )


def _status(limit: Limit, measured: Measurement | None) -> tuple[Status, float | None]:
    if measured is None:
        return "unknown", None
    if measured.failure is not None:
        # No light is proven darkness, not ignorance: the line fails.
        return ("fail" if measured.failure.kind == "no_signal" else "unknown"), None
    if limit.equals is not None:
        return ("pass" if str(measured.value).upper() == limit.equals.upper() else "fail"), None
    return ("unknown", None) if measured.number is None else _against_bounds(limit, measured.number)


def _against_bounds(limit: Limit, number: float) -> tuple[Status, float]:
    margins = []
    if limit.lower is not None:
        margins.append(number - limit.lower)
    if limit.upper is not None:
        margins.append(limit.upper - number)
    margin = round(min(margins), 6)
    below = limit.exclusive and limit.lower is not None and number <= limit.lower
    if margin < 0 or below:
        return "fail", margin
    return ("marginal" if margin < limit.marginal_within else "pass"), margin


def _doubt(limit: Limit, margin: float | None, unit: str) -> str:
    """What is to be said of a margin that lies within the uncertainty of the measurement; the status stays as it is."""
    if margin is None or abs(margin) >= limit.uncertainty:
        return ""
    return f" The margin of {margin:.3g} {unit} is smaller than the uncertainty of {limit.uncertainty:.3g} {unit}."


def _told(limit: Limit, measured: Measurement | None, unit: str) -> str:
    if measured is None:
        return "not measured"
    if measured.failure is not None:
        return str(measured.failure)
    if is_commitment(measured.value):
        return "the ordered one" if measured.value == limit.equals else "another one"
    value = f"{measured.number:.6g}" if measured.number is not None else str(measured.value)
    return f"{value} {unit}".strip()


def _sentence(limit: Limit, quantity: str, measured: Measurement | None, unit: str, demanded: str) -> str:
    meaning = QUANTITIES[quantity].meaning
    where = f" ({limit.index})" if limit.index else ""
    told = _told(limit, measured, unit)
    if measured is None:
        told = "was not measured"
    elif measured.failure is None:
        told = f"is {told}"
    else:
        told = f"{'shows' if measured.failure.kind == 'no_signal' else 'is not known:'} {told}"
    note = f" ({limit.note})" if limit.note else ""
    return f"{meaning[0].upper()}{meaning[1:]}{where} {told}; demanded: {demanded}{note} [{limit.source}]"
