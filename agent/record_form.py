"""A record's one form as JSON, read strictly: a missing, foreign or ill-formed field is an error that names it; pure.

Nothing is added, repaired or passed over in reading, and nothing is written that would not read back.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from agent.clock import Stamp
from agent.commitment import MOST_COMMITMENTS
from agent.fields import Fields
from agent.record import (
    UNANCHORED,
    VERSION,
    AcceptanceRecord,
    CriteriaRef,
    OrderRef,
    ProfileRef,
    RecordError,
    Result,
    Tx,
)
from diagnostics import measurement, measurement_form, strict_json
from diagnostics.committed import is_commitment
from diagnostics.line import PERSONAL, Ordered
from diagnostics.measurement import Measurement
from diagnostics.quantities import QUANTITIES
from diagnostics.trial import Trial

_COMMON = {"v", "tx", "station", "epoch", "seq", "prev", "clock", "environment"}
_OF_ATTEMPT = _COMMON | {"order", "attempt"}
_ENDED = _OF_ATTEMPT | {"open", "reason"}
_RESULT = {
    *("measurements", "runs", "receipts", "outcome", "findings", "causes", "evidence", "profile"),
    *("commitments", "opening"),
}
_OF_VISIT = {"measurements", "outcome", "findings", "evidence", "commitments", "opening"}
FIELDS: dict[str, set[str]] = {
    "B": _OF_ATTEMPT | {"ordered", "criteria"},
    "E": _OF_ATTEMPT | {"open", "ordered", "criteria"} | _RESULT,
    "A": _ENDED,
    "X": _ENDED,
    "P": _ENDED,
    "R": _COMMON | {"reason"},
    "V": _OF_ATTEMPT | {"open", "close", "ordered", "criteria"} | _OF_VISIT,
}
_OUTCOMES = ("accepted", "rejected", "inconclusive")
_MOST = 2**53 - 1
_PERSONAL = frozenset(name for name, quantity in QUANTITIES.items() if quantity.personal)


def write(record: AcceptanceRecord) -> bytes:
    """The bytes that are signed; RecordError where they would not read back as this record."""
    result = record.result
    made: dict[str, Any] = {
        "v": VERSION,
        "tx": record.tx,
        "station": record.station,
        "epoch": record.epoch,
        "seq": record.seq,
        "prev": record.prev,
        "order": record.order and asdict(record.order),
        "attempt": record.attempt,
        "open": record.open,
        "close": record.close,
        "reason": measurement.sanitised(record.reason, 200),
        "clock": asdict(record.clock) | {"wall": record.clock.wall.isoformat()},
        "environment": dict(record.environment),
        "ordered": record.ordered and record.ordered.to_json(),
        "criteria": record.criteria and asdict(record.criteria),
    }
    if result is not None:
        made |= {
            "outcome": result.outcome,
            "findings": [dict(finding) for finding in result.findings],
            "causes": [dict(cause) for cause in result.causes],
            "profile": result.profile and asdict(result.profile),
            "evidence": dict(result.evidence),
            "measurements": [measurement.to_json(m) for m in result.measurements],
            "runs": [dict(run) for run in result.runs],
            "receipts": list(result.receipts),
            "commitments": dict(result.commitments),
            "opening": result.opening,
        }
    raw = strict_json.write({name: value for name, value in made.items() if name in FIELDS[record.tx]})
    parse(raw)
    return raw


def parse(raw: bytes) -> AcceptanceRecord:
    """The record that these bytes state."""
    try:
        return from_json(strict_json.parse_object(raw))
    except strict_json.JsonError as error:
        raise RecordError(f"record: {error}") from error


def from_json(made: Mapping[str, Any]) -> AcceptanceRecord:
    """The record that a strictly read JSON object states."""
    root = Fields(dict(made), "", RecordError)
    root.version(VERSION)
    tx: Any = root.text("tx", one_of=tuple(FIELDS))
    root.exactly(*FIELDS[tx], of=f"of a {tx} record")
    order = root.object("order") if "order" in root else None
    return AcceptanceRecord(
        tx=tx,
        station=root.text("station", longest=64),
        epoch=root.whole("epoch", 1, _MOST),
        seq=root.whole("seq", 1, _MOST),
        prev=None if made["prev"] is None else digest(root, "prev"),
        clock=_clock(root.object("clock")),
        environment=_environment(root, made["environment"]),
        order=None if order is None else _order(order),
        attempt=root.whole("attempt", 1, _MOST) if order else 0,
        open=digest(root, "open") if "open" in root else "",
        close=digest(root, "close") if "close" in root else "",
        ordered=_ordered(root, made["ordered"]) if "ordered" in root else None,
        criteria=_criteria(root.object("criteria")) if "criteria" in root else None,
        result=_result(root, made, tx) if tx in ("E", "V") else None,
        reason=root.text("reason", "") if "reason" in root else "",
    )


def digest(fields: Fields, name: str) -> str:
    """A SHA-256 in lower-case hex."""
    value = fields.text(name, longest=64)
    if not is_digest(value):
        raise fields.complain(name, "must be a SHA-256 in 64 lower-case hex digits")
    return value


def is_digest(value: Any) -> bool:
    """Whether this is a SHA-256 in lower-case hex."""
    return isinstance(value, str) and len(value) == 64 and not set(value) - set("0123456789abcdef")


def _order(order: Fields) -> OrderRef:
    anchor = UNANCHORED if order.text("anchor", longest=64) == UNANCHORED else digest(order, "anchor")
    return OrderRef(id=order.text("id", longest=64), digest=digest(order, "digest"), anchor=anchor)


def _profile(profile: Fields) -> ProfileRef:
    return ProfileRef(name=profile.text("name"), digest=digest(profile, "digest"))


def _clock(clock: Fields) -> Stamp:
    wall = clock.required_time("wall")
    status: Any = clock.text("status", one_of=("U", "I", "S", "R"))
    return Stamp(wall=wall, mono_ns=clock.whole("mono_ns", 0, _MOST), boot_id=clock.text("boot_id"), status=status)


def _mapping(root: Fields, name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise root.complain(name, "must be an object")
    return value


def _mappings(root: Fields, name: str) -> tuple[dict[str, Any], ...]:
    return tuple(_mapping(root, f"{name}[{place}]", value) for place, value in enumerate(root.items(name)))


def _environment(root: Fields, value: Any) -> dict[str, Any]:
    made = _mapping(root, "environment", value)
    for name, value in made.items():
        if value is not None and not isinstance(value, str | int | float | bool):
            raise root.complain("environment", f"{name[:40]!r} must be text, a number, a flag or null")
    return made


def _ordered(root: Fields, value: Any) -> Ordered:
    try:
        made = Ordered.from_json(_mapping(root, "ordered", value))
    except ValueError as error:
        raise root.complain("ordered", str(error)) from error
    clear = [name for name in PERSONAL if getattr(made, name) and not is_commitment(getattr(made, name))]
    if clear:
        raise root.complain("ordered", f"{clear[0]} is personal and must be committed")
    return made


def commitments(root: Fields, name: str, value: Any) -> dict[str, str]:
    """Commitments by the names of what they stand for."""
    made = _mapping(root, name, value)
    named = all(measurement.sanitised(key, 120) == key for key in made)
    if not named or len(made) > MOST_COMMITMENTS or not all(map(is_commitment, made.values())):
        raise root.complain(name, f"must be at most {MOST_COMMITMENTS} names, each with sha256: and 64 digits")
    return made


def _criteria(criteria: Fields) -> CriteriaRef:
    return CriteriaRef(name=criteria.text("name"), version=criteria.text("version"), digest=digest(criteria, "digest"))


def _result(root: Fields, made: Mapping[str, Any], tx: Tx) -> Result:
    evidence = root.object("evidence")
    judged = Result(
        measurements=tuple(_measurements(root)),
        outcome=root.text("outcome", one_of=_OUTCOMES),
        findings=_mappings(root, "findings"),
        evidence={source: digest(evidence, source) for source in made["evidence"]},
        commitments=commitments(root, "commitments", made["commitments"]),
        opening=None if made["opening"] is None else root.text("opening", longest=64),
    )
    if tx == "V":
        return judged
    return replace(
        judged,
        runs=tuple(_run(root, *numbered) for numbered in enumerate(root.items("runs"))),
        receipts=_receipts(root, len(root.items("runs"))),
        causes=_mappings(root, "causes"),
        profile=None if made["profile"] is None else _profile(root.object("profile")),
    )


def _measurements(root: Fields) -> Iterator[Measurement]:
    for place, made in enumerate(root.items("measurements")):
        read = measurement_form.at_once(made) or _looked_at(root, place, made)
        if read.quantity in _PERSONAL and (read.raw or not (read.failure or is_commitment(read.value))):
            raise root.complain(f"measurements[{place}]", f"{read.quantity} is personal and must be committed")
        yield read


def _looked_at(root: Fields, place: int, made: Any) -> Measurement:
    try:
        read = measurement.from_json(made)
    except (ValueError, TypeError, OverflowError) as error:
        raise root.complain(f"measurements[{place}]", str(error)) from error
    if measurement.to_json(read) != made:
        raise root.complain(f"measurements[{place}]", "is not in the one form that a measurement has")
    return read


def _run(root: Fields, place: int, made: Any) -> dict[str, Any]:
    """A run in its one form; what it says is for reading and for working out other windows, and decides nothing."""
    name = f"runs[{place}]"
    try:
        read = Trial.from_json(_mapping(root, name, made))
    except (ValueError, TypeError, OverflowError) as error:
        raise root.complain(name, str(error)) from error
    written = read.to_json()
    if written != made:
        raise root.complain(name, "is not in the one form that a run has")
    return written


def _receipts(root: Fields, runs: int) -> tuple[str | None, ...]:
    """One digest or null for each run; nothing at all where no run has a receipt."""
    made = root.items("receipts")
    whole = all(each is None or is_digest(each) for each in made)
    if not whole or (made and (len(made) != runs or not any(made))):
        raise root.complain("receipts", "must be empty, or hold for each run a SHA-256 or null")
    return tuple(made)
