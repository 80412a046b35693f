"""The place at the line: the technician's job has it, or somebody far away, never both; the technician comes first."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_S = 1.0
PATIENCE_S = 30.0


class LinePlace:
    """One place of work at one line."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._jobs = 0
        self._guest: Callable[[], None] | None = None

    @contextmanager
    def for_guest(self, leave: Callable[[], None]) -> Iterator[bool]:
        """The place for somebody far away, until the block ends; False where it is not free.

        `leave` is called once, in another thread, when a job wants it.
        """
        with self._turn:
            free = self._jobs == 0 and self._guest is None
            if free:
                self._guest = leave
        try:
            yield free
        finally:
            if free:
                with self._turn:
                    self._guest = None
                    self._turn.notify_all()

    @contextmanager
    def for_job(self, cancelled: Callable[[], bool]) -> Iterator[None]:
        """The place for a job, until the block ends: a guest is asked to leave and waited for.

        Not for ever: one who does not leave is an instrument that hangs, and it dies by its own deadline.
        """
        with self._turn:
            self._jobs += 1
            if self._guest is not None:
                self._guest()
            waited = 0.0
            while self._guest is not None and waited < PATIENCE_S and not cancelled():
                self._turn.wait(_LOOK_S)
                waited += _LOOK_S
        try:
            yield
        finally:
            with self._turn:
                self._jobs -= 1
