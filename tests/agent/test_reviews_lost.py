"""What a person decided reaches both sides whatever was lost between them, over a real broker; and it closes once."""

import shutil
import threading
from pathlib import Path

from agent import acknowledgement, seal
from agent.acceptor.ledger_review_queue import queue
from agent.acknowledgement import Acceptance
from agent.chain import Chain
from agent.mqtt_link import Received, Subscribed
from tests.agent.acceptor.conftest import desk, visit
from tests.agent.acceptor.test_review_queue import decided, unproven
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.delivering import WAIT_S, acceptor, delivery, running, somebody
from tests.agent.test_refill import TOPIC, acceptances, tickets


def held(station: Chain, number: int) -> Acceptance | None:
    """What the station holds of a record of its chain."""
    token = station.receipt(station.links[number - 1])
    return token and acknowledgement.from_json(seal.content(seal.read(token, typ=seal.ACCEPTANCE)))  # type: ignore[return-value]


def wait_for_reviews(station: Chain, *numbers: int) -> None:
    """Return when the station holds what a person decided on these records."""
    news = threading.Event()
    station.journal.watch(lambda entry: news.set())
    while not all((made := held(station, number)) and made.review for number in numbers):
        assert news.wait(WAIT_S), "no decision of a person came"
        news.clear()


def in_review(folder: Path, broker: Broker, ring: Ring, station: Chain, orders: int) -> None:
    """So many tests that are delivered, and left to a person by an acceptor that then ends."""
    with acceptor(folder, broker, ring):
        for number in range(1, orders + 1):
            unproven(station, number)
        assert delivery(station, broker, ring).deliver(WAIT_S)


def decide_all(folder: Path, ring: Ring) -> list[Acceptance]:
    """A person accepts all that waits."""
    office = desk(folder / "ledger", ring)
    made = [decided(office, ring, each["digest"]) for each in queue(office.ledger.connection)]
    office.ledger.close()
    return made


def unsent(folder: Path, ring: Ring) -> int:
    office = desk(folder / "ledger", ring)
    try:
        return len(office.ledger.reviews.unsent())
    finally:
        office.ledger.close()


def test_a_decision_that_the_broker_acknowledged_and_forgot_is_sent_again_when_the_station_says_what_it_has(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    in_review(tmp_path, broker, ring, station, 2)
    made = decide_all(tmp_path, ring)
    with somebody(broker) as person:
        person.link.subscribe(f"{TOPIC}/in/acceptance")
        person.expect(Subscribed)
        with acceptor(tmp_path, broker, ring) as heard:
            for _ in made:
                person.expect(Received)
            person.link.publish(f"{TOPIC}/record/1/1", b"nothing")
            heard.wait("not believed")  # it comes behind the broker's word on what it took
    assert unsent(tmp_path, ring) == 0
    broker.kill()
    assert not [number for number in (2, 4) if held(station, number).review]  # type: ignore[union-attr]
    broker.start()
    with acceptor(tmp_path, broker, ring) as heard, running(delivery(station, broker, ring).run):
        wait_for_reviews(station, 2, 4)
        heard.wait("1/2 E: closed, as a person decided; sent again")
    assert [held(station, number) for number in (2, 4)] == made


def test_decisions_that_a_restored_ledger_lacks_come_back_from_the_station_and_are_not_made_anew(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    in_review(tmp_path, broker, ring, station, 2)
    shutil.copy(tmp_path / "ledger", tmp_path / "yesterday")
    decide_all(tmp_path, ring)
    with acceptor(tmp_path, broker, ring):
        visit(station, 3)
        with running(delivery(station, broker, ring).run):
            wait_for_reviews(station, 2, 4)
        assert delivery(station, broker, ring).deliver(WAIT_S)
    today, given, entries = tickets(tmp_path), acceptances(tmp_path), len(station.journal.entries)
    assert [state for _, state, _ in today] == ["closed"] * 3

    (tmp_path / "ledger").unlink()
    (tmp_path / "yesterday").rename(tmp_path / "ledger")
    assert [state for _, state, _ in tickets(tmp_path)] == ["open"] * 2
    with acceptor(tmp_path, broker, ring) as heard, running(delivery(station, broker, ring).run):
        heard.wait("station-1 1/2, 4: asked for again")
        heard.wait("station-1 1/5..6: asked for again")
        for number in (2, 4, 6):
            heard.wait(f"1/{number} E: closed")
    assert (tickets(tmp_path), acceptances(tmp_path)) == (today, given)
    assert unsent(tmp_path, ring) == 0
    assert len(station.journal.entries) == entries, "the station saved nothing twice"
