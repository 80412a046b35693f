"""What has arrived is entered together; one that spoils it is let go alone; a database that is away is waited for."""

import itertools
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from agent import record_form, seal
from agent.acceptor.intake import Intake
from agent.acceptor.ledger import Ledger
from agent.acceptor.ledger_database import LedgerAway, LedgerError
from agent.acceptor.line_binding import Lookup
from agent.acceptor.office import Arrival, Office
from agent.acceptor.service import Service
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace, PostgresSettings
from agent.journal import Journal
from agent.mqtt_link import Received
from agent.trust import PinnedKeys
from diagnostics import criteria
from tests.agent import receipts
from tests.agent.acceptor.conftest import NOW, Desk, desk, visit
from tests.agent.broker import Broker, mosquitto
from tests.agent.conftest import Ring
from tests.agent.delivering import WAIT_S, Words, delivery, running
from tests.postgres import Cluster, cluster, missing


def message(text: str, kind: str = "record") -> Received:
    return Received(topic=f"prooflight/v1/north/station-1/{kind}/x", payload=text.encode(), mid=1, retained=False)


def intake_of(ledger: Ledger, ring: Ring, words: Words) -> Intake:
    return Intake(ledger, PinnedKeys(ring.trust_file, words), say=words, now=lambda: NOW)


def test_all_that_has_arrived_is_one_transaction(shared_cluster: Cluster, ring: Ring, station: Chain) -> None:
    office = desk(PostgresSettings(dsn=shared_cluster.database()), ring)
    words = Words()
    intake = intake_of(office.ledger, ring, words)
    tokens = [token for number in range(1, 6) for token in visit(station, number)]
    for token in tokens:
        intake.add(message(token))
    intake.add(message(receipts.sealed(receipts.made(), ring.reflector), "receipt"))
    assert len(intake.enter()) == len(tokens)
    written = "SELECT DISTINCT xmin::text FROM (SELECT xmin FROM records UNION ALL SELECT xmin FROM receipts) AS rows"
    assert len(office.ledger.connection.execute(written).fetchall()) == 1
    assert (office.count("records"), office.count("receipts")) == (10, 1)
    assert set(office.tickets().values()) == {"closed"}
    assert intake.enter() == []
    assert sum("receipt of reflector-1" in said for said in words.said) == 1


