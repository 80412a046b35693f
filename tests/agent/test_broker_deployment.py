"""The broker's files that are shipped, on a real mosquitto: each role may do its part, and nothing beside it."""

import queue
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from agent import mqtt_link
from agent.acceptor.dispatch import send
from agent.acceptor.service import Service
from agent.chain import Chain
from agent.config_broker import MqttSettings
from agent.delivery import Delivery
from agent.mqtt_link import Connected, Event, Link, Lost, Published, Received, Subscribed, Will
from agent.reflector.sender import Sender
from agent.trust import PinnedKeys
from tests.agent import receipts
from tests.agent.acceptor.conftest import desk, visit
from tests.agent.broker import mosquitto
from tests.agent.certificates import Authority
from tests.agent.conftest import Ring
from tests.agent.delivering import PACE, WAIT_S, Words, running

DEPLOY = Path(__file__).parents[2] / "agent" / "deploy"
ROOT = "prooflight/v1/north"
E = TypeVar("E", bound=Event)
DENIED = 0x87
ROLES = ("station-1", "station-2", "reflector-1", "acceptor-1", "tickets", "kits", "engineer-1", "stranger")
OF_STATION = ("state", "record/1/1", "have", "reply/7", "telemetry")
TO_STATION = ("in/acceptance", "in/order", "in/command", "in/kit")
TOPICS = [
    *(f"{ROOT}/{name}/{part}" for name in ("station-1", "station-2") for part in (*OF_STATION, *TO_STATION)),
    f"{ROOT}/station-1/receipt/aa",
    f"{ROOT}/reflector-1/receipt/aa",
    f"{ROOT}/reflector-2/receipt/aa",
    f"{ROOT}/station-1",
    f"{ROOT}/state",
    f"{ROOT}/station-1/in/other",
    "prooflight/v1/south/station-1/record/1/1",
    "prooflight/v1/south/station-1/in/order",
    "prooflight/v2/north/station-1/record/1/1",
    "elsewhere",
]


def below(name: str, *parts: str) -> set[str]:
    return {f"{ROOT}/{name}/{part}" for part in parts}


def to_all(*parts: str) -> set[str]:
    return below("station-1", *parts) | below("station-2", *parts)


MAY_WRITE: dict[str, set[str]] = {
    "station-1": below("station-1", *OF_STATION),
    "station-2": below("station-2", *OF_STATION),
    "reflector-1": below("reflector-1", "receipt/aa"),
    "acceptor-1": to_all("in/acceptance"),
    "tickets": to_all("in/order"),
    "kits": to_all("in/kit"),
    "engineer-1": to_all("in/command"),
    "stranger": set(),
}
MAY_READ: dict[str, set[str]] = {
    "station-1": below("station-1", *TO_STATION),
    "station-2": below("station-2", *TO_STATION),
    "reflector-1": set(),
    "acceptor-1": to_all("state", "record/1/1", "have") | below("reflector-1", "receipt/aa"),
    "tickets": set(),
    "kits": set(),
    "engineer-1": to_all("state", "reply/7", "telemetry"),
    "stranger": set(),
}


class House:
    """A running broker with the shipped files, and a certificate for everybody."""

    def __init__(self, authority: Authority, port: int) -> None:
        self._authority = authority
        self._port = port

    def settings(self, role: str) -> MqttSettings:
        return MqttSettings(host="127.0.0.1", port=self._port, tenant="north", tls=self._authority.issue(role))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("broker")
    authority = Authority(folder / "certificates")
    authority.issue("broker")
    authority.revoke()
    (authority.folder / "mosquitto.acl").write_text((DEPLOY / "mosquitto.acl").read_text().replace("TENANT", "north"))
    shipped = (DEPLOY / "mosquitto.conf").read_text()
    shipped = shipped.replace("/etc/prooflight/broker", str(authority.folder)).replace(
        "/var/lib/mosquitto", str(folder)
    )
    lines = [line for line in shipped.splitlines() if not line.startswith("listener")]
    with mosquitto(folder, *lines) as broker:
        yield House(authority, broker.port)


class Client:
    """Somebody on the broker under one certificate."""

    def __init__(self, settings: MqttSettings, client_id: str = "anybody", will: Will | None = None) -> None:
        self.heard: list[str] = []
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.link = Link(settings, client_id=client_id, tell=self.events.put, will=will)
        self._next(Connected)

    def write(self, *topics: str) -> dict[str, int]:
        """Write to each topic; the broker's answers."""
        sent = {self.link.publish(topic, b"probe"): topic for topic in topics}
        answers = [self._next(Published) for _ in sent]
        return {sent[answer.mid]: answer.code for answer in answers}

    def subscribe(self, topic: str) -> None:
        self.link.subscribe(topic)
        self._next(Subscribed)

    def hear_out(self) -> list[str]:
        """The topics of all that the broker has for us: until a whole round brought nothing."""
        before = -1
        while before != len(self.heard):
            before = len(self.heard)
            self.subscribe("barrier")
        return self.heard

    def _next(self, kind: type[E]) -> E:
        while not isinstance(event := self.events.get(timeout=WAIT_S), kind):
            assert isinstance(event, Received), event
            self.link.acknowledge(event)
            self.heard.append(event.topic)
        return event


