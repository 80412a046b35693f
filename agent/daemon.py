"""The station as a daemon: its orders, the one job that runs, what is noted of visits, and delivery, behind one face.

The main thread does the jobs, a thread delivers, the page's threads ask and note. One job runs at a time; the journal
knows everything that must outlive a restart.
"""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any

from agent import assignment, station_status, visit_steps
from agent.acceptance import Accepted, Stopped
from agent.assignment import Assignment, Withdrawal
from agent.bell import Bell
from agent.delivery import Delivery
from agent.inbox import Inbox, Refusal
from agent.jobs import Job, NotNow, Seen, code_of, outcome_words, perform
from agent.kit.keeper import Keeper
from agent.kit.use import store_of
from agent.line_place import LinePlace
from agent.link import Link
from agent.live import Live
from agent.order_shelf import OrderShelf
from agent.own_watch import watch_here
from agent.said import Said
from agent.station import Station, shelf_of
from agent.storage import StorageFull
from agent.support.service import Support
from agent.survey import JournalError
from agent.trust import PinnedKeys, load_trust
from agent.visit_steps import Step
from agent.visiting import Visit
from agent.watched import Watched
from diagnostics.child import never
from diagnostics.errors import NotAvailable, ProoflightError

LOOK_S = 1.0
_REFUSED = 10
_STEP_S = 0.2


