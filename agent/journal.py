"""The journal: append-only evidence, the station's only store; nothing counts as saved before its sync returned.

One process writes it at a time. A torn tail is dropped and noted, a damaged old entry is reported and stays where it
is; a sync that failed ends the journal for this process and is never retried and called good.
"""

import contextlib
import fcntl
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.disk import Disk
from agent.frame import framed
from agent.survey import Entry, JournalError, Survey, read_entry, segments, survey
from diagnostics import strict_json

SEGMENT_BYTES = 1 << 20


class Journal:
    """The one writer of a journal's directory, and its index."""

    def __init__(self, directory: Path, *, segment_bytes: int = SEGMENT_BYTES, disk: Disk | None = None) -> None:
        self.directory = directory
        self._segment_bytes = segment_bytes
        self._disk = disk or Disk()
        self._turn = threading.RLock()
        self._watchers: list[Callable[[Entry], None]] = []
        self._file: int | None = None
        self._name = ""
        self._broken = ""
        self._prepare()
        self._lock: int | None = _locked(directory)
        try:
            found = survey(directory)
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
                offset = self._write(raw)
                digest = hashlib.sha256(body.encode()).hexdigest()
                entry = Entry(kind=kind, digest=digest, segment=self._name, offset=offset, size=len(raw))
                self._entries.append(entry)
        for watcher in self._watchers:
            watcher(entry)
        return entry

    def read(self, entry: Entry) -> str:
        """The body of an entry, checked once more against its digest."""
        return read_entry(self.directory, entry)

    def keep(self, raw: bytes) -> str:
        """Save raw evidence under its SHA-256, which is returned; when this returns it lies on the disk."""
        digest = hashlib.sha256(raw).hexdigest()
        path = self.directory / "evidence" / digest
        try:
            if not path.exists() or path.read_bytes() != raw:
                self._disk.replace(path, raw)
        except OSError as error:
            raise JournalError(f"{path}: evidence could not be saved: {error.strerror}; free some space") from error
        return digest

    def close(self) -> None:
        """Let another process have the journal."""
        with self._turn:
            for descriptor in (self._file, self._lock):
                if descriptor is not None:
                    os.close(descriptor)
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
        try:
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            (self.directory / "evidence").mkdir(mode=0o700, exist_ok=True)
            self._disk.sync_directory(self.directory)
            self._disk.sync_directory(self.directory.parent)
        except OSError as error:
            remedy = "name a directory that this user may write as state_dir"
            raise JournalError(f"{self.directory}: {error.strerror}; {remedy}") from error

    def _continue(self, found: Survey) -> None:
        names = segments(self.directory)
        last = names[-1] if names else ""
        if not last.endswith(".segment"):
            self._begin(int(last[:6]) + 1 if last else 1)
        else:
            self._open(last, os.O_WRONLY)
            self._sync_again()
        if found.torn is not None:
            if found.torn.segment == self._name:
                self._cut(found.torn.offset)
            noted = {"note": "torn tail dropped", "segment": found.torn.segment, "offset": found.torn.offset}
            self.append("note", strict_json.write(noted | {"bytes": found.torn.size}).decode())

    def _sync_again(self) -> None:
        """A writer that was killed may have left whole entries that never reached the medium; we count on them now."""
        assert self._file is not None
        try:
            self._disk.sync(self._file)
        except OSError as error:
            self._fail(os.fstat(self._file).st_size, error)

    def _roll(self, coming: int) -> None:
        assert self._file is not None
        size = os.fstat(self._file).st_size
        if size and size + coming > self._segment_bytes:
            self._begin(int(self._name[:6]) + 1)

    def _begin(self, number: int) -> None:
        old = self._file
        try:
            self._open(f"{number:06d}.segment", os.O_WRONLY | os.O_CREAT)
            self._disk.sync_directory(self.directory)
        except OSError as error:
            raise JournalError(f"{self.directory}: no new segment: {error.strerror}; free some space") from error
        if old is not None:
            os.close(old)

    def _open(self, name: str, flags: int) -> None:
        path = self.directory / name
        try:
            self._file = os.open(path, flags | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise JournalError(f"{path}: {error.strerror}; the journal must be writable") from error
        self._name = name

    def _write(self, raw: bytes) -> int:
        assert self._file is not None
        offset = os.fstat(self._file).st_size
        try:
            self._disk.write_whole(self._file, raw)
        except OSError as error:
            self._cut(offset)
            raise JournalError(f"{self.directory}: not saved: {error.strerror}; free some space") from error
        try:
            self._disk.sync(self._file)
        except OSError as error:
            self._fail(offset, error)
        return offset

    def _cut(self, offset: int) -> None:
        """Take back what was written but never called saved."""
        assert self._file is not None
        try:
            os.ftruncate(self._file, offset)
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
            os.ftruncate(self._file, offset)
        with contextlib.suppress(OSError):
            (self.directory / self._name).rename(self.directory / f"{self._name[:6]}.failed")
            self._disk.sync_directory(self.directory)
        raise JournalError(self._broken) from error


def _locked(directory: Path) -> int:
    path = directory / "lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalError(f"{path}: {error.strerror}; the journal must be writable for this user") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        os.close(descriptor)
        remedy = f"end it first (kill {owner}, or systemctl stop prooflight)" if owner.isdigit() else "end it first"
        raise JournalError(f"{directory}: in use by process {owner}; {remedy}") from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
