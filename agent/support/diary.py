"""The diary of remote support: what was taken, refused, ended and agreed to, in the station's journal; synced.

What a command reads on the line does not stand here. Noise is counted and told once a minute at most.
"""

from collections.abc import Callable, Iterator
from typing import Any

from agent.clock import Stamp
from agent.journal import Journal
from agent.survey import JournalError, Survey
from diagnostics import strict_json

KIND = "support"
VERSION = 1
# What an engineer wrote must not read like the head of an entry; JSON has a second spelling for every character.
_HEAD, _ESCAPED = "P1 ", "P\\u0031 "


class Diary:
    """Writes entries of kind `support`."""

    def __init__(self, journal: Journal, stamp: Callable[[], Stamp]) -> None:
        self._journal = journal
        self._stamp = stamp

    def note(self, what: str, **about: Any) -> bool:
        """Save one entry; False where nothing can be saved any more."""
        at = self._stamp()
        made = {"v": VERSION, "what": what, "at": at.wall.isoformat(timespec="seconds"), "clock": at.status, **about}
        try:
            self._journal.append(KIND, strict_json.write(made).decode().replace(_HEAD, _ESCAPED))
        except JournalError:
            return False
        return True


def entries(found: Survey) -> Iterator[dict[str, Any]]:
    """Every entry of a journal, oldest first, as it was written."""
    for entry in found.entries:
        if entry.kind == KIND:
            yield strict_json.parse_object(found.read(entry).encode())
