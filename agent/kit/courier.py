"""The delivery's half of kits: asks for what comes of them, hands it on, says the birth again when they have changed.

Used by the delivery's thread alone, but for `renew`. A broker that does not let us have kits keeps no result from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent import mqtt_link
from agent.mqtt_link import Event, Link, Received, Subscribed
from diagnostics.measurement import sanitised

TOPIC = "in/kit"


def nothing_told() -> Mapping[str, Any]:
    """What the birth of a station says of kits that has none."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kits:
    """What delivery has to do with kits: who takes a manifest or a file of one, and what a birth says of them."""

    take: Callable[[bytes], str] | None = None
    told: Callable[[], Mapping[str, Any]] = nothing_told


class Courier:
    """Kits on the connections of one station; `base` is what its topics begin with."""

    def __init__(self, kits: Kits, base: str, *, wake: Callable[[], None], say: Callable[[str], None]) -> None:
        self._kits = kits
        self._topic = f"{base}/{TOPIC}"
        self._wake = wake
        self._say = say
        self._asked: int | None = None  # the id of the subscription
        self._renewed = False

    def greet(self, link: Link) -> None:
        """Ask for kits on a connection that has just begun."""
        self._asked = link.subscribe(self._topic) if self._kits.take else None

    def renew(self) -> None:
        """Have the birth said again, since what it says has changed; may be called from any thread."""
        self._renewed = True
        self._wake()

    def birth_is_due(self) -> bool:
        """Whether the birth is to be said again now; once for each time."""
        due, self._renewed = self._renewed, False
        return due

    def heed(self, event: Event, link: Link | None) -> bool:
        """Take in what is ours of what happened; whether it was. All is acknowledged: it can be sent again."""
        match event:
            case Subscribed(mid=mid) if mid is not None and mid == self._asked:
                if event.code >= 0x80:
                    self._say(f"{self._topic}: {mqtt_link.reason_words(event.code)}; no kits from the centre")
                return True
            case Received(topic=self._topic) if link is not None:
                self._take(event)
                link.acknowledge(event)
                return True
        return False

    def _take(self, event: Received) -> None:
        if event.retained or self._kits.take is None:
            self._say("a kit was let go: it was retained")
        elif words := self._kits.take(event.payload):
            self._say(sanitised(words))
