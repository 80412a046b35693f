"""Somebody who hears every message on a broker, as it was sent: QoS, retain flag, properties and all."""

import contextlib
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from agent.config_broker import MqttSettings
from tests.interfaces.asyncapi import Matched, Sent, fits, matched, senders

WAIT_S = 120.0
_LOGGED = re.compile(r"Received PUBLISH from (\S+) \(d\d, q(\d), r\d, m\d+, '([^']+)'")


class Recorder:
    """What was heard so far, to be waited for and looked at."""

    def __init__(self) -> None:
        self.heard: list[Sent] = []
        self._news = threading.Condition()

    def hear(self, message: MQTTMessage) -> None:
        """Note one message."""
        told = message.properties
        sent = Sent(
            topic=message.topic,
            payload=bytes(message.payload),
            qos=message.qos,
            retain=message.retain,
            user=tuple(getattr(told, "UserProperty", ())),
            expiry_s=getattr(told, "MessageExpiryInterval", None),
        )
        with self._news:
            self.heard.append(sent)
            self._news.notify_all()

    def count(self, wanted: Callable[[Sent], bool]) -> int:
        """How many messages of a kind were heard so far."""
        with self._news:
            return sum(map(wanted, self.heard))

    def wait(self, done: Callable[[Sent], bool], times: int = 1) -> None:
        """Return when so many messages of a kind were heard."""
        with self._news:
            heard = self._news.wait_for(lambda: sum(map(done, self.heard)) >= times, WAIT_S)
        assert heard, f"not heard: {Counter(sent.topic for sent in self.heard)}"

    def matches(self) -> list[Matched]:
        """Each message by the document."""
        return [matched(sent) for sent in self.heard]

    def faults(self) -> list[str]:
        """What the document does not know of what was heard."""
        return [fault for each in self.matches() for fault in each.faults]


@contextlib.contextmanager
def recorded(broker: MqttSettings) -> Iterator[Recorder]:
    """A recorder of everything on a broker, from now on until the block ends."""
    recorder, listening = Recorder(), threading.Event()
    client = Client(CallbackAPIVersion.VERSION2, "recorder", protocol=MQTTProtocolVersion.MQTTv5)
    client.on_message = lambda _client, _data, message: recorder.hear(message)
    client.on_subscribe = lambda *_: listening.set()
    client.on_connect = lambda *_: client.subscribe("#", options=SubscribeOptions(qos=2, retainAsPublished=True))
    client.connect(broker.host, broker.port)
    client.loop_start()
    try:
        assert listening.wait(WAIT_S)
        yield recorder
    finally:
        client.disconnect()
        client.loop_stop()


def foreign_senders(log: Path) -> list[str]:
    """By a broker's log, who sent what the document says that others send."""
    seen = {(client, topic) for client, _, topic in _LOGGED.findall(log.read_text())}
    assert seen, "the log tells of no message"
    return [
        f"{client} sent {topic}"
        for client, topic in sorted(seen)
        if topic.startswith("prooflight/") and not any(fits(each, client) for each in senders(topic) if each)
    ]
