"""TMF653 v4.2: the ServiceTest that tells of one attempt; pure.

The API has no field for pass or fail: a test that passed has no `ruleViolation` in any measure. Everything that keeps a
result from being accepted is therefore a violation, and nothing else is. Evidence goes by its digest.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.acceptor.message import Message
from diagnostics.committed import is_commitment
from diagnostics.limits import Limit
from diagnostics.measurement import Measurement
from diagnostics.quantities import QUANTITIES
from diagnostics.verdict import Finding, only

_ACCEPTABLE = ("closed", "recorded")


def service_test(
    message: Message,
    findings: Sequence[tuple[Finding, Limit]],
    *,
    specification: str,
    words: Mapping[str, str],
) -> dict[str, Any]:
    """The body of a POST to /serviceTest."""
    how = message.event if message.event in ("aborted", "failed") else "completed"
    return {
        "@type": "ServiceTest",
        "name": message.title,
        "description": message.why[:1000],
        "mode": "ONDEMAND",
        "state": words[how],
        "endDateTime": message.acceptance.issued_at.isoformat(),
        "relatedService": {"id": message.links.get("service", message.order_id)},
        "testSpecification": {"id": specification},
        "characteristic": [_text(name, value) for name, value in _facts(message) if value],
        "testMeasure": [*(_measure(message, *pair) for pair in findings), _decision(message)],
    }


def _facts(message: Message) -> list[tuple[str, str]]:
    record, acceptance = message.record, message.acceptance
    criteria = record.criteria
    return [
        ("workOrder", message.order_id),
        ("attempt", str(record.attempt)),
        ("station", record.station),
        ("verdict", acceptance.outcome or ""),
        ("decision", message.event),
        ("line", acceptance.line or ""),
        ("criteria", f"{criteria.name} {criteria.version}" if criteria else ""),
        ("criteriaDigest", criteria.digest if criteria else ""),
        ("record", acceptance.record),
        ("signingKey", acceptance.kid),
        ("acceptor", acceptance.acceptor),
    ]


def _text(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "value": value, "valueType": "string"}


def _measure(message: Message, finding: Finding, limit: Limit) -> dict[str, Any]:
    assert message.record.result
    name = f"{finding.quantity}[{finding.index}]" if finding.index else finding.quantity
    quantity = QUANTITIES[finding.quantity]
    made: dict[str, Any] = {"metricName": name, "metricDescription": quantity.meaning}
    if quantity.unit:
        made["unitOfMeasure"] = quantity.unit
    measured = only(finding.quantity, finding.index, message.record.result.measurements)
    if measured is not None:
        made |= {"captureDateTime": measured.taken_at.isoformat(), "captureMethod": measured.source}
        made["value"] = _value(name, measured, finding)
    # An advisory limit is shown and never decides: were it a violation, a test that passed would seem to have failed.
    if finding.required and finding.status in ("fail", "unknown"):
        made["ruleViolation"] = [_violation(message, finding, limit)]
    return made


def _value(name: str, measured: Measurement, finding: Finding) -> dict[str, Any]:
    if measured.failure is not None or is_commitment(measured.value):
        return _text(name, finding.measured)
    value = measured.value
    kind = "boolean" if isinstance(value, bool) else "number" if measured.number is not None else "string"
    return {"name": name, "value": value, "valueType": kind}


def _violation(message: Message, finding: Finding, limit: Limit) -> dict[str, Any]:
    """The limit as a threshold rule; its targets are texts, as the API has them."""
    made: dict[str, Any] = {"name": limit.name, "description": finding.sentence, "thresholdRuleSeverity": "required"}
    if limit.lower is not None:
        comparator = ">" if limit.exclusive else ">="
        made |= {"conformanceTargetLower": f"{limit.lower:g}", "conformanceComparatorLower": comparator}
    if limit.upper is not None:
        made |= {"conformanceTargetUpper": f"{limit.upper:g}", "conformanceComparatorUpper": "<="}
    if limit.equals is not None:
        target = "the ordered one" if is_commitment(limit.equals) else limit.equals
        made |= {"conformanceTargetExact": target, "conformanceComparatorExact": True}
    if actions := _actions(message):
        made["appliedConsequence"] = actions
    return made


def _actions(message: Message) -> list[dict[str, Any]]:
    """What the station named as the next actions."""
    assert message.record.result
    named = [(cause.get("title"), cause.get("action")) for cause in message.record.result.causes]
    told = [(title, action) for title, action in named if isinstance(title, str) and isinstance(action, str)]
    return [{"name": "prescribeAction", "description": title, "appliedAction": action} for title, action in told]


def _decision(message: Message) -> dict[str, Any]:
    made = {
        "metricName": "acceptance_decision",
        "metricDescription": "what the acceptor decided, judging the signed measurements again",
        "captureDateTime": message.acceptance.issued_at.isoformat(),
        "value": _text("acceptance_decision", message.event),
    }
    if message.event in _ACCEPTABLE:
        return made
    return made | {"ruleViolation": [{"name": "acceptance_decision", "description": message.why[:1000]}]}
