"""The runner: what was taken is run one at a time, in the order in which it came, in a thread of its own.

Whatever a verb does, it ends with a reason of the closed list, and the next one runs.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

from agent.jobs import NotNow
from agent.line_place import LinePlace
from agent.order_book import OrderRefused
from agent.storage import StorageFull
from agent.support.conversation import Conversation
from agent.support.judging import Taken
from agent.support.reasons import Ended
from agent.support.verb import House, Work
from diagnostics.errors import ProoflightError
from diagnostics.measurement import sanitised


class Running:
    """One command from being taken to its end; `why` says whether there is a reason to end it now."""

    def __init__(self, taken: Taken, conversation: Conversation, why: Callable[["Running"], str]) -> None:
        self.taken = taken
        self.conversation = conversation
        self.began: float | None = None  # None while it waits
        self.over = False
        self.reason = ""
        self._why = why

    def end(self, reason: str) -> None:
        """Have it end for a reason; the first one counts."""
        self.reason = self.reason or reason

    def cancelled(self) -> bool:
        """Whether it is to end."""
        if not self.reason:
            self.reason = self._why(self)
        return bool(self.reason)


class Runner:
    """A queue and the thread that empties it; `run` does one and raises nothing."""

    def __init__(self, run: Callable[[Running], None]) -> None:
        self._run = run
        self._news = threading.Condition()
        self._queue: deque[Running] = deque()
        self._now: Running | None = None
        self._over = False
        self._thread = threading.Thread(target=self._work, name="support-verb", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def now(self) -> Running | None:
        """What runs now."""
        return self._now

    def waiting(self) -> tuple[Running, ...]:
        """What waits, oldest first."""
        with self._news:
            return tuple(self._queue)

    def all(self) -> tuple[Running, ...]:
        """What runs and what waits."""
        with self._news:
            return (*([self._now] if self._now else []), *self._queue)

    def put(self, running: Running) -> None:
        """Have it run when its turn comes."""
        with self._news:
            self._queue.append(running)
            self._news.notify_all()

    def finish(self, wait_s: float) -> None:
        """Run what waits, which has been told to end, and begin nothing more; waits at most so many seconds."""
        with self._news:
            self._over = True
            self._news.notify_all()
        self._thread.join(wait_s)

    def _work(self) -> None:
        while True:
            with self._news:
                self._now = None
                self._news.wait_for(lambda: self._queue or self._over)
                if not self._queue:
                    return
                self._now = self._queue.popleft()
            self._run(self._now)


def perform(running: Running, house: House, place: LinePlace, emit: Callable[[Mapping[str, Any]], None]) -> str:
    """Run a command's verb; words about how it ended, its reason in `running`."""
    verb, words = running.taken.verb, ""
    arguments, order = running.taken.arguments, running.taken.command.order
    work = Work(arguments=arguments, order=order, house=house, cancelled=running.cancelled, emit=emit)
    try:
        with ExitStack() as stack:
            if verb.line and not stack.enter_context(place.for_guest(lambda: running.end("superseded_by_test"))):
                raise Ended("line_busy")
            if not running.cancelled():
                verb.run(work)
    except Exception as error:  # also what nobody foresaw: the engineer is told, and the next one runs
        reason, words = _reason(error)
        running.end(reason)
    return words


def _reason(error: Exception) -> tuple[str, str]:
    words = sanitised(str(error))
    match error:
        case Ended():
            return error.reason, words
        case NotNow(kind="busy" | "stopping"):
            return "line_busy", words
        case NotNow(kind="order_gone") | OrderRefused():
            return "no_order", words
        case StorageFull():
            return "storage_full", words
        case ProoflightError():
            return "not_available", words
    return "fault", f"{type(error).__name__}: {words}"
