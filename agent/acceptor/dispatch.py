"""Sending orders and kits to stations over MQTT: once, and it is told what the broker made of it.

A PUBACK says only that the broker has it; that an order arrived is seen by its first record, a kit by the next birth.
"""

import queue
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent import mqtt_link
from agent.config_broker import MqttSettings
from agent.mqtt_link import PREFIX, Connected, Lost, Published
from diagnostics.errors import NotAvailable


class NotSent(NotAvailable):
    """The broker did not take something for a station; the message says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message for a station, by the topic below its own."""

    station: str
    topic: str
    payload: bytes


def send(settings: MqttSettings, payloads: Mapping[str, bytes], *, expiry_s: int, deadline_s: float = 20.0) -> None:
    """Hand each station, by name, its order; NotSent where the broker did not take it for that station."""
    letters = [Letter(station=station, topic="in/order", payload=raw) for station, raw in payloads.items()]
    post(settings, letters, who="tickets", expiry_s=expiry_s, silence_s=deadline_s)


def post(
    settings: MqttSettings, letters: Sequence[Letter], *, who: str, expiry_s: int, silence_s: float = 20.0
) -> None:
    """Hand over letters in their order, `who` being our part in the client id; NotSent where one was not taken.

    The broker may be silent for so many seconds at a time.
    """
    remedy = _REMEDY[who]
    events: queue.SimpleQueue[mqtt_link.Event] = queue.SimpleQueue()
    link = mqtt_link.Link(settings, client_id=f"prooflight-{settings.tenant}-{who}", tell=events.put)
    try:
        _converse(link, events, settings.tenant, letters, expiry_s, silence_s, remedy)
    finally:
        link.close()


_REMEDY = {"tickets": "hand the order over as a file", "kits": "send it again, or hand the kit over as a file"}


def _converse(
    link: mqtt_link.Link,
    events: "queue.SimpleQueue[mqtt_link.Event]",
    tenant: str,
    letters: Sequence[Letter],
    expiry_s: int,
    silence_s: float,
    remedy: str,
) -> None:
    waiting: dict[int | None, str] = {}
    handed = False
    while not handed or waiting:
        try:
            event = events.get(timeout=silence_s)
        except queue.Empty as error:
            raise NotSent(f"the broker does not answer; {remedy}") from error
        match event:
            case Connected():
                handed = True
                for letter in letters:
                    topic = f"{PREFIX}/{tenant}/{letter.station}/{letter.topic}"
                    waiting[link.publish(topic, letter.payload, expiry_s=expiry_s)] = letter.station
            case Published(mid=mid, code=code):
                station = waiting.pop(mid)
                if code != 0:
                    words = mqtt_link.reason_words(code) if code != mqtt_link.NO_SUBSCRIBERS else "it never listened"
                    raise NotSent(f"station {station}: {words}; {remedy}")
            case Lost(why=why):
                raise NotSent(f"{why}; {remedy}")
