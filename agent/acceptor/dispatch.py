"""Sending an order to its stations over MQTT: once, and it is told what the broker made of it.

A PUBACK says only that the broker has it; that the order arrived is seen by its first record.
"""

import queue
import time
from collections.abc import Mapping

from agent import mqtt_link
from agent.config_broker import MqttSettings
from agent.mqtt_link import PREFIX, Connected, Lost, Published
from diagnostics.errors import NotAvailable


class NotSent(NotAvailable):
    """The broker did not take an order for a station; the message says why and what to do."""


def send(settings: MqttSettings, payloads: Mapping[str, bytes], *, expiry_s: int, deadline_s: float = 20.0) -> None:
    """Hand each station, by name, its message; NotSent where the broker did not take it for that station."""
    events: queue.SimpleQueue[mqtt_link.Event] = queue.SimpleQueue()
    link = mqtt_link.Link(settings, client_id=f"prooflight-{settings.tenant}-tickets", tell=events.put)
    try:
        _converse(link, events, settings.tenant, dict(payloads), expiry_s, time.monotonic() + deadline_s)
    finally:
        link.close()


def _converse(
    link: mqtt_link.Link,
    events: "queue.SimpleQueue[mqtt_link.Event]",
    tenant: str,
    payloads: dict[str, bytes],
    expiry_s: int,
    end: float,
) -> None:
    waiting: dict[int | None, str] = {}
    while payloads or waiting:
        try:
            event = events.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty as error:
            raise NotSent("the broker does not answer; hand the order over as a file") from error
        match event:
            case Connected():
                for station in list(payloads):
                    topic = f"{PREFIX}/{tenant}/{station}/in/order"
                    waiting[link.publish(topic, payloads.pop(station), expiry_s=expiry_s)] = station
            case Published(mid=mid, code=code):
                station = waiting.pop(mid)
                if code != 0:
                    words = mqtt_link.reason_words(code) if code != mqtt_link.NO_SUBSCRIBERS else "it never listened"
                    raise NotSent(f"station {station}: {words}; hand the order over as a file")
            case Lost(why=why):
                raise NotSent(f"{why}; hand the order over as a file")
