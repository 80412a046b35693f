"""One order from its paper to the closed work order, with an exception in one of our own functions, once.

A site is a call: from which line, of which function. The whole path is walked by the product's own code over a real
broker: order book, accept, journal, delivery, acceptor. Whoever is broken ends, and is started again, as systemd would.
"""

import contextlib
import re
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType
from typing import Any

from agent import record_form, seal
from agent.acceptor.ledger import Ledger
from agent.acceptor.service import Service
from agent.chain import Chain
from agent.clock import StationClock
from agent.delivery import Delivery, Pace
from agent.journal import Journal
from agent.link import Link
from agent.order_book import OrderBook
from agent.trust import PinnedKeys
from diagnostics.errors import ProoflightError
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.diagnostics.fakes import instruments
from tests.frauds.house import House

ROOT = Path(__file__).parents[2]
OURS = str(ROOT / "agent")
_LINES = re.compile(r":\d+")
PACE = Pace(resend_after_s=0.3, chance=lambda: 0.0)
FIRST_S, AGAIN_S = 1.5, 180.0


class Broken(Exception):
    """What a function of ours raises that nobody foresaw."""


class Breaker:
    """Sees every call of a function in agent/, named by the functions and lines through which it was reached.

    It raises `error` at the first call that has the name `at`, or whose name without its lines begins so as `like`.
    """

    def __init__(self, at: str = "", *, like: str = "", error: type[BaseException] = Broken) -> None:
        self.seen: dict[str, int] = {}
        self.done = not (at or like)
        self._at, self._like, self._error = at, like, error

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or not frame.f_code.co_filename.startswith(OURS):
            return
        name = _name(frame)
        self.seen[name] = self.seen.get(name, 0) + 1
        if not self.done and (name == self._at or (self._like and _LINES.sub("", name).startswith(self._like))):
            self.done = True
            raise self._error(frame.f_code.co_qualname)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Look at this thread, and at all that are started in the block."""
        threading.setprofile(self)
        sys.setprofile(self)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]


def _name(frame: FrameType) -> str:
    names = [frame.f_code.co_qualname]
    caller = frame.f_back
    while caller is not None:
        if caller.f_code.co_filename.startswith(OURS):
            names.append(f"{caller.f_code.co_qualname}:{caller.f_lineno}")
        caller = caller.f_back
    return " < ".join(names)


@dataclass(frozen=True)
class Story:
    """What became of one order: how the first station ended, and what stands in journal, ledger and tickets."""

    first: str
    steps: str
    records: list[tuple[int, str]]
    rows: list[tuple[int, str]]
    decisions: list[str]
    quarantined: int
    closed: bool
    pending: int

    def faults(self) -> list[str]:
        """What is wrong with it, in words; nothing where every result counts once."""
        sound = {
            "records wait": self.pending == 0,
            "ledger and journal differ": self.rows == self.records,
            "a number is used twice": [seq for seq, _ in self.records] == list(range(1, 1 + len(self.records))),
            "an attempt has no end, or two": set(self.steps[0::2]) == {"B"} and set(self.steps[1::2]) <= set("EXPA"),
            "not closed exactly once": self.closed and self.decisions.count("closed") == 1,
            "the key is in quarantine": self.quarantined == 0,
        }
        return [words for words, holds in sound.items() if not holds]


class Walk:
    """One order in a folder of its own: a station that may be started again, and an acceptor that always is."""

    def __init__(self, folder: Path, ring: Ring, broker: Broker, name: str) -> None:
        self._ring, self._folder = ring, folder / name
        self._folder.mkdir()
        self._house = House(self._folder, ring)
        self._settings = replace(broker.settings, tenant=name)
        self._given = self._house.order()

    def told(self, breaker: Breaker) -> Story:
        """The whole story: broken once, then started again."""
        with breaker.watching(), self._acceptor():
            first = self._first()
            breaker.done = True
            pending = self._station(AGAIN_S)
        try:
            return self._story(first, pending)
        finally:
            self._house.close()

    def _first(self) -> str:
        try:
            self._station(FIRST_S)
        except (Broken, KeyboardInterrupt, ProoflightError) as error:
            return f"{type(error).__name__}: {error}"
        return ""

    def _station(self, wait_s: float) -> int:
        """A station's process: tests the order until it is accepted, delivers; how many records are left."""
        journal = Journal(self._folder / "journal")
        try:
            with journal:
                return self._at_work(journal, wait_s)
        finally:
            journal.close()  # whatever happened: a process that has ended holds nothing

    def _at_work(self, journal: Journal, wait_s: float) -> int:
        chain = Chain(journal, key=self._ring.station, station="station-1", clock=StationClock())
        orders = OrderBook(chain)
        while not any(_accepted(chain, link) for link in chain.links):
            orders.admit(self._given)
            self._house.test(chain, self._given, instruments(), self._house.kernel())
        births = self._folder / "births"
        Delivery(chain, self._ring.trust, self._settings, births=births, pace=PACE).deliver(wait_s)
        return len(chain.pending())

    @contextlib.contextmanager
    def _acceptor(self) -> Iterator[None]:
        stop, listening = threading.Event(), threading.Event()
        running: list[Service] = []

        def say(words: str) -> None:
            if words == "listening":
                listening.set()

        def work() -> None:
            while not stop.is_set():
                with contextlib.suppress(Broken), contextlib.closing(self._house._ledger("ledger")) as ledger:
                    running[:] = [self._service(ledger, say)]
                    running[0].run(stop)

        thread = threading.Thread(target=work)
        thread.start()
        try:
            assert listening.wait(AGAIN_S)
            yield
        finally:
            stop.set()
            running[0].wake()
            thread.join(AGAIN_S)
            assert not thread.is_alive()

    def _service(self, ledger: Ledger, say: Callable[[str], None]) -> Service:
        keys = PinnedKeys(self._ring.trust_file, say)
        return Service(ledger, keys, self._settings, name="desk", say=say, now=lambda: self._house.now)

    def _story(self, first: str, pending: int) -> Story:
        with Journal(self._folder / "journal") as journal:
            links = Chain(journal, key=self._ring.station, station="station-1", clock=StationClock()).links
        held = self._house.ledger.connection
        rows = held.execute("SELECT seq, digest, decision FROM records ORDER BY seq").fetchall()
        return Story(
            first=first,
            steps="".join(link.tx for link in links),
            records=[(link.seq, link.digest) for link in links],
            rows=[(row["seq"], row["digest"]) for row in rows],
            decisions=[row["decision"] for row in rows],
            quarantined=held.execute("SELECT count(*) FROM quarantine").fetchone()[0],
            closed=self._house.closed() == {self._given.order.id},
            pending=pending,
        )


def _accepted(chain: Chain, link: Link) -> bool:
    """Whether a record is a result with the verdict accepted."""
    if link.tx != "E":
        return False
    result = record_form.parse(seal.read(chain.token(link), typ=seal.RECORD).payload).result
    return result is not None and result.outcome == "accepted"
