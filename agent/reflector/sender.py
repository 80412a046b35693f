"""Sending receipts to the acceptor: each that waits in a folder, until the broker took it for somebody.

The station sends the same receipts with its records; this way is for the runs that a station would rather not show.
"""

import contextlib
import queue
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from agent import mqtt_link, seal
from agent.config_broker import MqttSettings
from agent.mqtt_link import PREFIX, Connected, Lost, Published
from diagnostics.errors import BadConfiguration

_TICK_S = 1.0
_RETRY_S = 30.0


class Sender:
    """Hands the receipts of one reflector to one broker."""

    def __init__(self, settings: MqttSettings, *, name: str, folder: Path, say: Callable[[str], None]) -> None:
        mqtt_link.check_settings(settings)
        self._settings = settings
        self._client_id = f"prooflight-{settings.tenant}-{name}"
        self._topic = f"{PREFIX}/{settings.tenant}/{name}/receipt"
        self._folder = folder
        self._say = say
        self._events: queue.SimpleQueue[tuple[int, mqtt_link.Event | None]] = queue.SimpleQueue()
        self._link: mqtt_link.Link | None = None
        self._number = 0
        self._connected = False
        self._connect_at = 0.0
        self._on_way: dict[int, Path] = {}
        self._later: dict[Path, float] = {}

    def wake(self) -> None:
        """Look for new receipts, and at `stop`, now; may be called from any thread."""
        self._events.put((0, None))

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set."""
        try:
            while not stop.is_set():
                self._step()
        finally:
            if self._link is not None:
                self._link.close()

    def _step(self) -> None:
        if self._link is None and time.monotonic() >= self._connect_at:
            self._connect()
        elif self._connected:
            self._send()
        try:
            number, event = self._events.get(timeout=_TICK_S)
        except queue.Empty:
            return
        if event is not None and number == self._number:
            self._on_event(event)

    def _connect(self) -> None:
        self._number += 1
        number = self._number
        try:
            self._link = mqtt_link.Link(
                self._settings, client_id=self._client_id, tell=lambda event: self._events.put((number, event))
            )
        except BadConfiguration as error:
            self._drop(str(error))

    def _send(self) -> None:
        assert self._link is not None
        now = time.monotonic()
        for path in sorted(self._folder.glob("*.jws")):
            if path in self._on_way.values() or self._later.get(path, 0.0) > now:
                continue
            if len(self._on_way) >= mqtt_link.RECEIVE_MAXIMUM:
                return
            token = path.read_text()
            mid = self._link.publish(f"{self._topic}/{seal.digest_of(token)}", token.encode())
            if mid is None:
                return
            self._on_way[mid] = path

    def _on_event(self, event: mqtt_link.Event) -> None:
        match event:
            case Connected():
                self._connected = True
            case Published(mid=mid, code=code) if mid in self._on_way:
                path = self._on_way.pop(mid)
                if code == 0:
                    with contextlib.suppress(FileNotFoundError):
                        path.unlink()
                else:
                    self._later[path] = time.monotonic() + _RETRY_S
                    self._say(f"a receipt was not taken: {mqtt_link.reason_words(code)}; it goes out again")
            case Lost(why=why):
                self._drop(why)

    def _drop(self, why: str) -> None:
        link, self._link, self._connected = self._link, None, False
        self._number += 1
        self._on_way.clear()
        self._connect_at = time.monotonic() + random.uniform(_RETRY_S / 10, _RETRY_S)
        self._say(f"{why}; receipts wait")
        if link is not None:
            link.close()
