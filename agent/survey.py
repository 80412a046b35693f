"""Reading a journal: every entry that is whole, and every place where one no longer is; changes nothing, needs no lock.

An entry is checked against its digest each time that it is read, so what comes back is what was written, or an error.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from agent.frame import Damaged, Frame, Torn, parse_segment
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

    def read(self, entry: Entry) -> str:
        """The body of an entry, checked once more against its digest."""
        return read_entry(self.directory, entry)


def survey(directory: Path) -> Survey:
    """Read a journal as it lies there; needs no lock and changes nothing."""
    entries: list[Entry] = []
    damages: list[Damage] = []
    torn = None
    names = segments(directory)
    for name in names:
        for found in parse_segment(_bytes(directory / name)):
            if isinstance(found, Frame):
                place = {"segment": name, "offset": found.offset, "size": found.size}
                entries.append(Entry(kind=found.kind, digest=found.digest, **place))  # type: ignore[arg-type]
                continue
            damage = Damage(segment=name, offset=found.offset, size=found.size, before=len(entries))
            if isinstance(found, Torn) and name == names[-1]:
                torn = damage
            elif isinstance(found, Damaged) or name.endswith(".segment"):
                damages.append(damage)
            # What is torn in a failed segment was never called saved.
    return Survey(directory=directory, entries=tuple(entries), damages=tuple(damages), torn=torn)


def read_entry(directory: Path, entry: Entry) -> str:
    """The body of an entry; JournalError where it is not what was written."""
    path = directory / entry.segment
    try:
        with path.open("rb") as file:
            file.seek(entry.offset)
            found = next(parse_segment(file.read(entry.size)), None)
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}") from error
    if not isinstance(found, Frame) or found.digest != entry.digest:
        raise JournalError(f"{path}: the entry at {entry.offset} is damaged; see: prooflight journal verify")
    return found.body.decode()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}; the journal must be readable for this user") from error


def segments(directory: Path) -> list[str]:
    """The names of a journal's segment files, oldest first."""
    try:
        return sorted(path.name for path in directory.iterdir() if _SEGMENT.fullmatch(path.name))
    except OSError as error:
        raise JournalError(f"{directory}: {error.strerror}") from error
