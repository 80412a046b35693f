"""A trial: one throughput run as it stands in the record, whatever came of it; pure, and read back strictly.

Every run that was made is kept, never the best of several. Bytes and microseconds are kept, so that another window can
be worked out later; a rate is never stored.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal, cast, get_args

from diagnostics.instruments import Run, Second, Window
from diagnostics.measurement import FAILURE_KINDS, Failure, sanitised

Way = Literal["down", "up", "both"]
_MOST = 2**53 - 1
_COUNTS = ("reflector", "family", "discard_s", "average_s", "streams", "payload_bytes", "us")
_BESIDE = ("rtt_us", "interface", "cpu", "ont")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One run: direction, place of its reflector in the order, how it was cut, its seconds, its counted window.

    `beside` holds what was watched while it ran: series by name, each entry a list that begins with ms since the start.
    """

    direction: Way
    reflector: int
    family: int
    discard_s: int
    average_s: int
    streams: int
    congestion_control: str
    started_at: datetime
    seconds: tuple[Second, ...] = ()
    payload_bytes: int = 0
    us: int = 0
    retransmits: int | None = None
    failure: Failure | None = None
    beside: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mbps(self) -> float:
        """Payload rate of the counted window in decimal Mbit/s; zero where nothing was counted."""
        return self.payload_bytes * 8 / self.us if self.us else 0.0

    def to_json(self) -> dict[str, Any]:
        """The trial as the record's JSON object."""
        made = {name: getattr(self, name) for name in self.__slots__}
        return made | {
            "started_at": self.started_at.isoformat(),
            "seconds": [[second.payload_bytes, second.us, int(second.omitted)] for second in self.seconds],
            "failure": self.failure and asdict(self.failure),
            "beside": dict(self.beside),
        }

    @classmethod
    def from_json(cls, made: Mapping[str, Any]) -> "Trial":
        """The trial that `to_json` wrote; ValueError names the field that is missing, foreign or ill-formed."""
        if made.keys() != _FIELDS:
            raise ValueError(f"fields differ: {', '.join(sorted(set(made) ^ set(cls.__slots__)))}")
        if made["direction"] not in get_args(Way):
            raise ValueError(f"direction must be one of {', '.join(get_args(Way))}")
        if made["family"] not in (4, 6):
            raise ValueError("family must be 4 or 6")
        name = made["congestion_control"]
        if not isinstance(name, str) or sanitised(name, 16) != name:
            raise ValueError("congestion_control must be a short text")
        retransmits = made["retransmits"]
        return cls(
            direction=made["direction"],
            congestion_control=name,
            **{name: _count(made[name], name) for name in _COUNTS},
            started_at=_time(made["started_at"]),
            seconds=tuple(_second(entry) for entry in _list(made["seconds"], "seconds")),
            retransmits=None if retransmits is None else _count(retransmits, "retransmits"),
            failure=None if made["failure"] is None else _failure(made["failure"]),
            beside=_beside(made["beside"]),
        )


_FIELDS = frozenset(Trial.__slots__)


def trial_of(
    outcome: Run | Failure, *, direction: Way, reflector: int, family: int, window: Window, started_at: datetime
) -> Trial:
    """The trial that an engine's outcome makes; the reflector counts from 0 in the order's own list."""
    made = Trial(
        direction=direction,
        reflector=reflector,
        family=family,
        discard_s=window.discard_s,
        average_s=window.average_s,
        streams=window.streams,
        congestion_control=window.congestion_control,
        started_at=started_at.astimezone(UTC),
    )
    if isinstance(outcome, Failure):
        return replace(made, failure=outcome)
    return replace(
        made,
        seconds=outcome.seconds,
        payload_bytes=outcome.payload_bytes,
        us=outcome.us,
        retransmits=outcome.retransmits,
        congestion_control=outcome.congestion_control or window.congestion_control,
    )


def _count(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST:
        raise ValueError(f"{name} must be a whole number, not negative")
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{name} must be a list")
    return value


def _second(entry: Any) -> Second:
    if not isinstance(entry, list) or len(entry) != 3 or entry[2] not in (0, 1):
        raise ValueError("seconds must hold [payload bytes, microseconds, omitted 0 or 1]")
    payload_bytes, us, omitted = entry
    for value in entry:
        if type(value) is not int or not 0 <= value <= _MOST:
            _count(value, "seconds")
    return Second(payload_bytes=payload_bytes, us=us, omitted=bool(omitted))


def _time(value: Any) -> datetime:
    made = datetime.fromisoformat(value) if isinstance(value, str) else None
    if made is None or made.tzinfo is None:
        raise ValueError("started_at must be a time with its offset from UTC")
    return made


def _failure(value: Any) -> Failure:
    whole = isinstance(value, dict) and set(value) == {"kind", "stage", "detail"}
    if not whole or not all(isinstance(word, str) for word in value.values()) or value["kind"] not in FAILURE_KINDS:
        raise ValueError("failure must be null or kind, stage and detail")
    return Failure(**value)


def _beside(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not set(value) <= set(_BESIDE):
        raise ValueError(f"beside must be an object of {', '.join(_BESIDE)}")
    for name, series in value.items():
        for entry in _list(series, f"beside.{name}"):
            if len(_list(entry, f"beside.{name}")) < 2:
                raise ValueError(f"beside.{name} must hold lists of milliseconds and values")
            _count(entry[0], f"beside.{name}")
    return cast(dict[str, Any], value)
