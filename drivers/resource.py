"""Where at an OLT an ONT hangs, and how that gets into the questions to the OLT: as numbers and as nothing else.

A work order is written by others; only digits and slashes of it ever reach a command line. Pure.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from diagnostics.errors import BadInput
from drivers.profile import Dialogue, Pattern, Profile, Reading

NAMES = ("frame", "slot", "port", "onu")
PLACEHOLDER = re.compile(r"\{([a-z]+)\}")
_PORT = re.compile(r"[0-9]{1,3}(?:/[0-9]{1,3}){0,2}")
_PORT_NUMBERS, _ONUS = 255, 1023


class ResourceError(BadInput):
    """The order's resource cannot be asked about at an OLT; the message names field and remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One ONU behind one PON port of an OLT, in numbers."""

    frame: int = 0
    slot: int = 0
    port: int
    onu: int

    def __post_init__(self) -> None:
        for name, most in (("frame", _PORT_NUMBERS), ("slot", _PORT_NUMBERS), ("port", _PORT_NUMBERS), ("onu", _ONUS)):
            value = getattr(self, name)
            if type(value) is not int or not 0 <= value <= most:
                raise ResourceError(f"resource: {name} must be a whole number from 0 to {most}")

    def fill(self, text: str) -> str:
        """The text with `{frame}`, `{slot}`, `{port}`, `{onu}` replaced by our numbers."""
        return PLACEHOLDER.sub(lambda found: str(getattr(self, found[1])) if found[1] in NAMES else found[0], text)

    def to_request(self) -> dict[str, int]:
        """The resource for the reading child."""
        return asdict(self)

    @classmethod
    def from_request(cls, made: Mapping[str, int]) -> "Resource":
        """The resource that `to_request` wrote. Raises ResourceError."""
        if not set(made) <= set(NAMES):
            raise ResourceError(f"resource: must hold {', '.join(NAMES)} and nothing else")
        return cls(**made)

    @classmethod
    def parse(cls, pon_port: str, onu_id: int | None) -> "Resource":
        """From an order's fields: `3`, `slot/port` or `frame/slot/port`, and the ONU's number. Raises ResourceError."""
        if not _PORT.fullmatch(pon_port) or onu_id is None:
            raise ResourceError("resource: needs pon_port such as 0/2/5, in digits and slashes, and onu_id")
        *above, port = map(int, pon_port.split("/"))
        frame, slot = [0, 0, *above][-2:]
        return cls(frame=frame, slot=slot, port=port, onu=onu_id)


def is_assisted(profile: Profile) -> bool:
    """Whether the profile asks an OLT about an ONT, which needs a resource."""
    return any(PLACEHOLDER.search(text) for text in (*profile.questions(), *_first(profile.dialogue)))


def filled(profile: Profile, resource: Resource) -> Profile:
    """The profile with its questions, and the patterns that pick the ONT's row, about this resource."""
    dialogue = profile.dialogue
    return replace(
        profile,
        dialogue=dialogue and replace(dialogue, first=tuple(map(resource.fill, dialogue.first))),
        readings={name: _filled(reading, resource) for name, reading in profile.readings.items()},
        firmwares=tuple(
            replace(f, readings={name: _filled(r, resource) for name, r in f.readings.items()})
            for f in profile.firmwares
        ),
        rows={
            name: replace(r, oid=resource.fill(r.oid), pattern=_pattern(r.pattern, resource))
            for name, r in profile.rows.items()
        },
    )


def _first(dialogue: Dialogue | None) -> tuple[str, ...]:
    return dialogue.first if dialogue else ()


def _filled(reading: Reading, resource: Resource) -> Reading:
    return replace(
        reading,
        command=resource.fill(reading.command),
        oid=resource.fill(reading.oid),
        pattern=reading.pattern and _pattern(reading.pattern, resource),
    )


def _pattern(pattern: Pattern, resource: Resource) -> Pattern:
    return re.compile(resource.fill(pattern.pattern), pattern.flags)
