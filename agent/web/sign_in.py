"""Sign-in by PIN: a wait after wrong PINs that grows; no clock of its own.

After five wrong PINs nobody is let in for a while, whoever asks, and the page says for how long; who is signed in stays
signed in. How many were wrong outlives a restart.
"""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from agent import pin
from agent.sessions import FREE, Locked, Session, Sessions, wait_after
from diagnostics.secret import Secret


class SignIn:
    """Who is signed in to one station; times are monotonic seconds."""

    def __init__(self, file: Path, wrongs: Path, monotonic: Callable[[], float]) -> None:
        self._file = file
        self._wrongs = wrongs
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._wrong = _read(wrongs)
        self._closed_until = monotonic() + wait_after(self._wrong)
        self.sessions = Sessions(monotonic)

    def enter(self, given: Secret) -> Session | None:
        """A new session for the right PIN, None for a wrong one. Raises Locked, or BadConfiguration without a PIN."""
        with self._turn:
            now = self._monotonic()
            if now < self._closed_until:
                raise Locked(self._closed_until - now)
            if not pin.matches(self._file, given):
                self._count(self._wrong + 1)
                self._closed_until = now + wait_after(self._wrong)
                if self._wrong >= FREE:
                    raise Locked(self._closed_until - now)
                return None
            self._count(0)
            return self.sessions.begin()

    def _count(self, wrong: int) -> None:
        if wrong == self._wrong:
            return
        self._wrong = wrong
        with contextlib.suppress(OSError):  # a full disk must not let anybody in, nor keep the technician out
            self._wrongs.write_text(f"{wrong}\n")


def _read(path: Path) -> int:
    try:
        return max(0, int(path.read_text()))
    except (OSError, ValueError):
        return 0
