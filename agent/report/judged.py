"""A record's findings and causes for showing: judged again where its very criteria are here, else as stated; pure.

What a finding rests on stands beside it, so that it can be told in any language; nothing is decided here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.record import AcceptanceRecord, judge_again
from agent.report.statement import LoadCriteria
from diagnostics.causes import Cause, name_causes
from diagnostics.criteria import Criteria, CriteriaError
from diagnostics.limits import Limit, Rule
from diagnostics.measurement import Measurement
from diagnostics.quantities import QUANTITIES
from diagnostics.verdict import Verdict, only

STATUSES = ("fail", "unknown", "marginal", "pass")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One finding with what it rests on; without criteria only `sentence` tells it, in the station's own words.

    `rate_mbps` is the ordered rate that a floor grows with.
    """

    quantity: str
    index: str
    status: str
    required: bool
    margin: float | None
    sentence: str
    measurement: Measurement | None = None
    limit: Limit | None = None
    rule: Rule | None = None
    rate_mbps: float = 0.0
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a record comes to: outcome, findings (what is open first), causes; without its criteria as stated."""

    record: AcceptanceRecord
    outcome: str
    rows: tuple[Row, ...]
    causes: tuple[Cause, ...]
    limits: tuple[Limit, ...] = ()
    criteria: Criteria | None = None


def judged(record: AcceptanceRecord, load: LoadCriteria) -> Judged:
    """The findings of a record that has a result."""
    assert record.result is not None and record.ordered is not None
    try:
        verdict = judge_again(record, load)
        criteria = load(record.ordered.criteria)
        limits = criteria.for_visit(record.ordered) if record.tx == "V" else criteria.for_line(record.ordered)
    except CriteriaError:
        return _as_stated(record)
    return Judged(
        record=record,
        outcome=verdict.outcome,
        rows=_sorted(_rows(record, verdict, limits, criteria)),
        causes=() if record.tx == "V" else name_causes(verdict, record.result.measurements),
        limits=limits,
        criteria=criteria,
    )


def _rows(record: AcceptanceRecord, verdict: Verdict, limits: Iterable[Limit], criteria: Criteria) -> list[Row]:
    assert record.result is not None and record.ordered is not None
    measurements = record.result.measurements
    by_name = {limit.name: limit for limit in limits}
    rules = {rule.limit.name: rule for rule in criteria.rules}
    return [
        Row(
            quantity=finding.quantity,
            index=finding.index,
            status=finding.status,
            required=finding.required,
            margin=finding.margin,
            sentence=finding.sentence,
            measurement=only(finding.quantity, finding.index, measurements),
            limit=by_name[finding.name],
            rule=rules[finding.name],
            rate_mbps=floor.rate(record.ordered) if (floor := rules[finding.name].floor) else 0.0,
            remark=_remark(by_name[finding.name], measurements),
        )
        for finding in verdict.findings
    ]


def _remark(limit: Limit, measurements: tuple[Measurement, ...]) -> str:
    found = only(limit.remark, "", measurements) if limit.remark else None
    return "" if found is None or found.value is None else str(found.value)


def _as_stated(record: AcceptanceRecord) -> Judged:
    """By the station's own words; a finding or a cause that lacks what names it is passed over."""
    assert record.result is not None
    rows = [row for made in record.result.findings if (row := _stated(made))]
    causes = [cause for made in record.result.causes if (cause := _stated_cause(made))]
    return Judged(record=record, outcome=record.result.outcome, rows=_sorted(rows), causes=tuple(causes))


def _stated(made: Mapping[str, Any]) -> Row | None:
    quantity, status, margin = made.get("quantity"), made.get("status"), made.get("margin")
    if not isinstance(quantity, str) or quantity not in QUANTITIES or status not in STATUSES:
        return None
    return Row(
        quantity=quantity,
        index=str(made.get("index", "")),
        status=str(status),
        required=made.get("required") is True,
        margin=float(margin) if isinstance(margin, int | float) else None,
        sentence=str(made.get("sentence", "")),
    )


def _stated_cause(made: Mapping[str, Any]) -> Cause | None:
    evidence = made.get("evidence", ())
    lines = tuple(map(str, evidence)) if isinstance(evidence, list | tuple) else ()
    name, title, action = (str(made.get(key, "")) for key in ("name", "title", "action"))
    return Cause(name=name, title=title or name, evidence=lines, action=action) if name else None


def _sorted(rows: Iterable[Row]) -> tuple[Row, ...]:
    """What speaks against the line first, of it what decides first."""
    return tuple(sorted(rows, key=lambda row: (STATUSES.index(row.status), not row.required)))
