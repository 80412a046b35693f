"""A broker that is called again and again: one connection at a time, the next one after a pause.

The events of the connection that stands come out in their order, those of an older one never. It sends nothing and
subscribes to nothing by itself; what to say on a new connection is its owner's.
"""

import queue
import time
from collections.abc import Callable
from dataclasses import replace

from agent import mqtt_link
from agent.config_broker import MqttSettings
from agent.mqtt_link import Event, Link, Lost, Session, Will
from diagnostics.errors import BadConfiguration

_SOONEST_S = 0.01


class Redial:
    """The connections of one client to one broker; used by one thread, except for `wake`.

    `pause` says how many seconds to wait after so many connections that came to nothing; `will` is made anew for each;
    so many messages as `receive_maximum` are on their way to us at once; a `fresh` session begins
    anew once, with the first connection that is of use.
    ConfigError where the settings' password or certificates cannot be used.
    """

    def __init__(
        self,
        settings: MqttSettings,
        *,
        client_id: str,
        pause: Callable[[int], float],
        will: Callable[[], Will] | None = None,
        receive_maximum: int = mqtt_link.RECEIVE_MAXIMUM,
        session: Session = mqtt_link.LASTING,
    ) -> None:
        mqtt_link.check_settings(settings)
        self._settings = settings
        self._client_id = client_id
        self._pause = pause
        self._will = will
        self._receive_maximum = receive_maximum
        self._session = session
        self._events: queue.SimpleQueue[tuple[int, Event | None]] = queue.SimpleQueue()
        self._number = 0  # of the connection; an event of an older one counts no more
        self._failures = 0
        self._call_at = 0.0
        self.link: Link | None = None

    def wake(self) -> None:
        """Let `next` return now; may be called from any thread and from a signal handler."""
        self._events.put((0, None))

    def next(self, patience_s: float) -> Event | None:
        """The next event, or None when none came in time; calls the broker where that is due.

        With Lost the connection is given up already, and the next one waits for its pause.
        """
        now = time.monotonic()
        if self.link is None and now >= self._call_at:
            self._call()
        wait = patience_s if self.link else min(patience_s, max(_SOONEST_S, self._call_at - now))
        try:
            number, event = self._events.get(timeout=wait) if wait > 0 else self._events.get_nowait()
        except queue.Empty:
            return None
        if number != self._number:
            return None
        if isinstance(event, Lost):
            self.hang_up()
        return event

    def settled(self) -> None:
        """This connection is of use: after it the pauses begin again with the shortest."""
        self._failures = 0
        self._session = replace(self._session, fresh=False)

    def hang_up(self) -> None:
        """Give this connection up; the next one is made after its pause."""
        self._call_at = time.monotonic() + self._pause(self._failures)
        self._failures += 1
        self._end()

    def close(self) -> None:
        """End the connection in order; `next` would make a new one at once."""
        self._call_at = 0.0
        self._end()

    def _call(self) -> None:
        self._number += 1
        number = self._number
        try:
            self.link = Link(
                self._settings,
                client_id=self._client_id,
                tell=lambda event: self._events.put((number, event)),
                will=self._will() if self._will else None,
                receive_maximum=self._receive_maximum,
                session=self._session,
            )
        except BadConfiguration as error:  # a password file that was right when we started
            self._events.put((number, Lost(why=str(error))))

    def _end(self) -> None:
        link, self.link = self.link, None
        self._number += 1
        if link is not None:
            link.close()
