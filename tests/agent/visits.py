"""Visits for tests: what a technician noted, measured and sealed behind a sample's result."""

from dataclasses import replace
from typing import Any

from agent.chain import Chain
from agent.commitment import disclose
from agent.record import CriteriaRef, OrderRef, Result
from diagnostics import criteria
from diagnostics.measurement import Failure, Measurement, Value
from diagnostics.verdict import judge, judge_visit
from tests.agent import samples

NAME = "cn_telecom_ftth_visit"
DEMANDING = criteria.load(NAME)
LABEL = disclose("cable_label", "HZW-7-2-301", samples.SALT)
ORDERED = replace(samples.ORDERED, criteria=NAME, access="pppoe", cable_label=LABEL.commitment)
CRITERIA = CriteriaRef(name=NAME, version=DEMANDING.version, digest=DEMANDING.digest)
WHOLE: dict[tuple[str, str], Value | Failure] = {
    ("order_data", ""): "complete",
    ("device_barcode", ""): samples.ORDERED.ont_serial,
    ("device_barcode_as_read", ""): "same",
    ("cable_label_scan", ""): "scanned",
    ("cable_label", ""): LABEL.commitment,
    ("photographs", "device"): 1,
    ("photographs", "label"): 2,
    ("told_result", ""): "told",
    ("told_account", ""): "told",
    ("told_mode", ""): "told",
    ("account_label", ""): "attached",
    ("customer_rating", ""): 5,
    ("visit_escalation", ""): "none",
}
MISSING = Failure(kind="no_such_object", stage="visit", detail="not noted")


def result(changes: dict[str, Value | Failure] | None = None) -> Result:
    """A visit as its station judges it, with some of its quantities changed, whatever their index."""
    changed = {key: (changes or {}).get(key[0], value) for key, value in WHOLE.items()}
    measurements = tuple(
        Measurement(
            quantity=name,
            index=index,
            value=None if isinstance(value, Failure) else value,
            failure=value if isinstance(value, Failure) else None,
            taken_at=samples.TAKEN,
            source="technician",
        )
        for (name, index), value in changed.items()
    )
    verdict = judge_visit(measurements, DEMANDING.for_visit(ORDERED))
    findings = tuple(finding.to_json() for finding in verdict.findings)
    return Result(measurements=measurements, outcome=verdict.outcome, findings=findings)


def line_result(values: dict[str, Value | Failure] | None = None) -> Result:
    """A sample's result as the demanding criteria judge its line."""
    made = samples.result(values)
    verdict = judge(made.measurements, DEMANDING.for_line(ORDERED))
    return replace(made, outcome=verdict.outcome, findings=tuple(finding.to_json() for finding in verdict.findings))


def attempt(chain: Chain, ref: OrderRef | None = None, **values: Any) -> list[str]:
    """One attempt under criteria that demand a visit; the tokens of its two records."""
    before = len(chain.links)
    opened = chain.open(ref or samples.order(), ordered=ORDERED, criteria=CRITERIA, environment={})
    chain.finish(opened, line_result(samples.GOOD | values), {})
    return [chain.token(link) for link in chain.links[before:]]


def closing(chain: Chain, number: int = -1, **changes: Any) -> str:
    """The token of a visit's record for one of the chain's results, the last one if not said otherwise."""
    link = [link for link in chain.links if link.tx == "E"][number]
    return chain.close_visit(link, result(changes), {}, ordered=ORDERED, criteria=CRITERIA).token
