"""How one ONT family is asked, as data: its dialogue, how it is recognised, and where each quantity stands.

A profile holds no logic and no guess: what no source names is absent from it and comes out as `not_supported`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

GET, WALK = "get ", "walk "
COUNTER32 = " (Counter32)"  # behind a value that wraps at 2^32
BANNER = "<banner>"  # as a command: nothing is asked, what the ONT said up to its first prompt is read
OTHERWISE = "*"  # in `states`: what every other word means
SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"

Pattern = re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """The command line of a family: its prompts, what it says when it refuses, and what is sent first, last, never.

    A command that fits an earlier pattern of `order` is never sent after one that fits a later pattern. Where the
    prompt after log-in is not `first_at`, the levels of `first` are entered already.
    """

    login: Pattern
    password: Pattern
    prompt: Pattern
    terminator: Pattern | None = None
    more: Pattern | None = None
    error: tuple[Pattern, ...] = ()
    denied: tuple[Pattern, ...] = ()
    locked: tuple[Pattern, ...] = ()
    busy: tuple[Pattern, ...] = ()
    newline: str = "\r\n"
    first: tuple[str, ...] = ()
    first_at: Pattern | None = None
    last: tuple[str, ...] = ()
    never: tuple[Pattern, ...] = ()
    order: tuple[Pattern, ...] = ()

    def without_levels(self) -> "Dialogue":
        """The same, where no level is entered: nothing is said first, and only the log-out last."""
        return replace(self, first=(), last=self.last[-1:])

    def rank(self, command: str) -> int:
        """The place of a command among those that `order` keeps apart, -1 for one that it does not mention."""
        return next((n for n, pattern in enumerate(self.order) if pattern.search(command)), -1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """By what a family is recognised; whatever is stated must fit; a `last_resort` yields to any other that fits."""

    banner: Pattern | None = None
    command: str = ""
    pattern: Pattern | None = None
    sys_descr: Pattern | None = None
    sys_object_id: str = ""
    last_resort: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """How the rows of an SNMP table are named: the column of names, and the pattern that finds the row in a name."""

    oid: str
    pattern: Pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where one quantity stands, and how its raw form becomes the canonical value."""

    quantity: str
    command: str = ""
    oid: str = ""
    pattern: Pattern | None = None
    rows: str = ""
    scale: float = 1.0
    offset: float = 0.0
    convert: str = ""
    states: Mapping[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()

    @property
    def question(self) -> str:
        """What the session is asked for it."""
        return self.command or (WALK if self.rows else GET) + self.oid


@dataclass(frozen=True, slots=True, kw_only=True)
class Firmware:
    """What differs in the firmwares whose software version fits; its readings replace those of the same quantity."""

    software: Pattern
    readings: Mapping[str, Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One ONT family; `legacy`: its SSH is so old that only algorithms which nobody else is offered reach it."""

    family: str
    title: str
    transports: tuple[str, ...]
    sources: tuple[str, ...]
    dialogue: Dialogue | None
    identity: Identity
    readings: Mapping[str, Reading]
    rows: Mapping[str, Rows] = field(default_factory=dict)
    firmwares: tuple[Firmware, ...] = ()
    legacy: bool = False
    digest: str

    def as_spoken(self, spoken: Sequence[Dialogue]) -> "Profile | None":
        """The profile with its dialogue as the ONT speaks it, with or without levels; None where it does not."""
        own = (self.dialogue, self.dialogue.without_levels()) if self.dialogue else ()
        return next((replace(self, dialogue=dialogue) for dialogue in own if dialogue in spoken), None)

    def for_software(self, version: str) -> "Profile":
        """The profile with the overrides of every [[firmware]] that this software version fits."""
        readings = dict(self.readings)
        for firmware in self.firmwares:
            if firmware.software.search(version):
                readings |= firmware.readings
        return replace(self, readings=readings)

    def commands(self) -> frozenset[str]:
        """All that may be typed on its command line, whatever its firmware: levels, questions, log-out."""
        dialogue = self.dialogue
        readings = [*self.readings.values(), *(r for f in self.firmwares for r in f.readings.values())]
        typed = {reading.command for reading in readings} | {self.identity.command}
        return frozenset({*typed, *(dialogue.first + dialogue.last if dialogue else ())} - {"", BANNER})

    def questions(self) -> tuple[str, ...]:
        """All that is to be asked, each once: in the order that the dialogue demands, else in that of the file."""
        asked = dict.fromkeys(reading.question for reading in self.readings.values())
        for reading in self.readings.values():
            if reading.oid and reading.rows:
                asked[WALK + self.rows[reading.rows].oid] = None
        return tuple(sorted(asked, key=self.dialogue.rank) if self.dialogue else asked)


def fits_system(profile: Profile, description: str | None, object_id: str | None) -> bool:
    """Whether what an SNMP agent says of itself fits all that the profile states about it."""
    identity = profile.identity
    if identity.sys_descr is None and not identity.sys_object_id:
        return False
    if identity.sys_descr is not None and not identity.sys_descr.search(description or ""):
        return False
    root = identity.sys_object_id
    return not root or f"{object_id}.".startswith(root + ".")
