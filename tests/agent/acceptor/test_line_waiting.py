"""A result waits for the look-up of lines and for nothing else: never closed on a guess, and nobody waits with it."""

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.acceptor.http_exchange import exchange_over
from agent.acceptor.later import Later
from agent.acceptor.ledger import Ledger
from agent.acceptor.line_questions import Questions
from agent.acceptor.line_service import asking
from agent.acceptor.office import Office
from agent.acceptor.service import Service
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace
from agent.config_lines import LineServiceSettings
from agent.journal import Journal
from agent.record import OrderRef
from agent.trust import PinnedKeys
from diagnostics import criteria, strict_json
from tests.agent import orders, receipts
from tests.agent.acceptor.conftest import NOW, Desk, visit
from tests.agent.acceptor.line_server import NOBODY, SLOW, LineServer, line_server
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.delivering import Words, delivery, running

WAIT_S = 60.0
ELSEWHERE = {"circuits": [{"olt": "OLT-9", "pon_port": "0/1/1", "onu_id": None}]}


@pytest.fixture
def server() -> Iterator[LineServer]:
    with line_server() as made:
        made.answer = {"circuits": [{"olt": "HZW-OLT-03", "pon_port": "0/2/5", "onu_id": 17}]}
        yield made


@dataclass
class Waiting:
    """A desk that asks a server of lines, which is told to answer; `settled` hears of each answer."""

    desk: Desk
    questions: Questions
    settled: "queue.SimpleQueue[None]"
    ref: OrderRef

    def answered(self) -> list[str]:
        """The decisions that come once the next question is settled."""
        self.settled.get(timeout=WAIT_S)
        return [answer.words.partition(":")[0] for answer in self.desk.ledger.retake(NOW)]

    def reasons(self) -> str:
        rows = self.desk.ledger.connection.execute("SELECT reasons FROM records WHERE tx = 'E'").fetchall()
        return str(rows[0][0])


def waiting(
    place: LedgerPlace,
    ring: Ring,
    server: LineServer,
    patience_s: float = 600.0,
    tell: Callable[[], None] | None = None,
) -> Waiting:
    settled = queue.SimpleQueue[None]()
    ask = asking(LineServiceSettings(url=server.url), exchange_over(None, 30.0))
    questions = Questions(ask, patience_s=patience_s, first_wait_s=0.05, tell=tell or (lambda: settled.put(None)))
    office = Office(
        name="desk",
        key=ring.acceptor,
        close_unanchored=False,
        load_criteria=criteria.load,
        lookup=lambda: questions.find,
    )
    desk = Desk(Ledger(place, office), ring.trust)
    envelope = orders.signed_for_samples(ring.order)
    ref = OrderRef(id=orders.work_order().id, digest=orders.read(envelope).order_digest, anchor=envelope.digest)
    desk.ledger.issue(envelope.token, ref, orders.ISSUED.isoformat())
    return Waiting(desk, questions, settled, ref)


def handed_in(office: Waiting, ring: Ring, station: Chain) -> list[list[str]]:
    """One attempt with its receipts; for each record the decisions that it brings at once."""
    tokens, seen = receipts.witnessed_visit(station, office.ref, ring.reflector)
    return [[answer.decision for answer in office.desk.take(token, *seen)] for token in tokens]


@pytest.mark.parametrize(
    ("answer", "decision", "words"),
    [(None, "closed", "line bound by 198.18.0.0/24"), (NOBODY, "review", "no line"), (ELSEWHERE, "review", "OLT-9")],
    ids=["the ordered line", "no line", "another line"],
)
def test_a_result_waits_for_its_line_and_is_ruled_on_by_the_answer(
    place: LedgerPlace, ring: Ring, station: Chain, server: LineServer, answer: object, decision: str, words: str
) -> None:
    server.answer = answer or server.answer  # type: ignore[assignment]
    server.faults = ["an error of its own"]
    office = waiting(place, ring, server)
    assert handed_in(office, ring, station) == [["recorded"], []]
    assert (office.desk.count("waiting"), office.desk.tickets()) == (1, {office.ref.id: "open"})
    assert handed_in_again(office, station) == []
    with office.questions.asking(1):
        assert office.answered() == [decision]
    assert words in office.reasons()
    assert office.desk.count("waiting") == 0
    assert office.desk.ledger.retake(NOW) == []


def handed_in_again(office: Waiting, station: Chain) -> list[str]:
    return [answer.decision for answer in office.desk.take(station.token(station.links[-1]))]


def test_a_result_whose_line_nobody_tells_is_left_to_a_person(
    place: LedgerPlace, ring: Ring, station: Chain, server: LineServer
) -> None:
    server.faults = ["an error of its own"] * 1000
    office = waiting(place, ring, server, patience_s=1.0)
    assert handed_in(office, ring, station) == [["recorded"], []]
    with office.questions.asking(1):
        assert office.answered() == ["review"]
    assert "gave no answer in 1 s" in office.reasons()
    assert office.desk.tickets() == {office.ref.id: "open"}


def test_what_the_same_station_sends_behind_it_waits_with_it_and_another_record_in_its_place_is_a_fork(
    place: LedgerPlace, ring: Ring, station: Chain, server: LineServer
) -> None:
    office = waiting(place, ring, server)
    handed_in(office, ring, station)
    opened, closed = visit(station, 7)
    assert office.desk.take(opened) == office.desk.take(closed) == []
    with office.questions.asking(1):
        assert office.answered() == ["closed", "recorded", "review"]
    assert office.desk.count("quarantine") == 0


def test_another_process_takes_over_what_waits(
    place: LedgerPlace, ring: Ring, station: Chain, server: LineServer
) -> None:
    first = waiting(place, ring, server)
    handed_in(first, ring, station)
    first.desk.ledger.close()
    second = waiting(place, ring, server)
    assert second.desk.ledger.retake(NOW) == []
    with second.questions.asking(1):
        assert second.answered() == ["closed"]


def test_one_stations_silent_line_keeps_no_other_station_waiting(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain, server: LineServer
) -> None:
    server.faults = [SLOW]
    words, later, made = Words(), Later(), queue.SimpleQueue[OrderRef]()
    trust, other = tmp_path / "trust.jwks", ring.stranger
    second = {**other.public(), "kid": other.kid, "alg": "Ed25519", "role": "station", "name": "station-2"}
    trust.write_bytes(strict_json.write({"keys": [*ring.entries, second]}))

    def work(stop: threading.Event) -> None:
        def settled() -> None:
            later.look()
            service.wake()

        office = waiting(tmp_path / "ledger", ring, server, tell=settled)  # its connection belongs to this thread
        keys = PinnedKeys(trust, words)
        service = Service(office.desk.ledger, keys, broker.settings, name="desk", say=words, later=later)
        made.put(office.ref)
        with closing(office.desk.ledger), office.questions.asking(2):
            service.run(stop)

    with Journal(tmp_path / "second") as journal, running(work):
        words.wait("listening")
        receipts.witnessed_visit(station, made.get(timeout=WAIT_S), ring.reflector)
        with running(delivery(station, broker, ring).run):
            server.arrived.get(timeout=WAIT_S)
            neighbour = Chain(journal, key=other, station="station-2", clock=StationClock())
            visit(neighbour)
            assert delivery(neighbour, broker, ring).deliver(WAIT_S), "answered while the server of lines is silent"
            assert len(station.pending()) == 1
            server.released.set()
            words.wait("closed: all required limits hold; line bound")
        assert delivery(station, broker, ring).deliver(WAIT_S)
