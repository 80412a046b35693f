"""The kits on a station's disk: each one a file named by its digest, and the one pointer that says which is in force.

A kit lies whole and synced before the pointer names it, and the pointer is replaced at once; so a power cut at any
moment leaves either the one or the other in force, and never half of one. What is read is verified again, each time.
"""

import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from agent.disk import REAL, Disk, complaint
from agent.kit import package, standing
from agent.kit.manifest import KitError
from agent.kit.package import FILE_BYTES, Kit
from agent.kit.standing import KnownKit, Standing
from agent.trust import Trust
from diagnostics.errors import NotAvailable

SUFFIX = ".kit"
_DIGEST = 64
_POINTER = "in_force.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The folder of one station's kits; only one thread changes it."""

    folder: Path
    trust: Callable[[], Trust]
    disk: Disk = field(default=REAL, repr=False)

    def standing(self) -> Standing:
        """How kits stand here; none in force where there never was one, or the pointer cannot be read."""
        try:
            return standing.parse(self.disk.read(self.folder / _POINTER))
        except (OSError, KitError):
            return Standing()

    def load(self, known: KnownKit) -> Kit:
        """A kit that is or was in force, verified anew; KitError."""
        try:
            kit = package.opened(self.disk.read(self.path(known.digest), size=FILE_BYTES + 1), self.trust())
        except OSError as error:
            raise KitError(f"{known.title}: cannot be read: {error.strerror}") from error
        except KitError as error:
            raise KitError(f"{known.title}: {error}") from error
        if kit.digest != known.digest:
            raise KitError(f"{known.title}: another kit lies in its place")
        return kit

    def put_in_force(self, kit: Kit, why: str) -> None:
        """Keep a kit and let it count from now on; what is too old to go back to is thrown away."""
        made = self.standing().with_kit(kit, why)
        self._write(self.path(kit.digest), kit.write())
        self.save(made)
        self._sweep({known.digest for known in made.known})

    def save(self, made: Standing) -> None:
        """Replace the pointer."""
        self._write(self.folder / _POINTER, standing.write(made))

    def path(self, digest: str) -> Path:
        """Where a kit's file lies."""
        return self.folder / f"{digest}{SUFFIX}"

    def unpacked(self, digest: str) -> Path:
        """Where a kit is unpacked."""
        return self.folder / digest

    def sweep_drafts(self) -> None:
        """Throw away what a writer that was killed has left; only while nobody else writes here."""
        self.disk.sweep_drafts(self.folder)

    def _sweep(self, kept: set[str]) -> None:
        """Throw away what lies here and is not kept; what cannot be thrown away now is, the next time."""
        with suppress(OSError):
            for name in self.disk.names(self.folder):
                if name.endswith(SUFFIX) and name.removesuffix(SUFFIX) not in kept:
                    self.disk.remove(self.folder / name)
                if len(name) == _DIGEST and name not in kept:
                    shutil.rmtree(self.folder / name, ignore_errors=True)

    def _write(self, path: Path, raw: bytes) -> None:
        try:
            self.disk.make_directories(path.parent)
            self.disk.replace(path, raw)
        except OSError as error:
            raise NotAvailable(f"{path}: {complaint(error, 'make state_dir writable for this user')}") from error
