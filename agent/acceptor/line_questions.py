"""Questions to a slow look-up of lines: asked beside everything else, asked again, and given up after a bound.

Who wants an answer gets at once what is known: the answer, that it is awaited, or that it was given up. Nobody waits
here but the askers' own threads, so one silent server holds up no record that does not need it.
"""

import contextlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from agent.acceptor.line_binding import Unanswered
from agent.acceptor.line_service import Found

MOST_KNOWN = 10_000
FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
_GIVEN_UP_S = 600.0  # so long a question that was given up is not asked again
_AWAITED = Unanswered(words="the look-up of lines is being asked", awaited=True)

Key = tuple[str, datetime]


@dataclass(slots=True, kw_only=True)
class _Open:
    """A question on its way: first and next times are monotonic seconds."""

    since: float
    due: float
    tries: int = 0
    trouble: str = ""
    taken: bool = False


class Questions:
    """The open questions and the answers to earlier ones; `tell` is called whenever one is settled.

    A failed try is made again after `first_wait_s`, then ever later to 30 s; `patience_s` after it was first asked a
    question is given up.
    """

    def __init__(
        self,
        ask: Callable[[str, datetime], Found],
        *,
        patience_s: float,
        first_wait_s: float = FIRST_WAIT_S,
        tell: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._patience_s = patience_s
        self._first_wait_s = first_wait_s
        self._tell = tell
        self._clock = clock
        self._changed = threading.Condition()
        self._open: dict[Key, _Open] = {}
        self._known: OrderedDict[Key, tuple[Found, float]] = OrderedDict()
        self._ended = False

    def find(self, network: str, at: datetime) -> Found:
        """What is known of a network at a time; a question nobody asked yet is asked from now on."""
        key = (network, at)
        with self._changed:
            answer, until = self._known.get(key, (None, 0.0))
            if answer is not None and (not isinstance(answer, Unanswered) or self._clock() < until):
                return answer
            if key not in self._open:
                now = self._clock()
                self._open[key] = _Open(since=now, due=now)
                self._changed.notify()
        return _AWAITED

    @contextlib.contextmanager
    def asking(self, askers: int = 2) -> Iterator[None]:
        """Ask with so many threads while this lasts; an exchange under way is left to its own deadline."""
        threads = [threading.Thread(target=self._work, name="lines", daemon=True) for _ in range(askers)]
        for each in threads:
            each.start()
        try:
            yield
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _work(self) -> None:
        while (key := self._next()) is not None:
            self._settle(key, self._ask(*key))

    def _next(self) -> Key | None:
        """Wait for the next question that is due; None at the end."""
        with self._changed:
            while not self._ended:
                free = [(each.due, key) for key, each in self._open.items() if not each.taken]
                due, key = min(free, default=(None, None))
                now = self._clock()
                if key is None or due is None:
                    self._changed.wait()
                elif due > now:
                    self._changed.wait(due - now)
                elif self._expired(self._open[key], now):
                    self._give_up(key, now)
                else:
                    self._open[key].taken = True
                    return key
        return None

    def _settle(self, key: Key, found: Found) -> None:
        with self._changed:
            question, now = self._open[key], self._clock()
            question.tries += 1
            if not isinstance(found, Unanswered):
                self._keep(key, found, now)
                return
            question.trouble, question.taken = found.words, False
            wait = min(_LONGEST_WAIT_S, self._first_wait_s * 2.0 ** min(question.tries - 1, 16))
            question.due = min(now + wait, question.since + self._patience_s)
            self._changed.notify()

    def _expired(self, question: _Open, now: float) -> bool:
        return now >= question.since + self._patience_s

    def _give_up(self, key: Key, now: float) -> None:
        question = self._open[key]
        why = question.trouble or "nobody came to ask"
        words = f"the look-up of lines gave no answer in {self._patience_s:g} s ({question.tries} tries): {why}"
        self._keep(key, Unanswered(words=words), now)

    def _keep(self, key: Key, found: Found, now: float) -> None:
        del self._open[key]
        self._known[key] = (found, now + _GIVEN_UP_S)
        self._known.move_to_end(key)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        self._tell()
