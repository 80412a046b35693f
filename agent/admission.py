"""The admission: by which a station asks a reflector's gate for one run, sealed by its own key; pure.

It names the gate's nonce, so it is good once; the gate, so it is good nowhere else; and the attempt, so that its
receipt can be for no other.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, get_args

from agent.fields import Fields
from agent.record_form import digest
from diagnostics import strict_json
from diagnostics.errors import BadInput
from diagnostics.instruments import Direction

VERSION = 1
MOST_SECONDS = 300


class AdmissionError(BadInput):
    """An admission is not one; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """One run asked for: `order` and `open` are digests of the signed order and of the attempt's open record."""

    nonce: str
    reflector: str
    order: str
    open: str
    direction: Direction
    discard_s: int
    average_s: int


def write(admission: Admission) -> bytes:
    """The bytes that are signed."""
    return strict_json.write({"v": VERSION} | asdict(admission))


def from_json(made: Mapping[str, Any]) -> Admission:
    """The admission that a strictly read JSON object states."""
    root = Fields(dict(made), "", AdmissionError).exactly("v", *Admission.__slots__, of="of an admission")
    root.version(VERSION)
    direction: Any = root.text("direction", one_of=get_args(Direction))
    return Admission(
        nonce=root.text("nonce", longest=64),
        reflector=root.text("reflector", longest=64),
        order=digest(root, "order"),
        open=digest(root, "open"),
        direction=direction,
        discard_s=root.whole("discard_s", 0, MOST_SECONDS),
        average_s=root.whole("average_s", 1, MOST_SECONDS),
    )