def test_a_record_before_its_predecessor_waits_within_the_transaction(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    intake = intake_of(office.ledger, ring, Words())
    tokens = [token for number in range(1, 4) for token in visit(station, number)]
    for token in [*reversed(tokens), *tokens]:
        intake.add(message(token))
    answers = intake.enter()
    assert [answer.repeat for answer in answers] == [False] * 6 + [True] * 6
    assert (office.count("records"), office.count("waiting")) == (6, 0)


def stumbling(place: LedgerPlace, ring: Ring, errors: dict[int, Exception]) -> Desk:
    """An acceptor whose look-up of lines fails at these calls; there is one for each result that it rules on."""
    calls = itertools.count(1)

    def lookup() -> None:
        if error := errors.get(next(calls)):
            raise error

    office = Office(name="desk", key=ring.acceptor, close_unanchored=True, load_criteria=criteria.load, lookup=lookup)
    return Desk(Ledger(place, office), ring.trust)


def test_a_record_that_spoils_the_transaction_is_let_go_and_the_others_are_entered(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office, words = stumbling(place, ring, dict.fromkeys((2, 4), ValueError("no such\nplace"))), Words()
    intake = intake_of(office.ledger, ring, words)
    tokens = [token for number in range(1, 4) for token in visit(station, number)]
    for token in tokens:
        intake.add(message(token))
    assert len(intake.enter()) == 3
    assert "station-1 1/4: let go, it cannot be entered: ValueError: no such place" in words.said
    assert (office.count("records"), office.count("waiting")) == (3, 2)
    intake.add(message(tokens[3]))
    assert [answer.repeat for answer in intake.enter()] == [False] * 3
    assert set(office.tickets().values()) == {"closed"}


@pytest.mark.parametrize("error", [LedgerError("the disk is full"), MemoryError()])
def test_what_is_nobodys_message_s_fault_lets_nothing_go(
    place: LedgerPlace, ring: Ring, station: Chain, error: Exception
) -> None:
    office, words = stumbling(place, ring, {1: error}), Words()
    intake = intake_of(office.ledger, ring, words)
    for token in visit(station):
        intake.add(message(token))
    with pytest.raises(type(error)):
        intake.enter()
    assert (office.count("records"), words.said) == (0, [])
    assert len(intake.enter()) == 2


def test_what_was_entered_before_the_database_went_away_is_answered_when_it_is_back(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = stumbling(place, ring, {1: ValueError("spoilt"), 2: LedgerAway("away")})
    intake = intake_of(office.ledger, ring, Words())
    for token in visit(station):
        intake.add(message(token))
    with pytest.raises(LedgerAway):
        intake.enter()
    assert office.count("records") == 1
    assert [answer.repeat for answer in intake.enter()] == [False, False]
    assert office.tickets() == {"WO-1": "closed"}


def arrival_of(token: str, number: int) -> Arrival:
    """A record that came as the first, the second..."""
    envelope = seal.read(token, typ=seal.RECORD)
    at = NOW + timedelta(seconds=number)
    return Arrival(envelope=envelope, record=record_form.parse(envelope.payload), at=at)


def test_a_record_that_waits_and_cannot_be_entered_keeps_nobody_else_waiting(
    tmp_path: Path, place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    calls = itertools.count(1)

    def lookup() -> Lookup:
        if next(calls) == 2:  # the first asks only whether there is a look-up at all
            raise ValueError("spoilt")
        return lambda network, at: ()

    office = Office(name="desk", key=ring.acceptor, close_unanchored=True, load_criteria=criteria.load, lookup=lookup)
    ledger, words = Ledger(place, office), Words()
    with Journal(tmp_path / "other") as journal:
        other = Chain(journal, key=ring.stranger, station="station-2", clock=StationClock())
        for number, chain in enumerate((station, other), 1):
            opened, closed = (arrival_of(token, number) for token in visit(chain, number))
            assert len(ledger.take(opened)) == 1
            ledger.connection.transact(lambda closed=closed: ledger.chains.park(closed))  # type: ignore[misc]
    assert [answer.station for answer in ledger.retake(NOW, words)] == ["station-2"]
    assert words.said == ["station-1 1/2: waits, it cannot be entered: ValueError: spoilt"]
    assert [answer.station for answer in ledger.retake(NOW, words)] == ["station-1"]


def test_what_is_no_message_of_ours_is_told_and_the_others_are_entered(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office, words = desk(place, ring), Words()
    intake = intake_of(office.ledger, ring, words)
    for text in ("", "a.b.c", *visit(station), "\n\n", "x" * 100_000):
        intake.add(message(text))
    intake.add(message("nothing", "receipt"))
    assert len(intake.enter()) == 2
    assert sum("not believed" in said for said in words.said) == 5


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path) as running_broker:
        yield running_broker


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_a_database_that_is_away_is_waited_for_and_nothing_is_acknowledged_meanwhile(
    broker: Broker, ring: Ring, station: Chain
) -> None:
    with cluster() as postgres:
        place = PostgresSettings(dsn=postgres.database())

        def serving(words: Words, office: Desk) -> Callable[[threading.Event], None]:
            keys = PinnedKeys(ring.trust_file, words)
            return Service(office.ledger, keys, broker.settings, name="desk", say=words).run

        words, first = Words(), desk(place, ring)
        # the station says nothing twice in this test: what comes again comes from the broker
        sending = delivery(station, broker, ring, resend_after_s=3600.0)
        with running(sending.run):
            with running(serving(words, first)):
                words.wait("listening")
                postgres.kill()
                visit(station)
                sending.wake()
                words.wait("messages wait, trying again")
                assert station.pending() != ()
            postgres.start()
            first.ledger.close()
            words, second = Words(), desk(place, ring)
            with running(serving(words, second)):
                words.wait("closed: ")
                sending.wake()
        assert sending.deliver(WAIT_S)
        assert second.tickets() == {"WO-1": "closed"}
