"""The acceptance record: what a station states about one step of one attempt, and judging it again; pure.

A record is written once; what was signed is stored, sent and verified as those bytes and never written again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.clock import Stamp
from diagnostics.criteria import Criteria, CriteriaError
from diagnostics.errors import BadInput
from diagnostics.line import Ordered
from diagnostics.measurement import Measurement
from diagnostics.verdict import Verdict, judge, judge_visit

VERSION = 1
Tx = Literal["B", "E", "A", "X", "P", "R", "V"]
UNANCHORED = "unanchored"


class RecordError(BadInput):
    """A record is not one; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRef:
    """Which order: its id, SHA-256 of its exact bytes, and the digest of the signed order that anchors it."""

    id: str
    digest: str
    anchor: str = UNANCHORED


@dataclass(frozen=True, slots=True, kw_only=True)
class CriteriaRef:
    """Which criteria: name, version, SHA-256 of the file's bytes."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRef:
    """By which firmware profile the ONT was read: name and SHA-256 of its bytes."""

    name: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an attempt came to: all measurements and runs, the station's own verdict with findings and causes."""

    measurements: tuple[Measurement, ...]
    outcome: str
    findings: tuple[Mapping[str, Any], ...]
    causes: tuple[Mapping[str, Any], ...] = ()
    runs: tuple[Mapping[str, Any], ...] = ()  # every throughput run that was made, in order
    receipts: tuple[str | None, ...] = ()  # of each run the digest of its reflector's receipt, or None
    evidence: Mapping[str, str] = field(default_factory=dict)  # source -> SHA-256 of the raw answer
    profile: ProfileRef | None = None
    commitments: Mapping[str, str] = field(default_factory=dict)  # name of a personal value -> its commitment
    opening: str | None = None  # the id of the key that opens them; None: nobody's


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceRecord:
    """One link of a station's chain. `tx`: B open, E end, A aborted, X error, P power lost, R re-anchored, V visit.

    `prev` is the digest of the record before it in the chain, `open` that of the attempt's B record, and in a V record
    `close` that of its E record.
    """

    tx: Tx
    station: str
    epoch: int
    seq: int
    prev: str | None
    clock: Stamp
    environment: Mapping[str, Any]
    order: OrderRef | None = None
    attempt: int = 0
    open: str = ""
    close: str = ""
    ordered: Ordered | None = None
    criteria: CriteriaRef | None = None
    result: Result | None = None
    reason: str = ""


def judge_again(record: AcceptanceRecord, load: Callable[[str], Criteria]) -> Verdict:
    """The verdict that the measurements of a closed attempt, or of its visit, deserve.

    CriteriaError where the same criteria are not here.
    """
    assert record.ordered and record.result
    criteria = _stated(record, load)
    if record.tx == "V":
        return judge_visit(record.result.measurements, criteria.for_visit(record.ordered))
    return judge(record.result.measurements, criteria.for_line(record.ordered))


def decisive(finding: Mapping[str, Any]) -> list[Any]:
    """What decides of a finding; its sentences are the station's words, and may have been shortened."""
    return [finding.get(name) for name in ("name", "quantity", "index", "status", "required", "margin")]


def demands_visit(record: AcceptanceRecord, load: Callable[[str], Criteria]) -> bool:
    """Whether the criteria of a closed attempt also demand something of the visit; CriteriaError as `judge_again`."""
    assert record.ordered
    return any(limit.required for limit in _stated(record, load).for_visit(record.ordered))


def _stated(record: AcceptanceRecord, load: Callable[[str], Criteria]) -> Criteria:
    """The very criteria that a record names."""
    assert record.ordered and record.criteria
    criteria = load(record.ordered.criteria)
    if (criteria.name, criteria.digest) != (record.criteria.name, record.criteria.digest):
        stated = f"{record.criteria.name} {record.criteria.version} (sha256 {record.criteria.digest[:12]}...)"
        known = f"{criteria.version} (sha256 {criteria.digest[:12]}...)"
        raise CriteriaError(f"criteria {stated} are not known here, only {known}; install the version that names them")
    return criteria
