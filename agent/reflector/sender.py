"""Sending receipts to the acceptor: each that waits in a folder, until the broker took it for somebody.

The station sends the same receipts with its records; this way is for the runs that a station would rather not show.
What was handed over is kept for a week, and goes out again when the broker has forgotten us, and perhaps it.
"""

import contextlib
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

from agent import mqtt_link, seal
from agent.config_broker import MqttSettings
from agent.mqtt_link import PREFIX, Connected, Event, Lost, Published
from agent.mqtt_redial import Redial

_TICK_S = 1.0
_RETRY_S = 30.0
_KEPT_S = 7 * 24 * 3600


class Sender:
    """Hands the receipts of one reflector to one broker."""

    def __init__(self, settings: MqttSettings, *, name: str, folder: Path, say: Callable[[str], None]) -> None:
        client_id = f"prooflight-{settings.tenant}-{name}"
        self._redial = Redial(settings, client_id=client_id, pause=lambda failures: _pause())
        self._topic = f"{PREFIX}/{settings.tenant}/{name}/receipt"
        self._folder = folder
        self._handed = folder.parent / "handed"
        self._say = say
        self._connected = False
        self._on_way: dict[int, Path] = {}
        self._later: dict[Path, float] = {}

    def wake(self) -> None:
        """Look for new receipts, and at `stop`, now; may be called from any thread."""
        self._redial.wake()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set."""
        try:
            while not stop.is_set():
                if self._connected:
                    self._send()
                self._on_event(self._redial.next(_TICK_S))
        finally:
            self._redial.close()

    def _send(self) -> None:
        assert self._redial.link is not None
        now = time.monotonic()
        for path in sorted(self._folder.glob("*.jws")):
            if path in self._on_way.values() or self._later.get(path, 0.0) > now:
                continue
            if len(self._on_way) >= mqtt_link.RECEIVE_MAXIMUM:
                return
            token = path.read_text()
            mid = self._redial.link.publish(f"{self._topic}/{seal.digest_of(token)}", token.encode())
            if mid is None:
                return
            self._on_way[mid] = path

    def _on_event(self, event: Event | None) -> None:
        match event:
            case Connected(session_present=known):
                self._connected = True
                if not known:
                    self._take_back()
            case Published(mid=mid, code=code) if mid in self._on_way:
                path = self._on_way.pop(mid)
                if code == 0:
                    self._put_by(path)
                else:
                    self._later[path] = time.monotonic() + _RETRY_S
                    self._say(f"a receipt was not taken: {mqtt_link.reason_words(code)}; it goes out again")
            case Lost(why=why):
                self._connected = False
                self._on_way.clear()
                self._say(f"{why}; receipts wait")

    def _put_by(self, path: Path) -> None:
        """Keep what was handed over for a week, since the broker may forget it."""
        with contextlib.suppress(FileNotFoundError):
            self._handed.mkdir(mode=0o700, exist_ok=True)
            path.rename(self._handed / path.name)
        old = time.time() - _KEPT_S
        for kept in self._handed.glob("*.jws"):
            if kept.stat().st_mtime < old:
                kept.unlink()

    def _take_back(self) -> None:
        for path in self._handed.glob("*.jws"):
            path.rename(self._folder / path.name)


def _pause() -> float:
    return random.uniform(_RETRY_S / 10, _RETRY_S)
