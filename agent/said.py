"""What a daemon says, passed on and kept for a while, so that somebody far away can be told the last of it."""

import threading
from collections import deque
from collections.abc import Callable

from agent.clock import Stamp

_MOST = 500


class Said:
    """Hands each line on, and keeps the last few hundred with the station's own time."""

    def __init__(self, say: Callable[[str], None], stamp: Callable[[], Stamp]) -> None:
        self._hand_on = say
        self._stamp = stamp
        self._turn = threading.Lock()
        self._lines: deque[tuple[str, str]] = deque(maxlen=_MOST)

    def __call__(self, words: str) -> None:
        with self._turn:
            self._lines.append((self._stamp().wall.isoformat(timespec="seconds"), words))
        self._hand_on(words)

    def lines(self) -> tuple[tuple[str, str], ...]:
        """The last lines, oldest first."""
        with self._turn:
            return tuple(self._lines)
