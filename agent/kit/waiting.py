"""What waits to be done with a station's kits, as files: kits to be taken in, and the wish to go back to an older one.

Whoever may write this folder puts things in whole; the thread that tests takes them out, one at a time.
"""

from contextlib import suppress
from pathlib import Path

from agent.disk import REAL, Disk
from agent.kit.store import SUFFIX

BACK = "back"
_FOLDER = "waiting"
_TRIES = ".tries"


class Waiting:
    """The folder below a station's kits where things wait."""

    def __init__(self, kits: Path, disk: Disk = REAL) -> None:
        self.folder = kits / _FOLDER
        self._disk = disk

    def paths(self) -> list[Path]:
        """What waits, in the order of its names; nothing where the folder is not there yet."""
        try:
            names = self._disk.names(self.folder)
        except OSError:
            return []
        return [self.folder / name for name in names if name.endswith(SUFFIX) or name == BACK]

    def put_kit(self, raw: bytes, digest: str) -> Path:
        """Let a kit, by its digest, wait; OSError."""
        return self._put(f"{digest}{SUFFIX}", raw)

    def put_back(self, version: str) -> Path:
        """Let the wish wait to go back to a version; empty: to the one before; OSError."""
        return self._put(BACK, f"{version}\n".encode())

    def read(self, path: Path, size: int) -> bytes:
        """So many bytes of what waits at most; OSError."""
        return self._disk.read(path, size=size)

    def begun(self, path: Path) -> int:
        """Count, on the disk, that something is begun, and return how often it was without an end; OSError."""
        counted = path.with_suffix(_TRIES)
        tries = 1
        with suppress(OSError, ValueError):
            tries += int(self._disk.read(counted, size=8))
        self._disk.replace(counted, f"{tries}\n".encode())
        return tries

    def ended(self, path: Path) -> None:
        """Forget how often something was begun, since it came to an end of its own; OSError."""
        self._disk.remove(path.with_suffix(_TRIES))

    def remove(self, path: Path) -> None:
        """Take out what was done with; OSError."""
        self.ended(path)
        self._disk.remove(path)

    def sweep(self) -> None:
        """Throw away what a writer that was killed has left; only while nobody else writes here."""
        self._disk.sweep_drafts(self.folder)

    def _put(self, name: str, raw: bytes) -> Path:
        self._disk.make_directories(self.folder)
        self._disk.replace(self.folder / name, raw)
        return self.folder / name
