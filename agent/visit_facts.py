"""What a technician notes on a visit: facts with a time, each in one strict JSON form; pure.

A fact states what was done and when, by which clock; it judges nothing. Free text of the technician is capped, plain,
and stays on the station.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, get_args

from agent.clock import Status
from agent.fields import Fields
from agent.record_form import digest
from diagnostics import strict_json
from diagnostics.errors import BadInput

FORMAT = "prooflight.visit/1"
FILE_BYTES = 1 << 20
MOST_FACTS = 150
MOST_WORDED = 12  # facts with words of the technician: an opening of a visit stays short enough to be sent
LONGEST_SCAN = 128
LONGEST_WORDS = 500
KINDS = (
    *("arrived", "nobody_in", "change", "barcode", "label", "photograph", "account_label"),
    *("told", "rated", "escalated", "resumed"),
)
TOLD = ("result", "account", "mode")
ESCALATED_TO = ("support", "desk")
CAUSES = ("customer", "operator")
PHOTOGRAPHED = ("device", "label", "socket", "other")
SIGNATURE = "signature"  # a picture as well: what the customer drew with a finger
_CLOCKS: tuple[str, ...] = get_args(Status)


class VisitError(BadInput):
    """Something noted on a visit is not usable; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One thing that was done, when, and how far that time is believed (`clock`, as a record's).

    `stated` where the technician named the time, else it was the station's clock. `content` is by the fact's kind.
    """

    kind: str
    at: datetime
    clock: Status
    stated: bool = False
    content: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The fact in its one form."""
        times = {name: made.isoformat() for name, made in self.content.items() if isinstance(made, datetime)}
        told = {"fact": self.kind, "at": self.at.isoformat(), "clock": self.clock, "stated": self.stated}
        return told | dict(self.content) | times


def content_of(fields: Fields, kind: str) -> dict[str, Any]:
    """The content that a fact of this kind has; VisitError names what is wrong, or an unknown kind."""
    if kind not in KINDS:
        raise fields.complain("fact", f"must be one of {', '.join(KINDS)}")
    return {name: read(fields, name) for name, read in _CONTENT.get(kind, {}).items()}


def from_json(made: Any) -> Fact:
    """The fact that `to_json` wrote."""
    fields = Fields(made, "", VisitError)
    kind = fields.text("fact", one_of=KINDS)
    clock: Any = fields.text("clock", one_of=_CLOCKS)
    fact = Fact(
        kind=kind,
        at=fields.required_time("at"),
        clock=clock,
        stated=made.get("stated") is True,
        content=content_of(fields, kind),
    )
    if fact.to_json() != made:
        raise fields.complain("fact", f"is not in the one form of {kind}")
    return fact


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A fact as a file of facts states it; `at` is None where the file leaves the time to the station."""

    kind: str
    at: datetime | None
    content: Mapping[str, Any]


def parse_file(raw: bytes) -> tuple[Told, ...]:
    """The facts in a file: `format` and `facts`, each with `fact`, its content, and `at` where the time is stated.

    Photographs are files of their own and cannot stand there.
    """
    try:
        made = strict_json.parse_object(raw, size=FILE_BYTES, depth=4)
    except strict_json.JsonError as error:
        raise VisitError(f"{error}; facts are one JSON object in UTF-8") from error
    root = Fields(made, "", VisitError)
    root.text("format", one_of=(FORMAT,))
    listed = root.objects("facts", least=1)
    if len(listed) > MOST_FACTS:
        raise root.complain("facts", f"must be at most {MOST_FACTS}")
    found = tuple(map(_told, listed))
    for path, _ in root.unknown():
        raise VisitError(f"{path}: is not a field of a visit's facts")
    return found


def _told(fields: Fields) -> Told:
    kind = fields.text("fact", one_of=tuple(kind for kind in KINDS if kind != "photograph"))
    return Told(kind=kind, at=fields.time("at"), content=content_of(fields, kind))


def _one_of(*words: str) -> Callable[[Fields, str], Any]:
    return lambda fields, name: fields.text(name, one_of=words)


def _plain(longest: int) -> Callable[[Fields, str], Any]:
    return lambda fields, name: fields.text(name, longest=longest)


def _whole(least: int, most: int) -> Callable[[Fields, str], Any]:
    return lambda fields, name: fields.whole(name, least, most)


_CONTENT: dict[str, dict[str, Callable[[Fields, str], Any]]] = {
    "nobody_in": {"waited_s": _whole(0, 86_400), "contact": _plain(LONGEST_WORDS)},
    "change": {
        "told_at": Fields.required_time,
        "was_at": Fields.required_time,
        "cause": _one_of(*CAUSES),
        "desk": _plain(64),
    },
    "barcode": {"text": _plain(LONGEST_SCAN)},
    "label": {"text": _plain(LONGEST_SCAN)},
    "photograph": {
        "of": _one_of(*PHOTOGRAPHED, SIGNATURE),
        "sha256": digest,
        "format": _plain(8),
        "bytes": _whole(1, 1 << 30),
    },
    "told": {"what": _one_of(*TOLD)},
    "rated": {"stars": _whole(1, 5)},
    "escalated": {"to": _one_of(*ESCALATED_TO), "reason": _plain(LONGEST_WORDS)},
}
