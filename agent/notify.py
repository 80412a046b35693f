"""What systemd is told: that we are ready, what we do, and that we are alive; nothing where it did not ask (sd_notify).

The sign of life comes only from whoever calls `beat`, so that a station whose main loop hangs is started anew.
"""

import contextlib
import socket
from collections.abc import Callable, Mapping

_LONGEST = 400


class Notify:
    """The service manager's socket, by the environment that it gave us."""

    def __init__(self, environ: Mapping[str, str], monotonic: Callable[[], float]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        limit_us = environ.get("WATCHDOG_USEC", "")
        self._every_s = int(limit_us) / 4_000_000 if limit_us.isdigit() else None
        self._monotonic = monotonic
        self._due_at = 0.0

    def ready(self, words: str) -> None:
        """We serve."""
        self._send(f"READY=1\nSTATUS={_line(words)}")

    def status(self, words: str) -> None:
        """What we do now, for `systemctl status`."""
        self._send(f"STATUS={_line(words)}")

    def stopping(self) -> None:
        """We are about to end."""
        self._send("STOPPING=1")

    def beat(self) -> None:
        """The main loop turns; may be called as often as it does."""
        if self._every_s is not None and self._monotonic() >= self._due_at:
            self._due_at = self._monotonic() + self._every_s
            self._send("WATCHDOG=1")

    def _send(self, message: str) -> None:
        if self._address:
            address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
            with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                line.setblocking(False)  # a manager that is slow to read must not hold up a test
                line.sendto(message.encode(), address)


def _line(words: str) -> str:
    return " ".join(words.split())[:_LONGEST]
