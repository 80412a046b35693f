"""Anti-entropy over a real broker: what a broker or a restored ledger has lost is filled up again, and closes once."""

import shutil
import sqlite3
from pathlib import Path

from agent import seal
from agent.acceptor.believing import believed
from agent.chain import Chain
from agent.mqtt_link import Connected, Published, Received, Subscribed
from agent.record import OrderRef
from tests.agent.acceptor.conftest import NOW, desk, visit
from tests.agent.broker import Broker, mosquitto
from tests.agent.conftest import Ring
from tests.agent.delivering import (
    WAIT_S,
    Person,
    Words,
    acceptor,
    delivery,
    expected,
    rows,
    running,
    wait_for_acknowledgements,
)

TOPIC = "prooflight/v1/north/station-1"


def tickets(folder: Path) -> list[tuple[str, str, str]]:
    with sqlite3.connect(folder / "ledger") as connection:
        return connection.execute("SELECT id, state, closed_by FROM tickets ORDER BY id").fetchall()


def acceptances(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "ledger") as connection:
        return [row[0] for row in connection.execute("SELECT acceptance FROM records ORDER BY epoch, seq")]


def a_day(folder: Path, broker: Broker, ring: Ring, station: Chain, *orders: int) -> None:
    """Orders that are tested, delivered, and closed by an acceptor that then ends."""
    with acceptor(folder, broker, ring):
        for number in orders:
            visit(station, number)
        assert delivery(station, broker, ring).deliver(WAIT_S)


def test_a_ledger_restored_from_yesterday_is_filled_up_again_and_nothing_is_decided_twice(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    a_day(tmp_path, broker, ring, station, 1)
    shutil.copy(tmp_path / "ledger", tmp_path / "yesterday")
    a_day(tmp_path, broker, ring, station, 2, 3)
    today, given, held = tickets(tmp_path), acceptances(tmp_path), len(station.journal.entries)
    (tmp_path / "ledger").unlink()
    (tmp_path / "yesterday").rename(tmp_path / "ledger")
    assert len(tickets(tmp_path)) == 1

    # Today's policy would close nothing: what was closed stays closed because it was, not because it is decided again.
    with (
        acceptor(tmp_path, broker, ring, close_unanchored=False) as heard,
        running(delivery(station, broker, ring).run),
    ):
        heard.wait("records 3..6 of epoch 1 were acknowledged and are not in this ledger")
        heard.wait("station-1 1/3..6: asked for again")
        heard.wait("1/6 E: closed")
    assert rows(tmp_path, ring) == expected(station)
    assert (tickets(tmp_path), acceptances(tmp_path)) == (today, given)
    assert len(station.journal.entries) == held, "the station saved each acceptance once"


def message(token: str, *others: str) -> Received:
    return Received(topic=f"{TOPIC}/record/1/1", payload="\n".join((token, *others)).encode(), mid=1, retained=False)


def test_only_an_acceptance_of_this_very_record_by_our_own_key_is_taken_for_our_own_word(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    office = desk(tmp_path / "ledger", ring)
    opened, ended = visit(station)
    office.take(opened)
    office.take(ended)
    of_opened, of_ended = acceptances(tmp_path)
    forged = seal.seal(seal.read(of_ended, typ=seal.ACCEPTANCE).payload, typ=seal.ACCEPTANCE, key=ring.station).token
    cases = [((of_ended,), of_ended), ((), None), ((of_opened,), None), ((forged,), None), (("", "\0"), None)]
    for lines, remembered in cases:
        arrival = believed(message(ended, *lines), ring.trust, NOW)
        assert (arrival.remembered and arrival.remembered.token) == remembered


def test_our_word_of_yesterday_closes_no_work_order_that_has_become_another(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    tokens = visit(station)
    before = desk(tmp_path / "before", ring)
    given = [before.ledger.take(believed(message(token), ring.trust, NOW))[0].token for token in tokens]
    office = desk(tmp_path / "ledger", ring)
    office.ledger.tickets.note(OrderRef(id="WO-1", digest="ff" * 32), "other content", "")
    for place in (1, 0):  # the later one first: it is parked, with our word beside it
        office.ledger.take(believed(message(tokens[place], given[place]), ring.trust, NOW))
    assert tickets(tmp_path) == [("WO-1", "open", None)]
    assert acceptances(tmp_path) == given


def test_what_an_overflowing_broker_acknowledged_and_dropped_is_asked_for(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    with mosquitto(tmp_path, "max_queued_messages 3") as broker:
        with acceptor(tmp_path, broker, ring):
            pass  # its session stays, and its queue takes three
        for number in range(1, 6):  # as many answers as fit into the station's own queue and window
            visit(station, number)
        person = Person(broker, "somebody")
        person.expect(Connected)
        person.link.subscribe(f"{TOPIC}/have")
        person.expect(Subscribed)
        with running(delivery(station, broker, ring, resend_after_s=20, have_every_s=1).run):
            person.expect(Received)  # said when everything has gone out
            person.link.close()
            with acceptor(tmp_path, broker, ring) as heard:
                heard.wait("asked for again")
                wait_for_acknowledgements(station)
    assert rows(tmp_path, ring) == expected(station)
    assert {state for _, state, _ in tickets(tmp_path)} == {"closed"}


def test_a_request_that_nothing_provoked_or_that_the_broker_kept_sends_nothing(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    a_day(tmp_path, broker, ring, station, 1)
    request = b'{"resend":{"kid":"%s","epoch":1,"first":1,"last":2}}' % ring.station.kid.encode()
    person = Person(broker, "somebody")
    person.expect(Connected)
    person.link.publish(f"{TOPIC}/in/acceptance", request, retain=True)
    assert person.expect(Published).code in (0, 0x10)
    for part in ("have", "record/#"):
        person.link.subscribe(f"{TOPIC}/{part}")
        person.expect(Subscribed)
    words = Words()
    with running(delivery(station, broker, ring, words).run):
        assert person.expect(Received).topic == f"{TOPIC}/have"
        person.link.publish(f"{TOPIC}/in/acceptance", b'{"resend":{}}')
        words.wait("a request of the acceptor is not understood: resend.")
        person.link.publish(f"{TOPIC}/in/acceptance", request)
        for seq in (1, 2):  # exactly what this one asked for; the kept one brought nothing before it
            assert person.expect(Received).topic == f"{TOPIC}/record/1/{seq}"
        for late in (request, b'{"resend":7}'):  # when the second one is told, the first one has been looked at
            person.link.publish(f"{TOPIC}/in/acceptance", late)
        words.wait("not understood: resend: must be an object")
        visit(station, 2)
        assert person.expect(Received).topic == f"{TOPIC}/record/1/3", "the same request again brought nothing"
    person.link.close()


def test_a_word_about_a_chain_of_somebody_else_is_not_believed(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    with acceptor(tmp_path, broker, ring) as heard:
        person = Person(broker, "somebody")
        person.expect(Connected)
        told = b'{"kid":"%s","epoch":1,"contiguous":0,"last":9,"head":"%s"}'
        for kid in (b"nobody", ring.acceptor.kid.encode()):
            person.link.publish(f"{TOPIC}/have", told % (kid, b"ab" * 32))
        person.link.publish("prooflight/v1/north/station-2/have", told % (ring.station.kid.encode(), b"ab" * 32))
        heard.wait("is no key of this station", times=3)
        person.link.publish(f"{TOPIC}/have", b"nothing")
        heard.wait("have: not understood: not JSON")
        person.link.close()
    assert not any("asked for again" in words for words in heard.said)
