"""What goes out to stations without their asking just now: rulings that waited, and what persons decided.

Rulings wait for the look-up of lines; what a person decided is entered by another process. Both lie in the ledger, so
whatever is lost on the way goes out again; who sends is called by one thread.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from datetime import datetime

from agent import acknowledgement, seal
from agent.acceptor.ledger import Ledger
from agent.acceptor.ledger_database import LedgerAway
from agent.acceptor.office import Answer

_LOOK_S = 1.0
_RETAKE_S = 15.0  # another acceptor may have ended while it asked
_AGAIN_S = 60.0


class Later:
    """Knows when to look into the ledger, and which of its reviews are on their way to a broker."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._settled = threading.Event()
        self._look_at = self._retake_at = 0.0
        self._mids: dict[int, str] = {}
        self._tried: dict[str, float] = {}

    def look(self) -> None:
        """Look for rulings that may be made now; may be called from any thread."""
        self._settled.set()

    def due(
        self, ledger: Ledger, at: datetime, tell: Callable[[str], None] = lambda words: None
    ) -> list[tuple[str, Answer]]:
        """What is to be sent now, each with the digest of its record; nothing while the database is away.

        `tell` hears of a record that waits and cannot be entered.
        """
        now = self._clock()
        try:
            return [*self._retaken(ledger, at, now, tell), *self._reviewed(ledger, now)]
        except LedgerAway:
            self._look_at = now + _LOOK_S
            return []

    def sent(self, digest: str, mid: int | None) -> None:
        """Note under which number a record's answer went to the broker."""
        if mid is not None:
            self._mids[mid] = digest

    def handed(self, ledger: Ledger, mid: int, at: datetime) -> None:
        """Note that the broker took an answer; a review among them goes out no more."""
        digest = self._mids.pop(mid, None)
        if digest in self._tried:
            with contextlib.suppress(LedgerAway):  # it goes out once more
                ledger.note_sent(digest, at)
                del self._tried[digest]

    def forget(self) -> None:
        """Note that the connection is a new one: nothing is on its way."""
        self._mids.clear()
        self._tried.clear()

    def _retaken(
        self, ledger: Ledger, at: datetime, now: float, tell: Callable[[str], None]
    ) -> list[tuple[str, Answer]]:
        if not self._settled.is_set() and now < self._retake_at:
            return []
        self._settled.clear()
        self._retake_at = now + _RETAKE_S
        return [(_record_of(answer), answer) for answer in ledger.retake(at, tell)]

    def _reviewed(self, ledger: Ledger, now: float) -> list[tuple[str, Answer]]:
        if now < self._look_at:
            return []
        self._look_at = now + _LOOK_S
        fresh = [each for each in ledger.reviews.unsent() if now >= self._tried.get(each[0], 0.0)]
        self._tried |= {digest: now + _AGAIN_S for digest, _ in fresh}
        return fresh


def _record_of(answer: Answer) -> str:
    envelope = seal.read(answer.token, typ=seal.ACCEPTANCE)
    return acknowledgement.from_json(seal.content(envelope)).record
