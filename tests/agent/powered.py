"""A station on a disk of paper whose power can be cut, with a back office, a ticket service and a gate around it."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from agent.acceptor.believing import believed
from agent.assignment import Assignment
from agent.chain import Chain
from agent.journal import Journal
from agent.link import Link
from agent.mqtt_link import Received
from agent.survey import Entry
from tests.agent.medium import Change, Fate, Medium, after_the_cut, honest_moments
from tests.agent.paper_disk import PaperDisk
from tests.agent.power_story import DIRECTORY, PaperClock
from tests.frauds.house import Ending, House

SEGMENT_BYTES = 20_000


class Powered:
    """One station and its disk; `saved` tells at which place of the disk's log each entry was called saved."""

    def __init__(self, house: House, disk: PaperDisk | None = None) -> None:
        self.house = house
        self.disk = disk or PaperDisk()
        self.saved: list[tuple[int, Entry]] = []
        self._moments: list[tuple[Medium, list[Change]]] = []

    @contextmanager
    def on(self) -> Iterator[Chain]:
        """The station's process from its start to its end."""
        with Journal(DIRECTORY, segment_bytes=SEGMENT_BYTES, disk=self.disk) as journal:
            journal.watch(lambda entry: self.saved.append((len(self.disk.log), entry)))
            yield Chain(journal, key=self.house.ring.station, station="station-1", clock=PaperClock())

    def test(self, given: Assignment) -> None:
        """One whole attempt of an order in a process of its own."""
        with self.on() as chain:
            self.house.test(chain, given, gates=self.house.kernel())

    def after_a_cut(self, place: int, fate: Fate, seed: int = 0) -> "Powered":
        """The same station after its power was cut at a place of the log."""
        if len(self._moments) != len(self.disk.log) + 1:
            self._moments = list(honest_moments(self.disk.log, self.disk.start))
        sure, open_ = self._moments[place]
        return Powered(self.house, PaperDisk(after_the_cut(sure, open_, fate, Random(f"{place} {seed}"))))

    def steps(self) -> str:
        """The chain as it stands after one more start, each attempt with its one end."""
        with self.on() as chain:
            links = chain.links
        assert [(link.epoch, link.seq) for link in links] == [(1, n + 1) for n in range(len(links))]
        opened = [link.digest for link in links if link.tx == "B"]
        assert [link.open for link in links if link.tx != "B"] == opened
        return "".join(link.tx for link in links)

    def hand_in(self) -> Ending:
        """Hand all that waits to the acceptor and save what it answers to none of it."""
        with self.on() as chain:
            return self.house.hand_in(chain)

    def answer(self, chain: Chain, link: Link) -> str:
        """What the acceptor answers to a record that is handed to it with its receipts."""
        payload = "\n".join((chain.token(link), *chain.witnesses(link.open))).encode()
        message = Received(topic="record", payload=payload, mid=1, retained=False)
        return self.house.ledger.take(believed(message, self.house.trust, self.house.now))[-1].token

    def places(self, kind: str) -> list[int]:
        """Where in the log entries of a kind were called saved."""
        return [place for place, entry in self.saved if entry.kind == kind]


def asked_of_the_disk(house: House, given: Assignment, step: str) -> int:
    """How often a disk is asked for a kind of step in one whole attempt from the very first start on."""
    asked: list[str] = []
    Powered(house, PaperDisk(trouble=asked.append)).test(given)
    return asked.count(step)
