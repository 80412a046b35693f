"""A bell that threads wait for: whoever changes what a page shows rings it, and every wait ends at once.

It says only that something changed, never what; nobody who rings it waits for those who hear it.
"""

import threading


class Bell:
    """Counts how often it was rung, so that nobody misses a ring between two waits."""

    def __init__(self) -> None:
        self._rung = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often it was rung until now."""
        with self._rung:
            return self._count

    def ring(self) -> None:
        """End every wait."""
        with self._rung:
            self._count += 1
            self._rung.notify_all()

    def wait(self, since: int, wait_s: float) -> int:
        """Wait until it was rung another number of times than `since`, or so many seconds; the number then."""
        with self._rung:
            self._rung.wait_for(lambda: self._count != since, wait_s)
            return self._count
