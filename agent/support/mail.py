"""The delivery's half of remote support: asks for commands, hands them in, sends replies when nothing else waits.

Used by the delivery's thread alone. Where a station has no port it does nothing at all.
"""

import time
from collections.abc import Callable

from agent import mqtt_link
from agent.mqtt_link import Event, Link, Lost, Published, Received, Subscribed
from agent.support.command import TOPIC as COMMANDS
from agent.support.port import Port
from agent.support.reply import TOPIC as REPLIES

_DRAIN_S = 2.0


class Mail:
    """Commands and replies on the connections of one station; `base` is what its topics begin with."""

    def __init__(self, port: Port | None, base: str, *, wake: Callable[[], None], say: Callable[[str], None]) -> None:
        self._port = port
        self._commands, self._replies = f"{base}/{COMMANDS}", f"{base}/{REPLIES}"
        self._say = say
        self._asked: int | None = None  # the id of the subscription
        self._takes = 0
        if port is not None:
            port.wake = wake

    def born(self, nonce: str, takes: int) -> None:
        """The broker has heard our birth; it takes so many messages at once."""
        self._takes = takes
        if self._port is not None:
            self._port.born(nonce)

    def lost(self) -> None:
        """The connection is gone."""
        self._asked = None
        if self._port is not None:
            self._port.lost()

    def left_of(self, window: int) -> int:
        """How much of the window is left for records, where the broker has not room enough for both."""
        return window if self._port is None else min(window, self._takes - self._port.on_the_way)

    def send(self, link: Link, others: int) -> None:
        """Send what is due beside so many other messages; ask for commands once there is who may send them.

        Only where a key of role support is pinned, so that nobody else's messages ever come to a station without one.
        """
        if self._port is None:
            return
        if self._asked is None and self._port.wanted():
            self._asked = link.subscribe(self._commands)
        for letter in self._port.due(self._takes - others - self._port.on_the_way):
            letter.mid = link.publish(f"{self._replies}/{letter.of}", letter.payload)

    def drain(self, link: Link, following: Callable[[float], Event | None], others: int) -> bool:
        """Send the last words before we leave, for a moment; whether the connection still stands.

        What else comes meanwhile is not acknowledged, so it comes again.
        """
        end = time.monotonic() + _DRAIN_S
        while self._port is not None and self._port.waits and (left := end - time.monotonic()) > 0:
            self.send(link, others)
            event = following(left)
            if isinstance(event, Lost):
                return False
            if event is not None and not isinstance(event, Received):
                self.heed(event, link)
        return True

    def heed(self, event: Event, link: Link | None) -> bool:
        """Take in what is ours of what happened; whether it was."""
        match event:
            case Subscribed(mid=mid) if mid is not None and mid == self._asked:
                if event.code >= 0x80:  # results go on: only support is not to be had
                    self._say(f"{self._commands}: {mqtt_link.reason_words(event.code)}; no remote support")
                return True
            case Received(topic=self._commands) if link is not None:
                if self._port is not None:
                    self._port.take(event.payload, event.retained)
                link.acknowledge(event)
                return True
            case Published() if self._port is not None:
                return self._port.answered(event.mid, event.code, mqtt_link.NO_SUBSCRIBERS)
        return False
