"""A station with remote support in this process, over a real broker, with verbs that wait for a word of the test."""

import contextlib
import hashlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.assignment import Assignment
from agent.bell import Bell
from agent.chain import Chain
from agent.config import load_station
from agent.demo_files import write_demo_files
from agent.jobs import Job
from agent.line_place import LinePlace
from agent.link import Link
from agent.live import Live
from agent.mqtt_link import NO_SUBSCRIBERS, Connected, Event, Published, Received, Subscribed
from agent.order_book import OrderBook
from agent.station import Station
from agent.support import box, reply
from agent.support.limits import BROKEN_OFF_S
from agent.support.reply import Joining, Reply
from agent.support.service import Support
from agent.support.verb import Verb, Work, nothing
from agent.support.verbs import VERBS
from agent.trust import PinnedKeys, Trust
from agent.watched import Watched
from diagnostics import strict_json
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.delivering import Person, Reachable, Words, delivery
from tests.agent.support.engineers import Engineer, trust_with

BASE = "prooflight/v1/north/station-1"
WAIT_S = 120.0


class Held:
    """A verb that says each word that it is given, until it is told to end or is cancelled."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.runs = 0
        self.deaf = False  # to being cancelled
        self._said: list[dict[str, Any]] = []
        self._over = False
        self._news = threading.Condition()

    def say(self, **event: Any) -> None:
        with self._news:
            self._said.append(event)
            self._news.notify_all()

    def finish(self) -> None:
        with self._news:
            self._over = True
            self._news.notify_all()

    def run(self, work: Work) -> None:
        self.runs += 1
        self.begun.release()
        while self.deaf or not work.cancelled():
            with self._news:
                self._news.wait_for(lambda: self._said or self._over, 0.05)
                said, self._said = self._said, []
                over, self._over = self._over, False
            for event in said:
                work.emit(event)
            if over:
                return

    def wait(self) -> None:
        assert self.begun.acquire(timeout=WAIT_S), "the verb did not begin"


@dataclass
class Home:
    """What a verb may touch, as far as these tests need it."""

    station: Station
    live: Live | None = None

    def status(self) -> dict[str, Any]:
        return {"station": self.station.chain.station}

    def orders(self) -> dict[str, Assignment]:
        return {}

    def ask(self, job: Job) -> Live:
        raise AssertionError("no test asks for a job")

    def resend(self, links: Sequence[Link]) -> None:
        raise AssertionError("no test has records sent again")

    def said(self) -> tuple[tuple[str, str], ...]:
        return ()


@dataclass
class Served:
    """A station that is served, with what tests look at."""

    support: Support
    home: Home
    place: LinePlace
    words: Words
    chain: Chain
    trust_file: Path
    verbs: dict[str, Held]

    def hears(self, part: str, times: int = 1) -> None:
        """Wait until the station has said so, so many times."""
        self.words.wait(part, times, wait_s=WAIT_S)

    def diary(self) -> list[dict[str, Any]]:
        """The entries of support in the journal, oldest first."""
        found = [entry for entry in self.chain.journal.entries if entry.kind == "support"]
        return [strict_json.parse_object(self.chain.journal.read(entry).encode()) for entry in found]


@dataclass
class Desk:
    """An engineer's place on the broker, that hears all replies of station-1."""

    who: Engineer
    person: Person
    trust: Trust
    nonce: str = ""
    told: dict[str, list[Reply]] = field(default_factory=dict)

    def ask(self, verb: str = "status", **changes: Any) -> str:
        """Send the next command; returns its digest."""
        self.born()
        return self.send(self.who.asks(verb, **({"boot_nonce": self.nonce} | changes)))

    def send(self, token: bytes) -> str:
        """Send a command, again and again until the station listens; returns its digest."""
        while (code := self.sent(token)) == NO_SUBSCRIBERS:
            pass
        assert code == 0
        return hashlib.sha256(token).hexdigest()

    def sent(self, token: bytes) -> int:
        """What the broker says to a command."""
        mid = self.person.link.publish(f"{BASE}/in/command", token)
        while not isinstance(event := self.listen(), Published) or event.mid != mid:
            pass
        return event.code

    def born(self) -> None:
        """Wait for the station's birth."""
        while not self.nonce:
            self.listen()

    def until(self, of: str, kind: str, times: int = 1) -> list[Reply]:
        """All replies to a command up to the so-and-so-many-th of a kind."""
        while sum(each.kind == kind for each in self.told.get(of, [])) < times:
            self.listen()
        return self.told[of]

    def listen(self) -> Event:
        """The next thing that happens on the broker; births and replies are remembered."""
        event = self.person.events.get(timeout=WAIT_S)
        if isinstance(event, Received):
            self.person.link.acknowledge(event)
            _, _, last = event.topic.rpartition("/")
            if last == "state":
                self.nonce = strict_json.parse_object(event.payload).get("boot_nonce", "")
            else:
                made = reply.open_reply(event.payload, self.trust, station="station-1", of=last)
                if made not in self.told.setdefault(last, []):  # at least once is what is promised
                    self.told[last].append(made)
        return event

    def ended(self, of: str) -> str:
        """Why a command ended."""
        return self.until(of, "end")[-1].reason

    def refused(self, of: str) -> str:
        """Why a command was refused."""
        return self.until(of, "refused")[-1].reason

    def outcome(self, of: str) -> str:
        """Why a command was refused or ended, whichever it was."""
        while not any(each.kind in ("refused", "end") for each in self.told.get(of, [])):
            self.listen()
        return self.told[of][-1].reason

    def body(self, made: Reply) -> dict[str, Any]:
        return box.opened(made.body, self.who.answers)

    def events(self, of: str) -> list[dict[str, Any]]:
        """What a command's events told."""
        joining = Joining()
        found = (joining.take(self.body(each)) for each in self.told[of] if each.kind == "event")
        return [event for event in found if event is not None]


