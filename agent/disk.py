"""The disk as the journal uses it: written whole or not at all, synced or an error; nothing else is promised.

It is the one seam between the journal and the medium: tests hand in a disk that is full, that fails to sync at the n-th
time, or one of paper, which forgets at a power cut whatever it may. Everything here fails with OSError alone.
"""

import contextlib
import errno
import fcntl
import os
import threading
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """How many bytes a file system holds for this user, and how many of them are free."""

    total: int
    free: int


class Disk:
    """The real disk; every file it makes is private to us."""

    def open(self, path: Path, *, create: bool = False) -> int:
        """A descriptor that appends to a file, which is never reached through a symbolic link."""
        flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(path, flags | (os.O_CREAT if create else 0), 0o600)

    def close(self, descriptor: int) -> None:
        """Let a descriptor go."""
        os.close(descriptor)

    def lock(self, descriptor: int) -> None:
        """Have a file for this process alone until it is closed, and tell in it who we are."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with contextlib.suppress(OSError):  # a full disk must not keep results from leaving it
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())

    def size(self, descriptor: int) -> int:
        """How many bytes the file has."""
        return os.fstat(descriptor).st_size

    def write(self, descriptor: int, raw: bytes) -> int:
        """Write some of the bytes at the file's end and return how many."""
        return os.write(descriptor, raw)

    def truncate(self, descriptor: int, size: int) -> None:
        """Let the file end here."""
        os.ftruncate(descriptor, size)

    def reserve(self, descriptor: int, size: int) -> None:
        """Have blocks for so many bytes, whatever becomes of the space that is free."""
        os.posix_fallocate(descriptor, 0, size)

    def sync(self, descriptor: int) -> None:
        """Return only when the file's data lies on the medium."""
        os.fdatasync(descriptor)

    def sync_directory(self, directory: Path) -> None:
        """Return only when the names in a directory lie on the medium."""
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def make_directory(self, path: Path) -> bool:
        """Make one directory; False where it is there already."""
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            if not path.is_dir():
                raise
            return False
        return True

    def rename(self, old: Path, new: Path) -> None:
        """Give a file another name, in place of whatever had it."""
        old.replace(new)

    def remove(self, path: Path) -> None:
        """Take a file away; nothing where it is not there."""
        path.unlink(missing_ok=True)

    def names(self, directory: Path) -> list[str]:
        """What lies in a directory, in order."""
        return sorted(path.name for path in directory.iterdir())

    def read(self, path: Path, offset: int = 0, size: int = -1) -> bytes:
        """Bytes of a file, to its end where no size is given."""
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def length(self, path: Path) -> int | None:
        """How many bytes a file has by its name; None where it is not there."""
        try:
            return path.stat().st_size
        except FileNotFoundError:
            return None

    def space(self, directory: Path) -> Space:
        """What the file system of a directory holds; what is kept for root counts as taken."""
        found = os.statvfs(directory)
        free = found.f_bavail * found.f_frsize
        return Space(total=(found.f_blocks - found.f_bfree) * found.f_frsize + free, free=free)

    def make_directories(self, path: Path) -> None:
        """Make a directory and those above it; when this returns all their names lie on the medium."""
        if self.length(path) is None:
            self.make_directories(path.parent)
            self.make_directory(path)
            self.sync_directory(path.parent)

    def write_whole(self, descriptor: int, raw: bytes) -> None:
        """Write all the bytes at the file's end, in as many writes as the kernel takes."""
        view = memoryview(raw)
        while view:
            view = view[self.write(descriptor, bytes(view)) :]

    def replace(self, path: Path, raw: bytes) -> None:
        """Put a file of exactly these bytes in place, private to us; after a crash it holds the old or the new ones."""
        draft = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.draft")
        try:
            descriptor = self.open(draft, create=True)
            try:
                self.truncate(descriptor, 0)
                self.write_whole(descriptor, raw)
                self.sync(descriptor)
            finally:
                self.close(descriptor)
            self.rename(draft, path)
            self.sync_directory(path.parent)
        except OSError:
            with contextlib.suppress(OSError):
                self.remove(draft)
            raise

    def sweep_drafts(self, directory: Path) -> None:
        """Take away what was left by whoever was killed while it replaced a file here; as far as that can be done."""
        with contextlib.suppress(OSError):
            for name in self.names(directory):
                if name.endswith(".draft"):
                    self.remove(directory / name)


REAL = Disk()

_REMEDIES = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EIO: "check the disk",
    errno.EROFS: "check the disk, it may no longer be written",
}


def complaint(error: OSError, remedy: str) -> str:
    """What the disk complains of and what to do about it; `remedy` is for what the disk itself is not to blame for."""
    return f"{error.strerror}; {_REMEDIES.get(error.errno or 0, remedy)}"
