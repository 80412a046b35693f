"""A disk of paper: everything in memory and every change in a log, so that a power cut can be worked out from it.

It behaves as the kernel does while the power is on; what a cut leaves of it is the business of tests.agent.medium.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from agent.disk import Disk, Space
from tests.agent.medium import FOLDER, ROOT, Change, Ended, Medium, Named, Synced, Written

_ENDLESS = 1 << 40


class PaperDisk(Disk):
    """The disk of a machine that can be cut off; `trouble` is asked before each step and raises what a kernel would."""

    def __init__(self, medium: Medium | None = None, trouble: Callable[[str], None] = lambda step: None) -> None:
        self.start = (medium or Medium()).copy()
        self.log: list[Change | Synced] = []
        self.trouble = trouble
        self.capacity = _ENDLESS
        _prune(self.start.names)
        self._now = self.start.copy()
        self._open: dict[int, int] = {}
        self._last_file = max(self._now.files, default=0)
        self._last_descriptor = 100

    def settled(self) -> Medium:
        """What the medium holds when everything has reached it."""
        return self._now.copy()

    def _change(self, change: Change) -> None:
        self._now.take(change)
        self.log.append(change)

    def _number(self, path: Path) -> int | None:
        if str(path) == ROOT:
            return FOLDER
        return self._now.names.get(str(path.parent), {}).get(path.name)

    def _file(self, path: Path) -> int:
        number = self._number(path)
        if number is None:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        if number == FOLDER:
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        return number

    def open(self, path: Path, *, create: bool = False) -> int:
        self.trouble("open")
        if create and self._number(path) is None:
            self.trouble("create")
            self._last_file += 1
            self._change(Named(folder=str(path.parent), names=((path.name, self._last_file),)))
            self._change(Ended(file=self._last_file, size=0))
        self._last_descriptor += 1
        self._open[self._last_descriptor] = self._file(path)
        return self._last_descriptor

    def close(self, descriptor: int) -> None:
        del self._open[descriptor]

    def lock(self, descriptor: int) -> None:
        assert descriptor in self._open

    def size(self, descriptor: int) -> int:
        return len(self._now.files.get(self._open[descriptor], b""))

    def write(self, descriptor: int, raw: bytes) -> int:
        file = self._open[descriptor]
        try:
            self.trouble("write")
        except OSError:  # a disk that becomes full takes the first half, as a rule
            self._change(Written(file=file, offset=self.size(descriptor), raw=raw[: len(raw) // 2]))
            raise
        self._need(len(raw))
        self._change(Written(file=file, offset=self.size(descriptor), raw=raw))
        return len(raw)

    def truncate(self, descriptor: int, size: int) -> None:
        self.trouble("truncate")
        if self.size(descriptor) != size:
            self._change(Ended(file=self._open[descriptor], size=size))

    def reserve(self, descriptor: int, size: int) -> None:
        self.trouble("reserve")
        self._need(size - self.size(descriptor))
        self._change(Ended(file=self._open[descriptor], size=size))

    def sync(self, descriptor: int) -> None:
        self.trouble("sync")
        self.log.append(Synced(what=self._open[descriptor]))

    def sync_directory(self, directory: Path) -> None:
        self.trouble("sync")
        assert self._number(directory) == FOLDER, directory
        self.log.append(Synced(what=str(directory)))

    def make_directory(self, path: Path) -> bool:
        self.trouble("open")
        if self._number(path) == FOLDER:
            return False
        if self._number(path) is not None or self._number(path.parent) != FOLDER:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
        self.trouble("create")
        self._change(Named(folder=str(path.parent), names=((path.name, FOLDER),)))
        return True

    def rename(self, old: Path, new: Path) -> None:
        self.trouble("rename")
        assert old.parent == new.parent, "one directory at a time"
        self._change(Named(folder=str(old.parent), names=((old.name, None), (new.name, self._file(old)))))

    def remove(self, path: Path) -> None:
        self.trouble("remove")
        if self._number(path) is not None:
            self._change(Named(folder=str(path.parent), names=((path.name, None),)))

    def names(self, directory: Path) -> list[str]:
        self.trouble("read")
        if self._number(directory) != FOLDER:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(directory))
        return sorted(self._now.names.get(str(directory), {}))

    def read(self, path: Path, offset: int = 0, size: int = -1) -> bytes:
        self.trouble("read")
        content = self._now.files.get(self._file(path), b"")
        return content[offset:] if size < 0 else content[offset : offset + size]

    def length(self, path: Path) -> int | None:
        number = self._number(path)
        return None if number is None else len(self._now.files.get(number, b""))

    def space(self, directory: Path) -> Space:
        return Space(total=self.capacity, free=max(0, self.capacity - self._taken()))

    def _taken(self) -> int:
        named = {number for names in self._now.names.values() for number in names.values()}
        return sum(len(raw) for number, raw in self._now.files.items() if number in named)

    def _need(self, size: int) -> None:
        if self.capacity < _ENDLESS and self._taken() + size > self.capacity:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def nth(step: str, n: int, code: int, times: int = 1 << 30) -> Callable[[str], None]:
    """Trouble at the n-th step of a kind, counted from 1, and at as many in a row as are said; 0: never."""
    seen = 0

    def trouble(of: str) -> None:
        nonlocal seen
        seen += of == step
        if of == step and 0 < n <= seen < n + times:
            raise OSError(code, os.strerror(code))

    return trouble


@contextlib.contextmanager
def troubled(disk: PaperDisk, trouble: Callable[[str], None]) -> Iterator[None]:
    """Such trouble until the block ends."""
    before, disk.trouble = disk.trouble, trouble
    try:
        yield
    finally:
        disk.trouble = before


def flipped(disk: PaperDisk, path: Path, place: int, bit: int) -> PaperDisk:
    """The same medium with one bit of a file turned, as rot does it."""
    left = PaperDisk(disk.settled())
    raw = bytearray(left.read(path))
    raw[place] ^= 1 << bit
    medium = left.settled()
    medium.files[left._file(path)] = bytes(raw)
    return PaperDisk(medium)


def _prune(names: dict[str, dict[str, int]]) -> None:
    """Take away what lies in directories whose own names did not reach the medium."""
    for folder in sorted(names, key=len):
        if folder != ROOT:
            above, _, name = folder.rpartition("/")
            if names.get(above or ROOT, {}).get(name) != FOLDER:
                del names[folder]