@contextlib.contextmanager
def desk(broker: Broker, ring: Ring, who: Engineer) -> Iterator[Desk]:
    """Somebody who listens to all answers of station-1, with the ring's trust."""
    with desk_with(broker, who, ring.trust) as made:
        yield made


@contextlib.contextmanager
def desk_with(broker: Broker, who: Engineer, trust: Trust) -> Iterator[Desk]:
    """Somebody who listens to all answers of station-1."""
    person = Person(broker, f"desk-{who.name.replace(' ', '-')}")
    person.expect(Connected)
    for topic in ("reply/#", "state"):
        person.link.subscribe(f"{BASE}/{topic}")
        person.expect(Subscribed)
    try:
        yield Desk(who, person, trust)
    finally:
        person.link._client.unsubscribe(f"{BASE}/reply/#")  # its session would stay, and take what nobody reads
        person.link.close()


@contextlib.contextmanager
def served(
    folder: Path,
    broker: Reachable,
    ring: Ring,
    station: Chain,
    *engineers: Engineer,
    broken_off_s: float = BROKEN_OFF_S,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Served]:
    """The station, delivering and supported; its verbs are `status`, `cancel`, and two that wait, one on the line."""
    if not (folder / "demo").exists():
        write_demo_files(
            folder / "demo", station="station-1", tenant="north", broker_port=9, interface="lo", namespace=""
        )
    config = load_station(folder / "demo" / "station.toml", {})
    home = Home(Station(config=config, chain=station, orders=OrderBook(station, technician=config.technician)))
    held = {"held": Held(), "held.line": Held()}
    verbs = dict(VERBS)
    for name, each in held.items():
        how: dict[str, Any] = {"read": nothing, "run": each.run, "deadline_s": 600.0}
        verbs[name] = Verb(name=name, consent=True, line=name.endswith("line"), **how)
    trust_file, words, place = folder / "trust-with-support.jwks", Words(), LinePlace()
    trust_with(ring, *engineers, path=trust_file)
    keys = PinnedKeys(trust_file, words)
    how = {"keys": keys.now, "say": words, "verbs": verbs, "broken_off_s": broken_off_s, "monotonic": monotonic}
    support = Support(home, place, Watched(Bell()), **how)
    made = Served(support, home, place, words, station, trust_file, held)
    hands_over, leave = delivery(station, broker, ring, words, port=support.port), threading.Event()
    thread = threading.Thread(target=hands_over.run, args=(leave,))
    thread.start()
    try:
        with support.serving():
            yield made
    finally:
        leave.set()
        hands_over.wake()
        thread.join(WAIT_S)
        assert not thread.is_alive()
