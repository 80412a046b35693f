"""The filler: counts for the fleet's tables what was in the ledger before them, beside a running acceptor.

It works in a thread with a connection of its own, rests as long as it worked, and may be stopped or killed at any
moment.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from agent.acceptor.ledger_database import Database, LedgerError
from agent.acceptor.ledger_fleet_fill import Filling
from diagnostics.measurement import sanitised

_ROUND_S = 600.0
_AGAIN_S = 5.0
_PATIENCE_S = 2.0


class Filler:
    """One thread's work."""

    def __init__(self, open_database: Callable[[], Database], say: Callable[[str], None]) -> None:
        self._open_database = open_database
        self._say = say
        self._filling: Filling | None = None
        self._database: Database | None = None

    def run(self, stop: threading.Event) -> None:
        """Count until `stop` is set; a database that is away is waited for, any other trouble ends it."""
        try:
            while not stop.is_set():
                try:
                    stop.wait(self._step())
                except LedgerError:  # the acceptor itself tells it
                    self._let_go()
                    stop.wait(_AGAIN_S)
        except Exception as error:  # ours: work orders are closed all the same
            words = sanitised(f"{type(error).__name__}: {error}", 200)
            self._say(f"fleet: what was here before is not counted any further: {words}")
        finally:
            self._let_go()

    def _step(self) -> float:
        """One step; how many seconds to rest then."""
        if self._filling is None:
            self._database = self._open_database()
            self._filling = Filling(self._database)
        begin = time.monotonic()
        more = self._filling.step(datetime.now(UTC))
        return time.monotonic() - begin if more else _ROUND_S

    def _let_go(self) -> None:
        database, self._database, self._filling = self._database, None, None
        if database is not None:
            database.close()


@contextlib.contextmanager
def filling(open_database: Callable[[], Database], say: Callable[[str], None]) -> Iterator[None]:
    """The filler at work, until the end of the block."""
    stop = threading.Event()
    thread = threading.Thread(target=Filler(open_database, say).run, args=(stop,), name="fleet", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_PATIENCE_S)
