"""The intake: a bounded queue of messages and the thread that looks at them one by one, and at the time in between.

Whoever puts something in never waits. A message that brings about a fault silences none of those behind it.
"""

import contextlib
import queue
import threading
from collections.abc import Callable

MOST = 64
TICK_S = 1.0


class Intake:
    """`heed` hears each message, `tick` each look at the time; `busy` says whether time matters; `fault` what broke."""

    def __init__(
        self,
        heed: Callable[[bytes, bool], None],
        tick: Callable[[], None],
        busy: Callable[[], bool],
        fault: Callable[[Exception], None],
    ) -> None:
        self._heed = heed
        self._tick = tick
        self._busy = busy
        self._fault = fault
        self._over = False
        self._queue: queue.Queue[tuple[bytes, bool] | None] = queue.Queue(maxsize=MOST)
        self._thread = threading.Thread(target=self._work, name="support", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def put(self, payload: bytes, retained: bool) -> bool:
        """Have a message looked at; False where there is no room for it."""
        try:
            self._queue.put_nowait((payload, retained))
        except queue.Full:
            return False
        return True

    def wake(self) -> None:
        """Have it look at the time; where the queue is full it is awake."""
        with contextlib.suppress(queue.Full):
            self._queue.put_nowait(None)

    def finish(self, wait_s: float) -> None:
        """Look at nothing more; waits at most so many seconds for what is under way."""
        self._over = True
        self.wake()
        self._thread.join(wait_s)

    def _work(self) -> None:
        while not self._over:
            try:
                message = self._queue.get(timeout=TICK_S if self._busy() else None)
            except queue.Empty:
                message = None
            try:
                if message is not None:
                    self._heed(*message)
                self._tick()
            except Exception as error:  # nobody foresaw it
                self._fault(error)
