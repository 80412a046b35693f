"""The ballast: space held back on the disk, given up once so that what a running test came to can still be saved."""

import contextlib
import errno
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from agent.disk import Disk

BALLAST_BYTES = 16 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)
T = TypeVar("T")


class Ballast:
    """One file of a journal's directory that holds nothing but space."""

    def __init__(self, directory: Path, disk: Disk) -> None:
        self._path = directory / "ballast"
        self._disk = disk

    @property
    def held(self) -> int:
        """How many bytes are held back now."""
        return self._disk.length(self._path) or 0

    def lay(self) -> None:
        """Hold the space back, where the disk has it."""
        try:
            descriptor = self._disk.open(self._path, create=True)
            try:
                self._disk.reserve(descriptor, BALLAST_BYTES)
            finally:
                self._disk.close(descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                self._disk.remove(self._path)

    def spared(self, work: Callable[[], T]) -> T:
        """Do something; where the disk is full for it, give the ballast up and do it once more. OSError as the disk."""
        try:
            return work()
        except OSError as error:
            if error.errno not in _FULL or not self.held:
                raise
            self._disk.remove(self._path)
            return work()
