"""A watched file: what was read from it, read again when it changed; the last good content where it became wrong.

A change is known by inode, size and time, asked at each use; no thread waits for it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from diagnostics.errors import BadConfiguration

Content = TypeVar("Content")


class WatchedFile(Generic[Content]):
    """A file of a running service; the first reading raises what is wrong with it, later ones tell it and go on."""

    def __init__(self, path: Path, load: Callable[[Path], Content], say: Callable[[str], None]) -> None:
        self._path = path
        self._load = load
        self._say = say
        self._content = load(path)
        self._seen = self._mark()

    def now(self) -> Content:
        """What the file says; the last good content where it has become wrong."""
        mark = self._mark()
        if mark != self._seen:
            self._seen = mark
            try:
                self._content = self._load(self._path)
            except BadConfiguration as error:
                self._say(f"{error}; going on with what was known before")
        return self._content

    def _mark(self) -> tuple[int, int, int]:
        try:
            found = self._path.stat()
        except OSError:
            return (0, 0, 0)
        return (found.st_ino, found.st_size, found.st_mtime_ns)
