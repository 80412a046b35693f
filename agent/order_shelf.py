"""The orders that this station has taken in, as its pages and commands name them: by the stem of their file.

They are read from the folder of claimed orders and verified once more; what cannot be read there is passed over. A key
that a browser hands in is looked up among these and never becomes a path.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from agent import assignment
from agent.assignment import Assignment, Load
from agent.trust import Trust
from diagnostics.errors import ProoflightError

MOST = 50


class OrderShelf:
    """The newest of the orders in a folder."""

    def __init__(self, folder: Path, trust: Callable[[], Trust], load: Load) -> None:
        self._folder = folder
        self._trust = trust
        self._load = load
        self._read: dict[str, tuple[int, Assignment | None]] = {}

    def orders(self) -> dict[str, Assignment]:
        """The newest orders, newest first, by their keys."""
        aged = sorted(_aged(self._folder), reverse=True)
        kept: dict[str, tuple[int, Assignment | None]] = {}
        for stamp, path in aged[:MOST]:
            known = self._read.get(path.stem)
            kept[path.stem] = known if known and known[0] == stamp else (stamp, self._order(path))
        self._read = kept
        return {key: found for key, (_, found) in kept.items() if found is not None}

    def _order(self, path: Path) -> Assignment | None:
        try:
            found = assignment.load(path, self._trust, self._load)
        except ProoflightError:
            return None
        return found if isinstance(found, Assignment) else None


def _aged(folder: Path) -> Iterator[tuple[int, Path]]:
    """Each file with its time; one that goes away meanwhile is passed over."""
    for path in folder.glob("*.json"):
        with contextlib.suppress(FileNotFoundError):
            yield path.stat().st_mtime_ns, path
