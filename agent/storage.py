"""The storage: how much a station may keep, and what gives way when it is nearly full.

From 80 % on the raw evidence of receipted records goes, oldest first, once a note says of which; from 95 % on no new
test is begun. Records, and evidence of what is not receipted yet, never go.
"""

from collections.abc import Iterator
from pathlib import Path

from agent import record_form, seal
from agent.ballast import BALLAST_BYTES, Ballast
from agent.chain import Chain
from agent.disk import REAL, Disk
from agent.link import Link
from agent.survey import Entry, Survey
from diagnostics import strict_json
from diagnostics.errors import NotAvailable

GIVES_WAY = 0.80
FULL = 0.95
_BLOCK = 4096
_NOTE = "evidence dropped"


class StorageFull(NotAvailable):
    """The station has no room for another test; the message says how much there is, and what to do."""


class Storage:
    """The room of one station's journal, of at most so many bytes; less where its file system has less."""

    def __init__(self, chain: Chain, *, most_bytes: int, disk: Disk = REAL) -> None:
        self._chain = chain
        self._most = most_bytes
        self._disk = disk
        self._directory = chain.journal.directory
        self._evidence = self._directory / "evidence"

    @property
    def share(self) -> float:
        """How much of the room is taken; a ballast that was given up counts as taken."""
        taken, room = self._fill()
        return taken / room

    def admit(self) -> None:
        """Make room where it is short, and hold the ballast. Raises StorageFull where a test must not be begun."""
        taken, room = self._fill()
        if taken >= GIVES_WAY * room and self.give_way():
            taken, room = self._fill()
        if taken < FULL * room:
            if not self._chain.journal.ballast.held:
                self._chain.journal.ballast.lay()
            return
        waiting = len(self._chain.pending())
        raise StorageFull(
            f"{self._directory}: {taken / room:.0%} of {room >> 20} MiB are taken, no new test is begun; free some"
            f" space there or raise [station] storage_mib ({waiting} records wait for the acceptor, none is lost)"
        )

    def give_way(self) -> tuple[str, ...]:
        """Drop the evidence of receipted records, oldest first, until less than 80 % is taken; says whose."""
        taken, room = self._fill()
        present = self._present()
        needed = {digest for link in self._chain.pending() for digest in self._named_by(link)}
        records, files = list[str](), dict[str, int]()
        for link in self._receipted():
            if taken - sum(files.values()) < GIVES_WAY * room:
                break
            found = {digest: present[digest] for digest in self._named_by(link) if digest in present}
            found = {digest: size for digest, size in found.items() if digest not in needed and digest not in files}
            if found:
                records.append(link.digest)
                files |= found
        if records:
            body = strict_json.write({"note": _NOTE, "records": records})
            self._chain.journal.append("note", body.decode())  # first: what is gone must be known to be gone
            for digest in files:
                self._disk.remove(self._evidence / digest)
        return tuple(records)

    def _receipted(self) -> Iterator[Link]:
        """The results that the acceptor has acknowledged and whose evidence was not dropped, oldest first."""
        notes = (self._chain.journal.read(entry) for entry in self._chain.journal.entries if entry.kind == "note")
        gone = {digest for note in notes for digest in dropped(note)}
        pending = {link.digest for link in self._chain.pending()} | gone
        return (link for link in self._chain.links if link.tx in "EV" and link.digest not in pending)

    def _named_by(self, link: Link) -> tuple[str, ...]:
        if link.tx not in "EV":
            return ()
        result = record_form.parse(seal.read(self._chain.token(link), typ=seal.RECORD).payload).result
        return tuple(result.evidence.values()) if result else ()

    def _present(self) -> dict[str, int]:
        return _sizes(self._disk, self._evidence)

    def _fill(self) -> tuple[int, int]:
        """How many bytes are taken, and of how many; the ballast counts as taken also where it was given up."""
        return fill(self._directory, self._most, self._disk)


def fill(directory: Path, most_bytes: int, disk: Disk = REAL) -> tuple[int, int]:
    """How many bytes a journal takes, and of how many; needs no lock."""
    files = sum(_sizes(disk, directory).values()) + sum(_sizes(disk, directory / "evidence").values())
    held, free = Ballast(directory, disk).held, disk.space(directory).free
    return files - held + BALLAST_BYTES, max(1, min(most_bytes, files + free))


def dropped(note: str) -> tuple[str, ...]:
    """The records whose evidence went, by a note of the journal; none where it is another note."""
    try:
        made = strict_json.parse_object(note.encode())
    except strict_json.JsonError:
        return ()
    records = made.get("records") if made.get("note") == _NOTE else None
    return tuple(map(str, records)) if isinstance(records, list) else ()


def dropped_in(found: Survey) -> frozenset[str]:
    """The records of a journal whose evidence went to make room."""
    notes: tuple[Entry, ...] = tuple(entry for entry in found.entries if entry.kind == "note")
    return frozenset(digest for entry in notes for digest in dropped(found.read(entry)))


def _sizes(disk: Disk, directory: Path) -> dict[str, int]:
    """The files of a directory with the whole blocks that they take."""
    lengths = {name: disk.length(directory / name) or 0 for name in disk.names(directory)}
    return {name: -(-length // _BLOCK) * _BLOCK for name, length in lengths.items()}
