"""The engineer's way to the broker: one connection at a time, made again when it is lost, with the same subscriptions.

It reads births and deaths of stations and hands on everything else unread. What is sent goes out only on a connection
whose subscriptions all stand, so that no answer comes before somebody listens.
"""

import time
from dataclasses import dataclass

from agent import mqtt_link
from agent.config_broker import MqttSettings
from agent.mqtt_link import PREFIX, Connected, Lost, Published, Received, Session, Subscribed
from agent.mqtt_redial import Redial
from diagnostics import strict_json
from diagnostics.errors import NotAvailable
from diagnostics.measurement import sanitised

SESSION_S = 120  # as long as a command lives: what came while we were away waits for us
MOST_LOSSES, LOSSES_WITHIN_S = 5, 60.0
_STATE_BYTES = 4096
_PAUSES_S = (0.1, 0.5, 1.0, 2.0, 5.0)  # somebody sits there and waits


@dataclass(frozen=True, slots=True, kw_only=True)
class Birth:
    """What a station says of itself on its retained topic, or the broker in its place; `nonce` is '' where it is off.

    Nobody signed it: it decides only what a command names, and the station looks at that itself.
    """

    station: str
    on: bool
    number: int
    nonce: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A message on a topic of answers, unread."""

    digest: str
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """Every subscription stands; `again` where the connection before was lost."""

    again: bool


Happening = Birth | Reply | Ready | Lost | Published


class Post:
    """The connection of one engineer's command; used by one thread."""

    def __init__(self, settings: MqttSettings, *, client_id: str) -> None:
        self._base = f"{PREFIX}/{settings.tenant}"
        self._where = f"broker {settings.host}:{settings.port}"
        self._topics: list[str] = []
        self._connected = self._was_ready = False
        self._answered = 0
        self._losses: list[float] = []
        self._redial = Redial(
            settings, client_id=client_id, pause=_pause, session=Session(expiry_s=SESSION_S, fresh=True)
        )

    @property
    def ready(self) -> bool:
        """Whether every subscription stands now."""
        return self._connected and 0 < len(self._topics) == self._answered

    def hear_state(self, station: str) -> None:
        """Listen to the births of one station, or of all of them (`+`)."""
        self._subscribe(f"{self._base}/{station}/state")

    def hear_replies(self, station: str, digest: str) -> None:
        """Listen to the answers to one command."""
        self._subscribe(f"{self._base}/{station}/reply/{digest}")

    def send(self, station: str, token: str, *, repeat: bool = False, expiry_s: int) -> int | None:
        """Send a command; the number that the broker's answer bears, None where there is no connection now."""
        if not self.ready or self._redial.link is None:
            return None
        topic = f"{self._base}/{station}/in/command"
        return self._redial.link.publish(topic, token.encode(), repeat=repeat, expiry_s=expiry_s)

    def next(self, until: float) -> Happening | None:
        """What happens next; None when nothing did until that monotonic time. NotAvailable where we may not."""
        while (left := until - time.monotonic()) > 0:
            event = self._redial.next(left)
            made = None if event is None else self._read(event)
            if made is not None:
                return made
        return None

    def close(self) -> None:
        """End the connection in order."""
        self._redial.close()

    def _subscribe(self, topic: str) -> None:
        if topic in self._topics:
            return
        self._topics.append(topic)
        if self._connected and self._redial.link is not None:
            self._redial.link.subscribe(topic)

    def _read(self, event: mqtt_link.Event) -> Happening | None:
        if isinstance(event, Received):
            return self._received(event)
        if isinstance(event, Connected):
            self._redial.settled()
            self._connected, self._answered = True, 0
            for topic in self._topics:
                if self._redial.link is not None:
                    self._redial.link.subscribe(topic)
            return None
        if isinstance(event, Subscribed):
            return self._subscribed(event)
        if isinstance(event, Lost):
            self._lose(event)
        return event

    def _lose(self, event: Lost) -> None:
        if self._connected:
            self._losses = [*self._losses[1 - MOST_LOSSES :], time.monotonic()]
        self._connected = False
        if len(self._losses) == MOST_LOSSES and self._losses[-1] - self._losses[0] < LOSSES_WITHIN_S:
            # Two commands on one certificate would take the connection from each other for ever.
            raise NotAvailable(
                f"{event.why}, {MOST_LOSSES} times; end the other command with this certificate, if one runs"
            )

    def _subscribed(self, event: Subscribed) -> Ready | None:
        if event.code >= 0x80:
            told = mqtt_link.reason_words(event.code)
            raise NotAvailable(f"{self._where}: we may not listen to {self._topics[self._answered]}: {told}")
        self._answered += 1
        if not self.ready:
            return None
        again, self._was_ready = self._was_ready, True
        return Ready(again=again)

    def _received(self, event: Received) -> Happening | None:
        if self._redial.link is not None:
            self._redial.link.acknowledge(event)
        station, kind, *rest = [*event.topic.removeprefix(f"{self._base}/").split("/"), ""]
        if kind == "state":
            return read_birth(station, event.payload)
        return Reply(digest=rest[0], payload=event.payload) if kind == "reply" and rest else None


def _pause(failures: int) -> float:
    return _PAUSES_S[min(failures, len(_PAUSES_S) - 1)]


def read_birth(station: str, payload: bytes) -> Birth | None:
    """What a message on `state` says; None where it is none."""
    try:
        made = strict_json.parse_object(payload, size=_STATE_BYTES)
    except strict_json.JsonError:
        return None
    on, number, nonce, version = (made.get(name) for name in ("on", "bd", "boot_nonce", "version"))
    if not isinstance(on, bool) or not isinstance(number, int) or isinstance(number, bool):
        return None
    if on and not (isinstance(nonce, str) and 0 < len(nonce) <= 64 and nonce.isascii() and nonce.isprintable()):
        return None
    told = sanitised(version, 40) if isinstance(version, str) else ""
    return Birth(station=sanitised(station, 64), on=on, number=number, nonce=str(nonce) if on else "", version=told)


def births(post: Post, quiet_s: float = 0.5, patience_s: float = 30.0) -> list[Birth]:
    """What the broker holds of all stations; NotAvailable where it cannot be reached."""
    post.hear_state("+")
    found: dict[str, Birth] = {}
    until, why = time.monotonic() + patience_s, "it did not answer"
    while (happened := post.next(until)) is not None:
        if isinstance(happened, Birth):
            found[happened.station] = happened
        if isinstance(happened, Lost):
            why = happened.why
        elif post.ready:
            until = min(until, time.monotonic() + quiet_s)  # all that it holds comes at once
    if not post.ready:
        raise NotAvailable(f"the broker cannot be reached: {why}")
    return list(found.values())
