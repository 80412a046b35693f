"""Keeps a record small: series beside the runs give way first, long words last, until it has 48 KiB.

Nothing is lost by it: what gives way is kept on the station as raw evidence, and the record names its digest. Figures,
measurements, and the status of each finding are never touched.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from agent.record import Result
from diagnostics import measurement

EVIDENCE = "what did not fit into the record"
GOAL_BYTES = 48 * 1024  # of the 64 KiB that one signed object may have
_ROOM_BYTES = 2048  # for the rest of a record: order, clock, environment, criteria
_BRIEF = 80
_THINNED, _SPARSE = 5, 2  # every fifth round trip still shows what a load does to them


def fitted(result: Result, keep: Callable[[bytes], str]) -> Result:
    """The result as it is where its record stays small, else with as little less as makes it so."""
    if _fits(result):
        return result
    whole = {"beside": [run["beside"] for run in result.runs], "causes": result.causes, "findings": result.findings}
    digest = keep(json.dumps(whole, separators=(",", ":"), default=dict).encode())
    made = replace(result, evidence={**result.evidence, EVIDENCE: digest})
    for lessen in (_thinned, _sparse, _alone, _brief):
        made = lessen(made)
        if _fits(made):
            break
    return made


def _thinned(result: Result) -> Result:
    """Fewer round trips beside each run."""
    return _with_beside(result, lambda name, series: series[::_THINNED] if name == "rtt_us" else series)


def _sparse(result: Result) -> Result:
    """Fewer points of every series beside each run, the round trips among them once more."""
    return _with_beside(result, lambda name, series: series[::_SPARSE])


def _alone(result: Result) -> Result:
    """Nothing beside the runs."""
    return replace(result, runs=tuple({**run, "beside": {}} for run in result.runs))


def _brief(result: Result) -> Result:
    """Causes and findings in few words."""
    causes = [{**cause, "evidence": [line[:_BRIEF] for line in cause["evidence"][:3]]} for cause in result.causes]
    findings = [{**finding, "sentence": finding["sentence"][:_BRIEF]} for finding in result.findings]
    return replace(result, causes=tuple(causes), findings=tuple(findings))


def _with_beside(result: Result, change: Callable[[str, Any], Any]) -> Result:
    lessened = [{name: change(name, series) for name, series in run["beside"].items()} for run in result.runs]
    return replace(
        result, runs=tuple({**run, "beside": beside} for run, beside in zip(result.runs, lessened, strict=True))
    )


def _fits(result: Result) -> bool:
    """Whether a record with this result stays small; runs and all as they will be written."""
    parts = (result.findings, result.causes, result.evidence, result.runs, result.receipts, result.commitments)
    told = [measurement.to_json(m) for m in result.measurements]
    written = json.dumps([*parts, told], separators=(",", ":"), ensure_ascii=False, default=dict)
    return len(written.encode()) <= GOAL_BYTES - _ROOM_BYTES
