"""Sign-in by PIN: sessions that end, and a wait after wrong PINs that grows; no clock of its own.

After five wrong PINs nobody is let in for a while, whoever asks, and the page says for how long; who is signed in stays
signed in. How many were wrong outlives a restart.
"""

import contextlib
import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent import pin
from diagnostics.secret import Secret

IDLE_S = 30 * 60
LONGEST_S = 12 * 3600
MOST_SESSIONS = 8
FREE = 5
FIRST_WAIT_S, LONGEST_WAIT_S = 30.0, 900.0


def wait_after(wrong: int) -> float:
    """Seconds that nobody is let in after so many wrong PINs in a row: none before the fifth, then doubled."""
    return 0.0 if wrong < FREE else min(LONGEST_WAIT_S, FIRST_WAIT_S * (1 << min(wrong - FREE, 16)))


@dataclass(slots=True)
class Session:
    """One phone that is signed in; `csrf` is what its page must send along with whatever it wants done."""

    token: str
    csrf: str
    began: float
    used: float


class Locked(Exception):
    """Nobody is let in for so many seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"locked for {wait_s:.0f} s")
        self.wait_s = wait_s


class SignIn:
    """Who is signed in to one station; times are monotonic seconds."""

    def __init__(self, file: Path, wrongs: Path, monotonic: Callable[[], float]) -> None:
        self._file = file
        self._wrongs = wrongs
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._sessions: dict[str, Session] = {}
        self._wrong = _read(wrongs)
        self._closed_until = monotonic() + wait_after(self._wrong)

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
            made = Session(token=secrets.token_urlsafe(32), csrf=secrets.token_urlsafe(32), began=now, used=now)
            self._sessions[made.token] = made
            for oldest in sorted(self._sessions.values(), key=lambda one: one.used)[:-MOST_SESSIONS]:
                del self._sessions[oldest.token]
            return made

    def find(self, token: str) -> Session | None:
        """The session of a token, if it has not ended; being asked for keeps it awake."""
        with self._turn:
            now = self._monotonic()
            for each in list(self._sessions.values()):
                if now - each.used > IDLE_S or now - each.began > LONGEST_S:
                    del self._sessions[each.token]
            found = self._sessions.get(token)
            if found is not None:
                found.used = now
            return found

    def leave(self, token: str) -> None:
        """End a session."""
        with self._turn:
            self._sessions.pop(token, None)

    def _count(self, wrong: int) -> None:
        if wrong == self._wrong:
            return
        self._wrong = wrong
        with contextlib.suppress(OSError):  # a full disk must not let anybody in, nor keep the technician out
            self._wrongs.write_text(f"{wrong}\n")


def is_hers(session: Session, csrf: str) -> bool:
    """Whether a request carries its session's own word against forged requests."""
    return hmac.compare_digest(session.csrf.encode(), csrf.encode())


def _read(path: Path) -> int:
    try:
        return max(0, int(path.read_text()))
    except (OSError, ValueError):
        return 0