@contextmanager
def client(settings: MqttSettings, client_id: str = "anybody", will: Will | None = None) -> Iterator[Client]:
    made = Client(settings, client_id, will)
    try:
        yield made
    finally:
        made.link.close()


@pytest.mark.parametrize("role", ROLES)
def test_each_role_writes_its_own_topics_and_is_told_that_it_may_no_others(house: House, role: str) -> None:
    with client(house.settings(role)) as writer:
        codes = writer.write(*TOPICS)
    assert {topic for topic, code in codes.items() if code != DENIED} == MAY_WRITE[role]
    assert set(codes.values()) <= {0, mqtt_link.NO_SUBSCRIBERS, DENIED}


def test_each_role_reads_its_own_topics_and_no_others(house: House) -> None:
    with ExitStack() as stack:
        everybody = {role: stack.enter_context(client(house.settings(role))) for role in ROLES}
        for reader in everybody.values():
            for wish in ("#", f"{ROOT}/+/in/#", f"{ROOT}/station-1/#"):
                reader.subscribe(wish)  # mosquitto grants it, and then delivers nothing that is denied
        for role, topics in MAY_WRITE.items():
            assert DENIED not in everybody[role].write(*topics).values()
        heard = {role: set(reader.hear_out()) for role, reader in everybody.items()}
    assert heard == MAY_READ


def test_a_will_on_another_stations_topic_is_not_published(house: House) -> None:
    with client(house.settings("engineer-1")) as support:
        support.subscribe(f"{ROOT}/+/state")
        support.hear_out()
        support.heard.clear()
        for name in ("station-2", "station-1"):  # the other one's first, and the next connection waits for its end
            will = Will(topic=f"{ROOT}/{name}/state", payload=b"gone", delay_s=0)
            cut_off(Client(house.settings("station-1"), will=will))
        with client(house.settings("station-1")):
            assert set(support.hear_out()) == {f"{ROOT}/station-1/state"}


def cut_off(who: Client) -> None:
    """End the connection without a word, as a power cut would."""
    connection = who.link._client.socket()
    assert connection is not None
    connection.shutdown(socket.SHUT_RDWR)
    while not isinstance(who.events.get(timeout=WAIT_S), Lost):
        pass


def test_nobody_takes_over_the_session_of_another_by_its_client_id(house: House) -> None:
    ours = "prooflight-north-station-1"
    with client(house.settings("station-1"), ours) as station, client(house.settings("station-2"), ours):
        assert DENIED not in station.write(f"{ROOT}/station-1/have").values()


def test_a_certificate_of_the_house_for_a_name_without_a_block_may_only_be_a_station_of_that_name(
    house: House,
) -> None:
    with client(house.settings("stranger")) as stranger:
        codes = stranger.write(f"{ROOT}/stranger/record/1/1", f"{ROOT}/stranger/receipt/aa")
    assert [topic for topic, code in codes.items() if code == DENIED] == [f"{ROOT}/stranger/receipt/aa"]


def test_station_acceptor_reflector_and_ticket_service_do_their_work_through_it(
    tmp_path: Path, house: House, ring: Ring, station: Chain
) -> None:
    words, orders = Words(), Words()

    def accepting(stop: threading.Event) -> None:
        office = desk(tmp_path / "ledger", ring)
        keys = PinnedKeys(ring.trust_file, words)
        Service(office.ledger, keys, house.settings("acceptor-1"), name="desk", say=words).run(stop)
        office.ledger.close()

    pending = tmp_path / "pending"
    pending.mkdir()
    (pending / "1.jws").write_text(receipts.sealed(receipts.made(), ring.reflector))
    sender = Sender(house.settings("reflector-1"), name="reflector-1", folder=pending, say=words)
    visit(station)
    delivery = Delivery(
        station,
        ring.trust,
        house.settings("station-1"),
        births=tmp_path / "births",
        pace=PACE,
        say=words,
        take_order=lambda raw: orders(raw.decode()),
    )
    with running(accepting):
        words.wait("listening")
        with running(sender.run), running(delivery.run):
            words.wait("1/2 E: closed")
            words.wait("receipt of reflector-1")
            send(house.settings("tickets"), {"station-1": b"an order"}, expiry_s=60)
            orders.wait("an order")
    assert not station.pending()
