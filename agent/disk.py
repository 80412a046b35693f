"""The disk as the journal uses it: written whole or not at all, synced or an error; nothing else is promised.

It is a seam: tests hand in a disk that is full, or that fails to sync, at the n-th time.
"""

import contextlib
import os
from pathlib import Path


class Disk:
    """The real disk."""

    def write(self, descriptor: int, raw: bytes) -> int:
        """Write some of the bytes and return how many; OSError as the kernel gives it."""
        return os.write(descriptor, raw)

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

    def write_whole(self, descriptor: int, raw: bytes) -> None:
        """Write all the bytes at the file's end, in as many writes as the kernel takes."""
        view = memoryview(raw)
        while view:
            view = view[self.write(descriptor, bytes(view)) :]

    def replace(self, path: Path, raw: bytes) -> None:
        """Put a file of exactly these bytes in place, private to us; after a crash it holds the old or the new ones."""
        draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                self.write_whole(descriptor, raw)
                self.sync(descriptor)
            finally:
                os.close(descriptor)
            draft.replace(path)
            self.sync_directory(path.parent)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
