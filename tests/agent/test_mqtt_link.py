"""Whatever answers on the broker's port, a connection ends with one plain line that says why."""

import contextlib
import queue
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.config_broker import MqttSettings
from agent.mqtt_link import Connected, Event, Link, Lost, Subscribed

CONNACK = bytes.fromhex("20030000 00".replace(" ", ""))


@contextlib.contextmanager
def pretender(*answers: bytes) -> Iterator[MqttSettings]:
    """A server that answers each packet with the next bytes, then hangs up; it understands nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            connection.settimeout(0.2)  # garbage leaves the other side without a word to say
            with connection, contextlib.suppress(ConnectionError):
                for answer in answers:
                    with contextlib.suppress(TimeoutError):
                        connection.recv(4096)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield MqttSettings(host="127.0.0.1", port=server.getsockname()[1], tenant="north")
        thread.join(10)


def events(settings: MqttSettings) -> list[Event]:
    """Everything that happens on one connection; a subscription is asked for once it stands."""
    told: queue.SimpleQueue[Event] = queue.SimpleQueue()
    link = Link(settings, client_id="station-1", tell=told.put)
    made: list[Event] = []
    while not made or not isinstance(made[-1], Lost):
        made.append(told.get(timeout=20))
        if isinstance(made[-1], Connected):
            link.subscribe("in/acceptance")
    link.close()
    return made


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([bytes.fromhex("20020001")], "does not speak MQTT 5"),
        ([bytes.fromhex("2003008400")], "does not speak MQTT 5"),
        ([bytes.fromhex("2003008600")], "bad user name or password"),
        ([bytes.fromhex("2003008700")], "not authorised"),
        ([CONNACK, bytes.fromhex("e0028e00")], "another process has connected"),
        ([CONNACK], "the connection ended"),
        ([b""], "the connection ended"),
        ([b"HTTP/1.1 400 Bad Request\r\n\r\n"], "127.0.0.1"),
    ],
)
def test_the_end_of_a_connection_says_why(answers: list[bytes], words: str) -> None:
    with pretender(*answers) as broker:
        *_, last = events(broker)
    assert isinstance(last, Lost)
    assert words in last.why
    assert "\n" not in last.why


def test_a_refused_subscription_is_an_answer_of_its_own() -> None:
    with pretender(CONNACK, bytes.fromhex("900400010087")) as broker:
        made = events(broker)
    assert Subscribed(code=0x87, mid=1) in made


@given(st.lists(st.binary(min_size=1, max_size=30), max_size=3), st.booleans())
@settings(max_examples=15, deadline=None)
def test_garbage_ends_in_one_plain_line(garbage: list[bytes], greeted: bool) -> None:
    with pretender(*([CONNACK] if greeted else []), *garbage) as broker:
        *_, last = events(broker)
    assert isinstance(last, Lost)
    assert "\n" not in last.why
