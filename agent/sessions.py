"""Sessions of a page: a random token each, which ends when it is not used and after its longest; no clock of its own.

A session knows by which name it was entered and one word that only its own page is told, against forged requests.
"""

import hmac
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass

IDLE_S = 30 * 60
LONGEST_S = 12 * 3600
MOST_SESSIONS = 8
FREE = 5
FIRST_WAIT_S, LONGEST_WAIT_S = 30.0, 900.0


def wait_after(wrong: int) -> float:
    """Seconds that nobody is let in after so many wrong words in a row: none before the fifth, then doubled."""
    return 0.0 if wrong < FREE else min(LONGEST_WAIT_S, FIRST_WAIT_S * (1 << min(wrong - FREE, 16)))


class Locked(Exception):
    """Nobody is let in for so many seconds."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"locked for {wait_s:.0f} s")
        self.wait_s = wait_s


@dataclass(slots=True)
class Session:
    """One browser that is signed in; `csrf` is what its page must send along with whatever it wants done."""

    token: str
    csrf: str
    began: float
    used: float
    name: str = ""


class Sessions:
    """Who is signed in, at most so many for each name; times are monotonic seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def begin(self, name: str = "") -> Session:
        """A new session; of one name too many, the one that was used least lately ends."""
        with self._turn:
            now = self._monotonic()
            made = Session(secrets.token_urlsafe(32), secrets.token_urlsafe(32), now, now, name)
            self._sessions[made.token] = made
            same = [each for each in self._sessions.values() if each.name == name]
            for oldest in sorted(same, key=lambda one: one.used)[:-MOST_SESSIONS]:
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


def is_hers(session: Session, csrf: str) -> bool:
    """Whether a request carries its session's own word against forged requests."""
    return hmac.compare_digest(session.csrf.encode(), csrf.encode(errors="replace"))
