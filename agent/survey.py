"""Reading a journal: every entry that is whole, and every place where one no longer is; changes nothing, needs no lock.

An entry is checked against its digest each time that it is read, so what comes back is what was written, or an error.
Each segment but the first states how long the one before it was, so that what was cut off whole is missed as well.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from agent.disk import REAL, Disk
from agent.frame import BLOCK, Damaged, Frame, Torn, parse_segment
from diagnostics import strict_json
from diagnostics.errors import NotAvailable

_SEGMENT = re.compile(r"([0-9]{6})\.(segment|failed)")


class JournalError(NotAvailable):
    """The journal cannot be used; the message names the file and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Where one entry lies: its kind, the SHA-256 of its body, segment file, offset and size in bytes."""

    kind: str
    digest: str
    segment: str
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """Bytes of a segment that no longer are the entries they were; `before` counts the whole entries in front."""

    segment: str
    offset: int
    size: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """All that a journal's directory holds, read without changing it."""

    directory: Path
    entries: tuple[Entry, ...]
    damages: tuple[Damage, ...]
    torn: Damage | None
    disk: Disk = REAL

    def read(self, entry: Entry) -> str:
        """The body of an entry, checked once more against its digest."""
        return read_entry(self.directory, entry, self.disk)

    @property
    def continuation(self) -> str:
        """What the next segment must begin with: where the last one ends that holds anything; empty: none does."""
        found: tuple[Entry | Damage, ...] = (*self.entries, *self.damages)
        filled = max((each.segment for each in found), default="")
        return continuation(int(filled[:6]), self.end(filled)) if filled else ""

    def end(self, segment: str) -> int:
        """Where in a segment what counts ends; behind it lies at most what was never called saved."""
        found: tuple[Entry | Damage, ...] = (*self.entries, *self.damages)
        return max((each.offset + each.size for each in found if each.segment == segment), default=0)


def survey(directory: Path, disk: Disk = REAL) -> Survey:
    """Read a journal as it lies there; needs no lock and changes nothing."""
    entries: list[Entry] = []
    damages: list[Damage] = []
    torn = None
    expected = 1
    names = segments(directory, disk)
    heads = [_stated(_bytes(directory / name, disk, BLOCK)) for name in names]
    for behind, name in enumerate(names, start=1):
        number = int(name[:6])
        gone = (f"{each:06d}.segment" for each in range(expected, number))
        damages += [Damage(segment=each, offset=0, size=0, before=len(entries)) for each in gone]
        expected = number + 1
        stated = _end_of(number, heads[behind:])
        raw = _bytes(directory / name, disk)[:stated]
        for found in parse_segment(raw):
            if isinstance(found, Frame):
                place = {"segment": name, "offset": found.offset, "size": found.size}
                entries.append(Entry(kind=found.kind, digest=found.digest, **place))  # type: ignore[arg-type]
                continue
            damage = Damage(segment=name, offset=found.offset, size=found.size, before=len(entries))
            if isinstance(found, Torn) and behind == len(names):
                torn = damage
            elif isinstance(found, Damaged) or stated is not None or name.endswith(".segment"):
                damages.append(damage)
            # What is torn in a failed segment was never called saved.
        if stated is not None and len(raw) < stated:
            lost = stated - len(raw)
            damages.append(Damage(segment=name, offset=len(raw), size=lost, before=len(entries)))
    return Survey(directory=directory, entries=tuple(entries), damages=tuple(damages), torn=torn, disk=disk)


def read_entry(directory: Path, entry: Entry, disk: Disk = REAL) -> str:
    """The body of an entry; JournalError where it is not what was written."""
    path = directory / entry.segment
    try:
        found = next(parse_segment(disk.read(path, entry.offset, entry.size)), None)
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from error
    if not isinstance(found, Frame) or found.digest != entry.digest:
        raise JournalError(f"{path}: the entry at {entry.offset} is damaged; see: prooflight journal verify")
    return found.body.decode()


def _bytes(path: Path, disk: Disk, size: int = -1) -> bytes:
    try:
        return disk.read(path, 0, size)
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}; the journal must be readable for this user") from error


def segments(directory: Path, disk: Disk = REAL) -> list[str]:
    """The names of a journal's segment files, oldest first."""
    try:
        return [name for name in disk.names(directory) if _SEGMENT.fullmatch(name)]
    except OSError as error:
        raise JournalError(f"{directory}: {error.strerror}") from error


def continuation(number: int, end: int) -> str:
    """The body of the note that a segment begins with: how long the last one was that holds anything."""
    return strict_json.write({"note": "continues", "segment": number, "bytes": end}).decode()


def _stated(head: bytes) -> tuple[int, int] | None:
    """Which segment ends where, by the first entry of a later one; None where that does not say."""
    first = next(parse_segment(head), None)
    if not isinstance(first, Frame) or first.kind != "note":
        return None
    try:
        note = strict_json.parse_object(first.body)
    except strict_json.JsonError:
        return None
    number, end = note.get("segment"), note.get("bytes")
    if note.get("note") != "continues" or not isinstance(number, int) or not isinstance(end, int):
        return None
    return (number, end) if end >= 0 else None


def _end_of(number: int, later: Iterable[tuple[int, int] | None]) -> int | None:
    """How long a segment is, by the first one behind it that says so; 0 where that continues an earlier one."""
    told = next((stated for stated in later if stated is not None), None)
    if told is None or told[0] > number:
        return None
    return told[1] if told[0] == number else 0
