"""A capture: what a device once said, in one state, and what must be read from it; it feeds the virtual ONT and tests.

A capture says where it comes from (recorded, published, constructed) and holds no secret. What it does not list as a
value or a failure must come out as `not_supported`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from diagnostics.errors import BadInput
from diagnostics.measurement import FAILURE_KINDS, Measurement
from diagnostics.quantities import ONT_QUANTITIES, nearest_name
from drivers.profile_file import profiles_folder
from drivers.resource import Resource, ResourceError
from drivers.toml_table import Table, TableError, load

ORIGINS = ("recorded", "published", "constructed")
ANSWER_BYTES = 8 << 20
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.\-]{0,100}")
_RECORD = re.compile(r"([0-2](?:\.\d{1,10}){1,60})\|(2|4|4x|6|64|65|66|67|70)\|(.*)")


class CaptureError(BadInput):
    """A capture cannot be used; the message names file, key and remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """The words of the device around its answers: banner, prompts, and what it says to a command it does not know.

    `levels`: the prompt that a command changes to; `needs`: what must be said before it answers anything at all;
    `log_in_at`: the command that asks for user name and password, where the device lets everybody in before that.
    """

    banner: str = ""
    login: str
    password: str
    prompt: str
    log_out: str
    unknown: str
    levels: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    log_in_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One state of one device; `records` are the objects of an SNMP agent: OID -> (snmprec tag, value)."""

    family: str
    state: str
    origin: str
    source: str
    device: str
    spoken: Spoken | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    records: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    resource: Resource | None = None
    values: Mapping[str, object]
    failures: Mapping[str, str]


def states(family: str, folder: Path | None = None) -> tuple[str, ...]:
    """The states that a family has captures of."""
    found = ((folder or profiles_folder()) / family / "captures").glob("*/capture.toml")
    return tuple(sorted(path.parent.name for path in found))


def load_capture(family: str, state: str, folder: Path | None = None) -> Capture:
    """One capture. Raises CaptureError where there is none or it is wrong."""
    root = folder or profiles_folder()
    known = states(family, root)
    if state not in known:
        raise CaptureError(f"{family}: there is no capture {state}{nearest_name(state, known)}")
    home = root / family / "captures" / state
    try:
        return _capture(load(home / "capture.toml", f"{family}/captures/{state}/capture.toml"), family, state, home)
    except TableError as error:
        raise CaptureError(str(error)) from error


def _capture(table: Table, family: str, state: str, home: Path) -> Capture:
    spoken = table.optional_table("dialogue")
    records = table.text("records", "")
    answers = table.mapping("answers")
    made = Capture(
        family=family,
        state=state,
        origin=table.text("origin"),
        source=table.text("source"),
        device=table.text("device"),
        spoken=_spoken(spoken) if spoken else None,
        answers={question: _file(table, home, name) for question, name in answers.items()},
        records=_records(table, records, _file(table, home, records)) if records else {},
        resource=_resource(table),
        values=_expected(table, "values"),
        failures=_failures(table),
    )
    table.done()
    if made.origin not in ORIGINS:
        raise table.error(f"origin must be one of {', '.join(ORIGINS)}")
    if made.answers and not made.spoken:
        raise table.error("[answers] need a [dialogue] to be given in; add it")
    return made


def _resource(table: Table) -> Resource | None:
    entry = table.optional_table("resource")
    if entry is None:
        return None
    try:
        return Resource.from_request({name: entry.take(name, int, "a whole number") for name in entry.names()})
    except (ResourceError, TypeError) as error:
        raise entry.error(f"must be port and onu, and may be frame and slot, as whole numbers: {error}") from error


def _spoken(table: Table) -> Spoken:
    made = Spoken(
        banner=table.text("banner", ""),
        levels=table.mapping("levels"),
        needs=table.texts("needs"),
        log_in_at=table.text("log_in_at", ""),
        **{key: table.text(key) for key in ("login", "password", "prompt", "log_out", "unknown")},
    )
    table.done()
    return made


def _file(table: Table, home: Path, name: str) -> str:
    if not _FILE.fullmatch(name):
        raise table.error(f"{name!r} must be a file beside capture.toml")
    try:
        raw = (home / name).read_bytes()
    except OSError as error:
        raise table.error(f"{name}: cannot be read: {error.strerror}") from error
    if len(raw) > ANSWER_BYTES:
        raise table.error(f"{name} is larger than any answer of an ONT")
    return raw.decode("utf-8", errors="surrogateescape")


def _records(table: Table, name: str, text: str) -> dict[str, tuple[str, str]]:
    made: dict[str, tuple[str, str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _RECORD.fullmatch(line)
        if match is None or match[1] in made:
            raise table.error(f"{name} line {number}: must be OID|tag|value, each OID once")
        made[match[1]] = (match[2], match[3])
    return made


def _expected(table: Table, key: str) -> dict[str, object]:
    entry = table.table(key, {})
    made: dict[str, object] = {}
    for name in entry.names():
        if name.partition("[")[0] not in ONT_QUANTITIES:
            raise entry.error(f"{name} is not a quantity{nearest_name(name, ONT_QUANTITIES)}")
        made[name] = entry.take(name, (str, int, float), "a string or a number")
    return made


def _failures(table: Table) -> dict[str, str]:
    made = {name: str(kind) for name, kind in _expected(table, "failures").items()}
    for name, kind in made.items():
        if kind not in FAILURE_KINDS:
            raise table.error(f"[failures] {name}: {kind} is not a failure kind{nearest_name(kind, FAILURE_KINDS)}")
    return made


def differences(capture: Capture, measurements: Sequence[Measurement]) -> list[str]:
    """What was read otherwise than the capture says it must be, one line each; pure."""
    wanted = {**capture.values, **{name: f"failure {kind}" for name, kind in capture.failures.items()}}
    read = {m.name: m.value if m.failure is None else f"failure {m.failure.kind}" for m in measurements}
    lines = [f"{n}: expected {wanted[n]}, got nothing" for n in wanted if n not in read]
    lines += [f"{n}: read {v} twice" for n, v in read.items() if [m.name for m in measurements].count(n) > 1]
    for name, value in read.items():
        expected = wanted.get(name, "failure not_supported")
        if expected != value:
            lines.append(f"{name}: expected {expected}, got {value}")
    return lines
