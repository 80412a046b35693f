"""What a broker and everybody on it may do to a station and an acceptor: nothing is lost, doubled or believed by it."""

import random
import socket
import subprocess
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent import record_message
from agent.chain import Chain
from agent.config_broker import MqttSettings
from agent.delivery import Delivery
from agent.mqtt_link import Lost, Published, Received, Subscribed
from tests.agent.acceptor.conftest import desk, visit
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
    somebody,
    wait_for_acknowledgements,
)
from tests.agent.test_mqtt_link import CONNACK, pretender
from tests.peers import free_port

TOPIC = "prooflight/v1/north/station-1"
TIMES = 10


def publish(person: Person, topic: str, payload: bytes, *, retain: bool = False) -> int:
    """Have somebody send one message; the broker's answer."""
    person.link.publish(topic, payload, retain=retain)
    return person.expect(Published).code


def test_every_message_ten_times_and_shuffled_is_entered_closed_and_saved_once(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    for number in range(1, 6):
        visit(station, number)
    dice = random.Random(7)
    records = [(f"{TOPIC}/record/{x.epoch}/{x.seq}", record_message.payload(station, x)) for x in station.links]
    last = records[-2:]  # once, behind all others: when these are answered, every repetition has been looked at
    records = records[:-2] * TIMES
    dice.shuffle(records)
    given: set[bytes] = set()
    with somebody(broker) as person:
        person.link.subscribe(f"{TOPIC}/in/acceptance")
        person.expect(Subscribed)
        with acceptor(tmp_path, broker, ring):
            for topic, payload in [*records, *last]:
                person.link.publish(topic, payload)
            while len(given) < len(station.links):
                answer = person.expect(Received)
                person.link.acknowledge(answer)
                given.add(answer.payload)
        assert rows(tmp_path, ring) == expected(station)
        office = desk(tmp_path / "ledger", ring)
        closings = office.ledger.connection.execute("SELECT order_id FROM records WHERE decision = 'closed'").fetchall()
        assert Counter(row[0] for row in closings) == Counter(f"WO-{number}" for number in range(1, 6))
        assert office.count("quarantine") == 0
        office.ledger.close()

        answers = sorted(given) * TIMES
        dice.shuffle(answers)
        words = Words()
        with running(delivery(station, broker, ring, words).run):
            words.wait("handed to the broker")  # the acceptor has gone, so nobody answers but us
            for answer_ in answers:
                person.link.publish(f"{TOPIC}/in/acceptance", answer_)
            person.link.publish(f"{TOPIC}/in/acceptance", b"nothing")
            words.wait("an acceptance is not believed")  # it came behind all of them
            assert station.pending() == ()
    assert sum(entry.kind == "receipt" for entry in station.journal.entries) == len(station.links)


def test_two_acceptors_at_once_on_one_subscription_enter_each_record_once(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    for number in range(1, 9):
        visit(station, number)
    with acceptor(tmp_path, broker, ring, "one") as one, acceptor(tmp_path, broker, ring, "two") as two:
        assert delivery(station, broker, ring).deliver(WAIT_S)
    assert rows(tmp_path, ring) == expected(station)
    assert set(desk(tmp_path / "ledger", ring).tickets().values()) == {"closed"}
    assert all(any("station-1 1/" in said for said in each.said) for each in (one, two)), "both had their share"


def test_a_session_that_another_process_took_over_is_taken_back_and_nothing_is_lost(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    words = Words()
    with acceptor(tmp_path, broker, ring), running(delivery(station, broker, ring, words).run):
        visit(station, 1)
        wait_for_acknowledgements(station)
        thief = Person(broker, "prooflight-north-station-1")
        words.wait("the connection ended; results wait in the journal")  # mosquitto 2.0.11 gives no reason
        thief.expect(Lost)
        visit(station, 2)
        wait_for_acknowledgements(station)
        thief.link.close()
    assert rows(tmp_path, ring) == expected(station)


def test_a_broker_that_says_session_taken_over_is_understood(ring: Ring, station: Chain) -> None:
    visit(station)
    with pretender(CONNACK, bytes.fromhex("e0028e00")) as settings:
        words = Words()
        with running(delivery(station, Elsewhere(settings), ring, words).run):
            words.wait("another process has connected as this client; end one of the two; results wait in the journal")
    assert len(station.pending()) == 2


@dataclass
class Elsewhere:
    """Somebody's broker, by what is needed to reach it."""

    settings: MqttSettings


class Scripted:
    """A broker that answers each record with the same bad reason code."""

    def __init__(self, code: int, refusals: int) -> None:
        self.server = socket.create_server(("127.0.0.1", 0))
        self.settings = MqttSettings(host="127.0.0.1", port=self.server.getsockname()[1], tenant="north")
        self.refused = threading.Event()
        self._code, self._left = code, refusals

    def serve(self) -> None:
        connection, _ = self.server.accept()
        with connection:
            while not self.refused.is_set():
                self._answer(connection, *_packet(connection))
            connection.settimeout(WAIT_S)
            while connection.recv(4096):
                pass

    def _answer(self, connection: socket.socket, kind: int, body: bytes) -> None:
        if kind >> 4 == 1:
            connection.sendall(bytes.fromhex("2003000000"))
        elif kind >> 4 == 8:
            connection.sendall(bytes([0x90, 4, *body[:2], 0, 1]))
        elif kind >> 4 == 3:
            length = int.from_bytes(body[:2])
            mid, record = body[2 + length : 4 + length], b"/record/" in body[: 2 + length]
            connection.sendall(bytes([0x40, 4, *mid, self._code if record else 0, 0]))
            self._left -= record
            if not self._left:
                self.refused.set()


def _packet(connection: socket.socket) -> tuple[int, bytes]:
    kind, length, shift = connection.recv(1)[0], 0, 0
    while True:
        byte = connection.recv(1)[0]
        length, shift = length | (byte & 0x7F) << shift, shift + 7
        if byte < 0x80:
            return kind, connection.recv(length, socket.MSG_WAITALL)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (0x97, "quota exceeded; the broker's queue is full"),
        (0x80, "reason code 0x80"),
    ],
)
def test_a_reason_code_other_than_zero_is_told_and_is_no_delivery(
    ring: Ring, station: Chain, code: int, words: str
) -> None:
    visit(station)
    broker = Scripted(code, refusals=4)  # both records, and both once more
    thread = threading.Thread(target=broker.serve)
    thread.start()
    said = Words()
    with running(delivery(station, broker, ring, said).run):
        said.wait(f"/record: {words}; will try again")
        assert broker.refused.wait(WAIT_S), "it was not tried again"
        assert len(station.pending()) == 2
    thread.join(WAIT_S)
    broker.server.close()


def test_a_record_that_is_larger_than_the_broker_takes_holds_up_no_other(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    visit(station, 1)
    sizes = sorted(len(record_message.payload(station, link)) for link in station.links)
    between = (sizes[0] + sizes[1]) // 2
    with mosquitto(tmp_path, f"max_packet_size {between}") as broker:
        words = Words()
        with acceptor(tmp_path, broker, ring), running(delivery(station, broker, ring, words).run):
            words.wait("/record: the message is larger than the broker takes")
            wait_for_acknowledgements(station, left=1)
    assert [link.tx for link in station.pending()] == ["E"]


def test_a_message_of_any_size_that_is_no_record_harms_no_acceptor(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    with acceptor(tmp_path, broker, ring) as heard, somebody(broker) as person:
        for part in ("record/1/1", "receipt/aa", "have"):
            publish(person, f"{TOPIC}/{part}", b"x" * (3 << 20))
        heard.wait("record/1/1: not believed")
        heard.wait("receipt/aa: not believed")
        heard.wait("have: not understood: longer than 2048 bytes")
        visit(station)
        assert delivery(station, broker, ring).deliver(WAIT_S)
    assert rows(tmp_path, ring) == expected(station)


def test_what_the_broker_kept_for_whoever_comes_is_never_acted_on(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    orders: list[bytes] = []
    words, taken = Words(), threading.Event()
    births = tmp_path / "births"

    def take(raw: bytes) -> None:
        orders.append(raw)
        taken.set()

    with somebody(broker) as person:
        publish(person, f"{TOPIC}/in/order", b"kept", retain=True)
        publish(person, f"{TOPIC}/in/command", b"kept", retain=True)
        waiting = Delivery(station, ring.trust, broker.settings, births=births, say=words, take_order=take)
        with running(waiting.run):
            words.wait("an order was let go: it was retained")
            publish(person, f"{TOPIC}/in/order", b"o" * (3 << 20))
            publish(person, f"{TOPIC}/in/order", b"sent now")
            assert taken.wait(WAIT_S)
    assert orders == [b"sent now"]


NATS = "/usr/sbin/nats-server"


@pytest.mark.skipif(not Path(NATS).exists(), reason="nats-server is not installed; apt-get install nats-server")
def test_a_real_broker_that_speaks_only_3_1_1_is_refused_in_one_plain_line(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    port = free_port()
    config = tmp_path / "nats.conf"
    config.write_text(
        f'server_name: t\nlisten: "127.0.0.1:{free_port()}"\njetstream {{\n store_dir: "{tmp_path}/jetstream"\n}}\n'
        f'mqtt {{\n host: "127.0.0.1"\n port: {port}\n}}\n'
    )
    with subprocess.Popen([NATS, "-c", config], stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            assert any("Server is ready" in line for line in server.stderr)
            threading.Thread(target=server.stderr.read, daemon=True).start()
            visit(station)
            words = Words()
            settings = MqttSettings(host="127.0.0.1", port=port, tenant="north")
            with running(delivery(station, Elsewhere(settings), ring, words).run):
                words.wait("use a broker with MQTT 5; results wait in the journal")
            assert len(station.pending()) == 2
        finally:
            server.kill()
