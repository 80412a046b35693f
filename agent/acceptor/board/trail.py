"""The page's audit: one JSON line for each sign-in and each table that was taken along, in a private file.

What cannot be written down does not happen: the line lies on the disk before the answer leaves. It names people by the
names they sign in with, and never quotes a name that nobody has.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.disk import Disk, complaint
from diagnostics.errors import NotAvailable

_TAIL_BYTES = 64 << 10


class Trail:
    """One audit file; it is opened for each line, so that it may be renamed and begun anew at any time."""

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = path
        self._now = now

    def note(self, what: str, name: str, peer: str, **details: str) -> None:
        """Write down that somebody did something. Raises NotAvailable where that cannot be."""
        line = {"at": self._now().isoformat(timespec="seconds"), "what": what, "name": name, "peer": peer, **details}
        disk = Disk()
        try:
            descriptor = disk.open(self._path, create=True)
            try:
                disk.write_whole(descriptor, json.dumps(line).encode() + b"\n")
                disk.sync(descriptor)
            finally:
                disk.close(descriptor)
        except OSError as error:
            told = complaint(error, "name another [board] audit")
            raise NotAvailable(f"{self._path}: the audit cannot be written: {told}") from error

    def latest(self, most: int) -> list[dict[str, Any]]:
        """The last lines, newest first; one that is torn is left out. Raises NotAvailable where it cannot be read."""
        disk = Disk()
        try:
            begin = max(0, (disk.length(self._path) or 0) - _TAIL_BYTES)
            raw = disk.read(self._path, begin)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise NotAvailable(f"{self._path}: the audit cannot be read: {error.strerror}") from error
        lines = raw.split(b"\n")[1 if begin else 0 :]
        found = [made for line in reversed(lines) if (made := _parsed(line)) is not None]
        return found[:most]


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        made = json.loads(line)
    except ValueError:
        return None
    whole = isinstance(made, dict) and all(isinstance(text, str) for text in made.values())
    return made if whole and {"at", "what", "name", "peer"} <= set(made) else None
