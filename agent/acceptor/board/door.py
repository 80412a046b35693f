"""Signing in by name and password: wrong ones make a name wait longer and longer, known or not; no clock of its own.

Whoever is taken out of the file, or gets another password, is out at the next request; another role holds from then on.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from agent.acceptor.board.people import NOBODY, People, Person
from agent.sessions import Locked, Session, Sessions, wait_after
from diagnostics.secret import Secret

_AT_ONCE = 2  # passwords that are tried at the same moment: each takes a processor for a fifth of a second
_MOST_NAMES = 1000


@dataclass(slots=True)
class _Wrong:
    count: int = 0
    until: float = 0.0


class Door:
    """Who is signed in; `people` is asked each time, `monotonic` are seconds."""

    def __init__(self, people: Callable[[], People], monotonic: Callable[[], float]) -> None:
        self._people = people
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._places = threading.Semaphore(_AT_ONCE)
        self._wrongs: OrderedDict[str, _Wrong] = OrderedDict()
        self.sessions = Sessions(monotonic)

    def enter(self, name: str, password: Secret) -> tuple[Session, Person] | None:
        """A new session, or None where name or password is wrong. Raises Locked.

        An unknown name takes as long, and waits as long, as a known one, so that nobody learns who may come in.
        """
        if not self._places.acquire(blocking=False):
            raise Locked(1.0)
        try:
            return self._entered(name, password)
        finally:
            self._places.release()

    def _entered(self, name: str, password: Secret) -> tuple[Session, Person] | None:
        self._count(name)
        known = self._people().get(name)
        right = (known or NOBODY).matches(password)
        if known is None or not right:
            return None
        with self._turn:
            self._wrongs.pop(name, None)
        return self.sessions.begin(known.mark), known

    def _count(self, name: str) -> None:
        """Count a try as wrong before it is looked at, so that two at once are two. Raises Locked."""
        with self._turn:
            now = self._monotonic()
            wrong = self._wrongs.setdefault(name, _Wrong())
            if now < wrong.until:
                raise Locked(wrong.until - now)
            wrong.count += 1
            wrong.until = now + wait_after(wrong.count)
            self._wrongs.move_to_end(name)
            if len(self._wrongs) > _MOST_NAMES:
                del self._wrongs[min(self._wrongs, key=lambda each: self._wrongs[each].count)]

    def find(self, token: str) -> tuple[Session, Person] | None:
        """Whose session this token is, as the file knows them now."""
        session = self.sessions.find(token)
        if session is None:
            return None
        known = self._people().get(session.name.partition("/")[0])
        if known is None or known.mark != session.name:
            self.sessions.leave(token)
            return None
        return session, known
