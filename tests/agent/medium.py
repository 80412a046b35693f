"""What a power cut may leave on a medium, worked out from a log of changes; pure.

It promises no more than POSIX does. What was written is on the medium when its file was synced, a name when its
directory was; before that each sector, each name and each size may have got there or not, in any order. A card that
lies about its syncs is the same medium with the latest syncs taken out of the log.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Literal

FOLDER = -1  # stands for the number of a file where a name is a directory's
ROOT = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Bytes that were put at a place of a file."""

    file: int
    offset: int
    raw: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A file was cut, or stretched with zeros, to a size."""

    file: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Names of a directory were given to files or taken away (None), all at once."""

    folder: str
    names: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synced:
    """A file, or a directory, was synced."""

    what: int | str


Change = Written | Ended | Named
Fate = Literal["lost", "kept", "cut", "torn 512", "torn 4096", "shuffled", "grown", "garbage"]
HONEST: tuple[Fate, ...] = ("lost", "kept", "cut", "torn 512", "torn 4096", "shuffled", "grown")
ANY: tuple[Fate, ...] = (*HONEST, "garbage")


@dataclass(slots=True)
class Medium:
    """What lies on a medium: bytes by number of file, and numbers by directory and name."""

    files: dict[int, bytes] = field(default_factory=dict)
    names: dict[str, dict[str, int]] = field(default_factory=lambda: {ROOT: {}})

    def copy(self) -> "Medium":
        return Medium(dict(self.files), {folder: dict(names) for folder, names in self.names.items()})

    def take(self, change: Change) -> None:
        """Let a change happen whole."""
        match change:
            case Written(file=file, offset=offset, raw=raw):
                self.files[file] = _laid(self.files.get(file, b""), offset, raw)
            case Ended(file=file, size=size):
                self.files[file] = self.files.get(file, b"")[:size].ljust(size, b"\0")
            case Named(folder=folder, names=names):
                for name, number in names:
                    if number is None:
                        self.names.setdefault(folder, {}).pop(name, None)
                    else:
                        self.names.setdefault(folder, {})[name] = number

    def take_some(self, change: Written, sector: int, dice: Random, filler: Callable[[int], bytes]) -> None:
        """Let some sectors of a write reach the medium; what else the file has grown by is filler."""
        before = self.files.get(change.file, b"")
        end = change.offset + len(change.raw)
        bounds = [change.offset, *range(change.offset // sector * sector + sector, end, sector), end]
        kept = [(low, high) for low, high in pairwise(bounds) if dice.random() < 0.5]
        grown = end if dice.random() < 0.5 else max([len(before), *(high for _, high in kept)])
        content = bytearray(before + filler(max(0, grown - len(before))))
        for low, high in kept:
            content[low:high] = change.raw[low - change.offset : high - change.offset]
        self.files[change.file] = bytes(content)


def _laid(before: bytes, offset: int, raw: bytes) -> bytes:
    return before[:offset].ljust(offset, b"\0") + raw + before[offset + len(raw) :]


Log = Sequence[Change | Synced]


def honest_moments(log: Log, start: Medium) -> Iterator[tuple[Medium, list[Change]]]:
    """At each place of the log: what lies on the medium for sure, and what may or may not, oldest first."""
    sure, open_ = start.copy(), list[Change]()
    yield sure, open_
    for each in log:
        if isinstance(each, Synced):
            of = [change for change in open_ if _of(change) == each.what]
            open_ = [change for change in open_ if _of(change) != each.what]
            sure = sure.copy()
            for change in of:
                sure.take(change)
        else:
            open_ = [*open_, each]
        yield sure, open_


def lying_moment(log: Log, place: int, since: int, start: Medium) -> tuple[Medium, list[Change]]:
    """The same of a card whose last true sync was at `since`, whatever it has said."""
    sure = start.copy()
    for each in log[:since]:
        if not isinstance(each, Synced):
            sure.take(each)
    return sure, [each for each in log[since:place] if not isinstance(each, Synced)]


def _of(change: Change) -> int | str:
    return change.folder if isinstance(change, Named) else change.file


def after_the_cut(sure: Medium, open_: Sequence[Change], fate: Fate, dice: Random) -> Medium:
    """One of the media that a power cut at such a moment may leave."""
    left = sure.copy()
    last = dice.randrange(len(open_) + 1) if fate == "cut" else len(open_)
    sector = 4096 if fate == "torn 4096" else 512
    filler: Callable[[int], bytes] = dice.randbytes if fate == "garbage" else bytes
    for number, change in enumerate(open_):
        if fate == "kept" or (fate == "cut" and number < last):
            left.take(change)
        elif fate == "grown" and isinstance(change, Written):
            left.take(Ended(file=change.file, size=change.offset + len(change.raw)))
        elif isinstance(change, Written) and (fate.startswith("torn") or fate == "garbage" or number == last):
            left.take_some(change, sector, dice, filler)
        elif fate != "lost" and number < last and dice.random() < 0.5:
            left.take(change)
    return left
