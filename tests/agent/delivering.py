"""What tests of delivery share: a station's delivery, an acceptor that listens, somebody else on the broker."""

import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from agent import mqtt_link
from agent.acceptor.service import Service
from agent.chain import Chain
from agent.config_broker import MqttSettings
from agent.delivery import Delivery, Pace
from agent.support.port import Port
from agent.trust import PinnedKeys
from tests.agent.acceptor.conftest import desk
from tests.agent.broker import Broker
from tests.agent.conftest import Ring

PACE = Pace(resend_after_s=0.5, chance=lambda: 0.0)
WAIT_S = 30.0
E = TypeVar("E", bound=mqtt_link.Event)


class Words:
    """What somebody says, to be waited for."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self._news = threading.Condition()

    def __call__(self, words: str) -> None:
        with self._news:
            self.said.append(words)
            self._news.notify_all()

    def wait(self, part: str, times: int = 1, *, wait_s: float = WAIT_S) -> None:
        with self._news:
            heard = self._news.wait_for(lambda: sum(part in words for words in self.said) >= times, wait_s)
        assert heard, f"nobody said {part!r}: {self.said}"


class Reachable(Protocol):
    """A broker, as far as a delivery needs one."""

    @property
    def settings(self) -> MqttSettings:
        """Where it is."""


def delivery(
    station: Chain,
    broker: Reachable,
    ring: Ring,
    say: Callable[[str], None] = print,
    port: Port | None = None,
    **pace: float,
) -> Delivery:
    births, made = station.journal.directory.parent / "births", replace(PACE, **pace)  # type: ignore[arg-type]
    return Delivery(station, ring.trust, broker.settings, births=births, pace=made, say=say, port=port)


@contextlib.contextmanager
def running(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Something that runs in its thread until the block ends."""
    stop = threading.Event()
    thread = threading.Thread(target=work, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(WAIT_S)
        assert not thread.is_alive()


@contextlib.contextmanager
def acceptor(
    folder: Path, broker: Broker, ring: Ring, name: str = "desk", *, close_unanchored: bool = True
) -> Iterator[Words]:
    """An acceptor's service that listens."""
    words = Words()

    def work(stop: threading.Event) -> None:
        # a SQLite connection belongs to its thread
        office = desk(folder / "ledger", ring, close_unanchored=close_unanchored)
        Service(office.ledger, PinnedKeys(ring.trust_file, words), broker.settings, name=name, say=words).run(stop)
        office.ledger.close()

    with running(work):
        words.wait("listening")
        yield words


def wait_for_acknowledgements(station: Chain, left: int = 0) -> None:
    """Return when the journal holds an acceptance for every record but so many."""
    news = threading.Event()
    station.journal.watch(lambda entry: news.set())
    while len(station.pending()) > left:
        assert news.wait(WAIT_S), f"{len(station.pending())} records are not acknowledged"
        news.clear()


def rows(folder: Path, ring: Ring) -> list[tuple[int, str]]:
    office = desk(folder / "ledger", ring)
    found = [
        (row["seq"], row["digest"]) for row in office.ledger.connection.execute("SELECT * FROM records ORDER BY seq")
    ]
    assert office.count("waiting") == office.count("equivocations") == 0
    office.ledger.close()
    return found


def expected(station: Chain) -> list[tuple[int, str]]:
    return [(link.seq, link.digest) for link in station.links]


class Person:
    """Somebody else on the broker, with events to look at."""

    def __init__(self, broker: Broker, name: str, will: mqtt_link.Will | None = None) -> None:
        self.events: queue.SimpleQueue[mqtt_link.Event] = queue.SimpleQueue()
        self.link = mqtt_link.Link(broker.settings, client_id=name, tell=self.events.put, will=will)

    def cut_off(self) -> None:
        """End the connection without a word, as a power cut would."""
        connection = self.link._client.socket()
        assert connection is not None
        connection.shutdown(socket.SHUT_RDWR)
        self.expect(mqtt_link.Lost)

    def expect(self, kind: type[E]) -> E:
        while True:
            event = self.events.get(timeout=WAIT_S)
            if isinstance(event, kind):
                return event


@contextlib.contextmanager
def somebody(broker: Broker, name: str = "somebody") -> Iterator[Person]:
    """Somebody else on the broker, connected."""
    person = Person(broker, name)
    person.expect(mqtt_link.Connected)
    try:
        yield person
    finally:
        person.link.close()
