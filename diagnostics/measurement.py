"""What was learnt about a line: a value, or the reason why it could not be found out, never both and never neither.

A Measurement is the only currency between the floors. What a check proved about the line is a value, also when it is
bad news; a Failure says that the instrument could not find out. Missing is never zero.
"""

import functools
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from diagnostics.quantities import QUANTITIES, nearest_name

FailureKind = Literal[
    "timeout",
    "refused",
    "unreachable",
    "auth_rejected",
    "busy",
    "locked_out",
    "no_such_object",
    "unparseable",
    "no_signal",
    "unknown_firmware",
    "not_supported",
    "not_applicable",
    "instrument_limit",
    "disturbed",
    "check_crashed",
]
FAILURE_KINDS: tuple[str, ...] = get_args(FailureKind)
Value = float | int | str | bool

_DETAIL_LENGTH = 300
FOREIGN = ("Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # Unicode's categories that no plain line of text has
_CONTROL = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def sanitised(text: str, length: int = _DETAIL_LENGTH) -> str:
    """A peer's words fit for log, page and record: one line without control, format or bidi characters."""
    line = text if text.isprintable() and "  " not in text else _plain(text)  # most texts are plain already
    line = line.strip()
    return line if len(line) <= length else line[: length - 1] + "…"


def _plain(text: str) -> str:
    return "".join(c for c in _CONTROL.sub(" ", text) if unicodedata.category(c) not in FOREIGN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a quantity could not be found out: a kind from the closed list, the stage, and the peer's own words."""

    kind: FailureKind
    stage: str
    detail: str = ""

    def __post_init__(self) -> None:
        if self.kind not in FAILURE_KINDS:
            raise ValueError(f"{self.kind!r} is not a failure kind")
        object.__setattr__(self, "detail", sanitised(self.detail))

    def __str__(self) -> str:
        return f"{self.kind} at {self.stage}" + (f": {self.detail}" if self.detail else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One quantity of one line (`index` names which, where there are several) with a value or a failure.

    `taken_at` is aware UTC; `source` says by what it was learnt ("telnet: display optic"); `raw` keeps the peer's own
    form where the value was normalised.
    """

    quantity: str
    index: str = ""
    value: Value | None = None
    failure: Failure | None = None
    taken_at: datetime
    source: str
    raw: str = ""

    def __post_init__(self) -> None:
        quantity = QUANTITIES.get(self.quantity)
        if quantity is None:
            raise ValueError(f"{self.quantity} is not a quantity{nearest_name(self.quantity, QUANTITIES)}")
        if (self.value is None) == (self.failure is None):
            raise ValueError(f"{self.quantity}: exactly one of value and failure is needed")
        if self.taken_at.tzinfo is None:
            raise ValueError(f"{self.quantity}: taken_at must be aware UTC")
        _expect(isinstance(self.index, str), self.quantity, self.index)
        object.__setattr__(self, "source", sanitised(self.source))
        object.__setattr__(self, "raw", sanitised(self.raw))
        if self.value is None:
            return
        if quantity.kind == "number":
            object.__setattr__(self, "value", _rounded(self.quantity, self.value, quantity.resolution))
        elif quantity.kind == "flag":
            _expect(isinstance(self.value, bool), self.quantity, self.value)
        elif quantity.kind == "state":
            _expect(self.value in quantity.states, self.quantity, self.value)
        else:
            _expect(isinstance(self.value, str), self.quantity, self.value)
            object.__setattr__(self, "value", sanitised(str(self.value)))

    @property
    def name(self) -> str:
        """The quantity with its index: `ont_lan_speed_mbps[lan1]`."""
        return f"{self.quantity}[{self.index}]" if self.index else self.quantity

    @property
    def number(self) -> float | None:
        """The value where it is a number, else None."""
        return float(self.value) if isinstance(self.value, int | float) and not isinstance(self.value, bool) else None


def _expect(holds: bool, name: str, value: object) -> None:
    if not holds:
        raise ValueError(f"{name}: {value!r} is not a value of this quantity")


def _rounded(name: str, value: Value, resolution: float) -> float | int:
    _expect(isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value), name, value)
    steps = round(float(value) / resolution)
    if resolution >= 1:
        return int(steps * resolution)
    return round(steps * resolution, _digits(resolution))


@functools.cache
def _digits(resolution: float) -> int:
    """How many digits behind the point a resolution has."""
    return max(0, -math.floor(math.log10(resolution)))


def to_json(measurement: Measurement) -> dict[str, Any]:
    """The measurement as the JSON object that the command line prints and the record carries."""
    failure = measurement.failure
    made: dict[str, Any] = {
        "quantity": measurement.quantity,
        "index": measurement.index,
        "value": measurement.value,
        "failure": failure and {"kind": failure.kind, "stage": failure.stage, "detail": failure.detail},
        "taken_at": measurement.taken_at.isoformat(),
        "source": measurement.source,
    }
    if measurement.raw:
        made["raw"] = measurement.raw
    return made


def from_json(made: Mapping[str, Any]) -> Measurement:
    """The measurement that `to_json` wrote; ValueError where it is anything else."""
    try:
        failure = made["failure"]
        return Measurement(
            quantity=made["quantity"],
            index=made["index"],
            value=made["value"],
            failure=None if failure is None else Failure(**failure),
            taken_at=datetime.fromisoformat(made["taken_at"]),
            source=made["source"],
            raw=made.get("raw", ""),
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"not a measurement: {error}") from error
