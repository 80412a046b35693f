"""The journal: append-only evidence, the station's only store; nothing counts as saved before its sync returned.

One process writes it at a time. A torn tail is dropped and noted, a damaged old entry is reported and stays where it
is; a sync that failed ends the journal for this process and is never retried and called good.
"""

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.ballast import Ballast
from agent.disk import REAL, Disk, complaint
from agent.frame import framed
from agent.survey import Entry, JournalError, Survey, continuation, read_entry, segments, survey
from diagnostics import strict_json

SEGMENT_BYTES = 1 << 20
_WRITABLE = "the journal must be writable for this user"


class Journal:
    """The one writer of a journal's directory, and its index."""

    def __init__(self, directory: Path, *, segment_bytes: int = SEGMENT_BYTES, disk: Disk | None = None) -> None:
        self.directory = directory
        self._segment_bytes = segment_bytes
        self._disk = disk or REAL
        self.ballast = Ballast(directory, self._disk)
        self._turn = threading.RLock()
        self._watchers: list[Callable[[Entry], None]] = []
        self._file: int | None = None
        self._name = ""
        self._former = ""  # the body of the note that the segment begins with, while it is empty
        self._broken = ""
        self._prepare()
        self._lock: int | None = _locked(directory, self._disk)
        try:
            found = survey(directory, self._disk)
            self._entries = list(found.entries)
            self.damages = found.damages
            self._continue(found)
        except BaseException:
            self.close()
            raise

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Every whole entry, oldest first."""
        with self._turn:
            return tuple(self._entries)

    def watch(self, watcher: Callable[[Entry], None]) -> None:
        """Have a function called, in the appending thread, after each entry that was saved."""
        self._watchers.append(watcher)

    def append(self, kind: str, body: str) -> Entry:
        """Save one entry; when this returns it lies on the disk."""
        raw = framed(kind, body.encode())
        with self._turn:
            if self._broken:
                raise JournalError(self._broken)
            with self._whole():
                self._roll(len(raw))
                entry = self._save(kind, body, raw)
        for watcher in self._watchers:
            watcher(entry)
        return entry

    def read(self, entry: Entry) -> str:
        """The body of an entry, checked once more against its digest."""
        return read_entry(self.directory, entry, self._disk)

    def keep(self, raw: bytes) -> str:
        """Save raw evidence under its SHA-256, which is returned; when this returns it lies on the disk."""
        digest = hashlib.sha256(raw).hexdigest()
        path = self.directory / "evidence" / digest
        try:
            if self._disk.length(path) != len(raw) or self._disk.read(path) != raw:
                self.ballast.spared(lambda: self._disk.replace(path, raw))
            else:  # a writer that was killed may have left it where only the kernel knows of it
                self._disk.sync_directory(path.parent)
        except OSError as error:
            raise JournalError(f"{path}: evidence could not be saved: {complaint(error, _WRITABLE)}") from error
        return digest

    def close(self) -> None:
        """Let another process have the journal."""
        with self._turn:
            for descriptor in (self._file, self._lock):
                if descriptor is not None:
                    self._disk.close(descriptor)
            self._file = self._lock = None
            self._broken = self._broken or f"{self.directory}: the journal is closed"

    def __enter__(self) -> "Journal":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """Whatever nobody foresaw while an entry is saved, an interrupt too, ends the journal: only the disk knows."""
        try:
            yield
        except JournalError:
            raise
        except BaseException:
            self._broken = self._broken or f"{self.directory}: it is not known what was saved last; start again"
            raise

    def _prepare(self) -> None:
        evidence = self.directory / "evidence"
        try:
            self._disk.make_directories(self.directory)
            self._disk.make_directory(evidence)
            self._disk.sync_directory(self.directory)
            self._disk.sync_directory(self.directory.parent)
        except OSError as error:
            remedy = "name a directory that this user may write as state_dir"
            raise JournalError(f"{self.directory}: {complaint(error, remedy)}") from error

    def _continue(self, found: Survey) -> None:
        self._sweep()
        names = segments(self.directory, self._disk)
        last = names[-1] if names else ""
        if not last.endswith(".segment"):
            self._begin(int(last[:6]) + 1 if last else 1, found.continuation)
        else:
            self._open(last)
            self._sync_again()
            self._former = "" if found.end(last) else found.continuation
        if found.torn is not None:
            if found.torn.segment == self._name:
                self._cut(found.torn.offset)
            noted = {"note": "torn tail dropped", "segment": found.torn.segment, "offset": found.torn.offset}
            self.append("note", strict_json.write(noted | {"bytes": found.torn.size}).decode())

    def _sweep(self) -> None:
        """Take away what a writer that was stopped had begun; nobody counts on a draft."""
        self._disk.sweep_drafts(self.directory / "evidence")

    def _sync_again(self) -> None:
        """A writer that was killed may have left whole entries that never reached the medium; we count on them now."""
        assert self._file is not None
        try:
            self._disk.sync(self._file)
        except OSError as error:
            self._fail(self._disk.size(self._file), error)

    def _roll(self, coming: int) -> None:
        assert self._file is not None
        size = self._disk.size(self._file)
        if size and size + coming > self._segment_bytes:
            self._begin(int(self._name[:6]) + 1, continuation(int(self._name[:6]), size))
        if self._former:  # by a sync of its own: the entry behind it must not be there without it
            self._save("note", self._former, framed("note", self._former.encode()))
            self._former = ""

    def _begin(self, number: int, former: str) -> None:
        """Begin a segment; `former` is the note of where the one before it ends."""
        old = self._file
        self._open(f"{number:06d}.segment", create=True)
        self._former = former
        if old is not None:
            self._disk.close(old)
        try:
            self._disk.sync_directory(self.directory)
        except OSError as error:
            self._fail(0, error)

    def _open(self, name: str, *, create: bool = False) -> None:
        path = self.directory / name
        try:
            self._file = self.ballast.spared(lambda: self._disk.open(path, create=create))
        except OSError as error:
            raise JournalError(f"{path}: {complaint(error, _WRITABLE)}") from error
        self._name = name

    def _save(self, kind: str, body: str, raw: bytes) -> Entry:
        offset = self._write(raw)
        digest = hashlib.sha256(body.encode()).hexdigest()
        entry = Entry(kind=kind, digest=digest, segment=self._name, offset=offset, size=len(raw))
        self._entries.append(entry)
        return entry

    def _write(self, raw: bytes) -> int:
        assert self._file is not None
        offset = self._disk.size(self._file)
        try:
            self.ballast.spared(lambda: self._put(raw, offset))
        except OSError as error:
            raise JournalError(f"{self.directory}: not saved: {complaint(error, _WRITABLE)}") from error
        try:
            self._disk.sync(self._file)
        except OSError as error:
            self._fail(offset, error)
        return offset

    def _put(self, raw: bytes, offset: int) -> None:
        assert self._file is not None
        try:
            self._disk.write_whole(self._file, raw)
        except OSError:
            self._cut(offset)
            raise

    def _cut(self, offset: int) -> None:
        """Take back what was written but never called saved."""
        assert self._file is not None
        try:
            self._disk.truncate(self._file, offset)
            self._disk.sync(self._file)
        except OSError as error:
            self._fail(offset, error)

    def _fail(self, offset: int, error: OSError) -> None:
        """End this segment for good: what the kernel now shows of it need not be what lies on the medium."""
        assert self._file is not None
        self._broken = (
            f"{self.directory / self._name}: the disk failed to sync ({error.strerror}); nothing more is written here;"
            " check the disk, then start again"
        )
        with contextlib.suppress(OSError):
            self._disk.truncate(self._file, offset)
        with contextlib.suppress(OSError):
            self._disk.rename(self.directory / self._name, self.directory / f"{self._name[:6]}.failed")
            self._disk.sync_directory(self.directory)
        raise JournalError(self._broken) from error


def _locked(directory: Path, disk: Disk) -> int:
    path = directory / "lock"
    try:
        descriptor = disk.open(path, create=True)
    except OSError as error:
        raise JournalError(f"{path}: {complaint(error, _WRITABLE)}") from error
    try:
        disk.lock(descriptor)
    except OSError as error:
        disk.close(descriptor)
        owner = disk.read(path, 0, 20).decode(errors="replace").strip() or "unknown"
        remedy = f"end it first (kill {owner}, or systemctl stop prooflight)" if owner.isdigit() else "end it first"
        raise JournalError(f"{directory}: in use by process {owner}; {remedy}") from error
    return descriptor