class Daemon:
    """One station at work. `waits` says that an order is tested when somebody asks for it, not as it comes in."""

    def __init__(self, station: Station, inbox: Inbox, *, waits: bool, say: Callable[[str], None]) -> None:
        self.station = station
        self.inbox = inbox
        self.delivery: Delivery | None = None
        self.delivery_said = ""
        self.refused: list[Refusal] = []
        self.live: Live | None = None
        self.seen: Seen | None = None  # of the last look or check again
        self.bell = Bell()  # rung whenever remote support, or what is watched, changes
        self.watched = Watched(self.bell)
        self.support: Support | None = None
        self.place = LinePlace()
        self.broken = threading.Event()  # delivery has ended before it was told to
        self.why: Exception | None = None
        self._waits = waits
        self._full_said = ""
        self._say = self._said = Said(say, station.chain.stamp)
        self._jobs: queue.Queue[tuple[Job, Live]] = queue.Queue(maxsize=1)
        self._turn = threading.Lock()
        self._taking = threading.Lock()
        self._visits: dict[str, Visit] = {}
        self._visiting = threading.RLock()
        self._saved = threading.Event()
        station.chain.journal.watch(lambda entry: self._saved.set())
        self._keeper = Keeper(store_of(station.config), station.chain, say=say)
        self._shelf = OrderShelf(inbox.claimed, self._trust, shelf_of(station.config).load)

    def orders(self) -> dict[str, Assignment]:
        """The orders on this station, newest first, by the keys that pages name them by."""
        return self._shelf.orders()

    def order(self, key: str) -> Assignment:
        """One of the orders. Raises NotNow."""
        found = self.orders().get(key)
        if found is None:
            raise NotNow("order_gone", "this order is not on the station any more; choose another one")
        return found

    def ask(self, job: Job) -> Live:
        """Have a job done as soon as the main thread is free. Raises NotNow where another one runs, OrderRefused."""
        objection = self.station.orders.objection(job.assignment) if job.kind == "test" else None
        if objection is not None:
            raise objection
        with self._turn:
            now = self.live
            gives_way = now is not None and now.kind == "watch" and (job.kind != "watch" or now.stopping)
            if self._jobs.full() or (now is not None and now.running and not gives_way):
                raise NotNow("busy", "the station is at work already; wait until it is done")
            live = self.live = Live(job.kind, job.key, time.monotonic)
            self._jobs.put_nowait((job, live))
        if now is not None:
            now.stop()
        return live

    def resend(self, links: Sequence[Link]) -> None:
        """Have records go out once more, also acknowledged ones. Raises NotAvailable where nothing is delivered."""
        if self.delivery is None:
            raise NotAvailable("no [mqtt] is configured: nothing is delivered from here")
        self.delivery.resend(links)

    def stop(self, key: str) -> None:
        """End what runs for an order, a test by an A record. Raises NotNow where nothing runs, or it stops already."""
        live = self.live
        if live is None or live.key != key or not live.running:
            raise NotNow("nothing_runs", "nothing runs for this order; what had begun has ended")
        if not live.stop():
            raise NotNow("stopping", "it is being stopped already; wait a moment")

    @contextmanager
    def visit(self, key: str) -> Any:
        """The visit of an order, for one thread at a time. Raises NotNow."""
        with self._visiting:
            order = self.order(key)
            if key not in self._visits:
                self._visits[key] = self.station.visit(order)
            yield self._visits[key]

    def answer(self, question: dict[str, Any]) -> dict[str, Any]:
        """What a command on this machine is answered: how the station is, or what came of a step of a visit."""
        if question["verb"] == "status":
            return self.status()
        if question["verb"] != "visit":
            raise NotNow("unknown", "the daemon does not know this; use the command of its own version")
        found = assignment.parse(question["order"].encode(), self._trust, shelf_of(self.station.config).load)
        if isinstance(found, Withdrawal):
            raise NotNow("unknown", "this withdraws an order; name the order of the visit")
        step = Step.from_json(question["step"])
        with self._visiting:  # and not while it is delivered: others have visits as well
            made = visit_steps.perform(found, self.station.visit(found), step)
        return visit_steps.delivered(self.station, made, step, self.deliver)

    def said(self) -> tuple[tuple[str, str], ...]:
        """The last lines that were said, oldest first: the time by the station's clock, and the words."""
        return self._said.lines()

    def deliver(self, wait_s: float) -> str:
        """Wait for so many seconds until the running delivery is through with everything, and say how it stands."""
        end = time.monotonic() + min(wait_s, 600.0)
        while self.station.chain.pending() and (left := end - time.monotonic()) > 0:
            self._saved.clear()
            self._saved.wait(min(left, _STEP_S))  # not longer: an entry is told before the chain knows it
        waiting = len(self.station.chain.pending())
        if not waiting:
            return "every record is acknowledged by the acceptor"
        return f"{waiting} records wait in the journal, nothing is lost ({self.delivery_said or 'no answer yet'})"

    def status(self) -> dict[str, Any]:
        """How the station is, for whoever looks after it; nothing in it is personal."""
        live, chain = self.live, self.station.chain
        kept = station_status.kept(self.station.config, chain.journal)
        job = None if live is None else {"kind": live.kind, "order": live.key, "step": live.step, "ended": live.ended}
        return kept | {
            "serving": True,
            "job": job,
            "records": len(chain.links),
            "waiting": len(chain.pending()),
            "broker": None if self.delivery is None else {"connected": self.delivery.connected},
            "delivery_said": self.delivery_said,
            "support": None if self.support is None else self.support.told(),
            "saving": not self.broken.is_set(),
        }

    def work(self, cancelled: Callable[[], bool], beat: Callable[[], None] = lambda: None) -> None:
        """Do what is asked for and take in what comes, until nothing can be saved any more or an interrupt ends it.

        `beat` hears each round, and whenever a running job asks whether it is cancelled: that we are alive.
        """
        while not self.broken.is_set():
            beat()
            if self._jobs.empty() and self._keeper.step(lambda: cancelled() or self._jobs.full()) and self.delivery:
                self.delivery.courier.renew()
            try:
                job, live = self._jobs.get(timeout=0 if self._take_in(cancelled) else LOOK_S)
            except queue.Empty:
                continue
            self._do(job, live, cancelled)

    @contextmanager
    def delivering(self) -> Any:
        """Deliver in a thread until the block ends."""
        leave = threading.Event()
        if self.station.config.mqtt is None:
            self._say("no [mqtt] is configured: results stay in the journal")
            yield
            return
        keys = PinnedKeys(self.station.config.trust, self._say)
        self.support = support = Support(
            self, self.place, self.watched, keys=keys.now, say=self._say, changed=self.bell.ring
        )
        self.delivery = self.station.delivery(self._delivered, self.inbox.put, support.port)
        assert self.delivery is not None
        thread = threading.Thread(target=self._deliver, args=(self.delivery, leave), name="delivery")
        thread.start()
        try:
            with support.serving():
                yield
        finally:
            leave.set()
            self.delivery.wake()
            thread.join()

    def _deliver(self, delivery: Delivery, leave: threading.Event) -> None:
        try:
            delivery.run(leave)
        except Exception as error:  # also what nobody foresaw: else results would wait and nobody be told
            self.why = error
            self.broken.set()

    def _delivered(self, words: str) -> None:
        self.delivery_said = words
        self._say(f"delivery: {words}")

    def _trust(self) -> Any:
        return load_trust(self.station.config.trust)

    def take_in_now(self) -> None:
        """Take in what waits in the inbox at once, also beside a running test; for a station whose orders wait."""
        while self._waits and self._take_in(never):
            pass

    def _take_in(self, cancelled: Callable[[], bool]) -> bool:
        """Take one order or revocation from the inbox; whether there was one."""
        if self._is_full():
            return False
        with self._taking:
            found = self.inbox.take(self._trust, shelf_of(self.station.config).load)
        if isinstance(found, Refusal):
            self.refused = [*self.refused, found][-_REFUSED:]
            self._say(f"refused {found.file}: {found.reason}")
        elif isinstance(found, Withdrawal):
            self.station.orders.revoke(found)
            self._say(f"order {found.revocation.order[:12]} was revoked: {found.revocation.reason}")
        elif found is not None and self._waits:
            self._say(f"work order {found.order.id}: is here, and waits for its start")
        elif found is not None:
            live = self.live = Live("test", found.order.id, time.monotonic)
            self._do(Job(kind="test", key=found.order.id, assignment=found), live, cancelled)
        return found is not None

    def _is_full(self) -> bool:
        """Whether orders stay in the inbox, since there is no room for the test that each would begin at once."""
        if self._waits or not self.inbox.waiting:
            return False
        try:
            self.station.storage().admit()
        except StorageFull as error:
            if str(error) != self._full_said:
                self._full_said = str(error)
                self._say(self._full_said)
            return True
        self._full_said = ""
        return False

    def _do(self, job: Job, live: Live, cancelled: Callable[[], bool]) -> None:
        name = f"work order {job.assignment.order.id}"
        self._say(f"{name}: {'testing' if job.kind == 'test' else 'looking'}")
        try:
            with self.place.for_job(cancelled):
                if job.kind == "watch":
                    watch_here(self, job, live, self.watched, cancelled)
                    live.end(watched=True)
                    return
                made = perform(self.station, job, live, cancelled)
        except JournalError:
            live.end(failed="not saved", code="not_saving", fault=True)
            raise
        except Stopped as error:
            self._say(f"{name}: {error}")
            live.end(stopped=True)
        except ProoflightError as error:
            self._say(f"{name}: refused: {error}")
            live.end(failed=str(error), code=code_of(error))
        except Exception as error:  # a fault of our own: the attempt has its record, the station goes on
            self._say(f"{name}: a fault of this software: {type(error).__name__}: {error}")
            live.end(failed="the software had a fault, which is recorded; try once more", code="job_fault", fault=True)
        else:
            self._ended(job, made, live)

    def _ended(self, job: Job, made: Accepted | Seen, live: Live) -> None:
        if isinstance(made, Seen):
            self.seen = made
            live.end(seen=True)
            return
        live.end(outcome=made.verdict.outcome, digest=made.envelope.digest)
        for words in outcome_words(job, made, self.station.write_bundle(job.assignment.order.id)):
            self._say(f"work order {job.assignment.order.id}: {words}")
