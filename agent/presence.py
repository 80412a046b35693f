"""The station's presence on its broker: birth and death on its retained topic `state`, counted.

A death that bears a smaller number than the last birth is of an older connection. The broker may publish such a will
late and then keeps it; so the birth is said again from time to time, and the last word is always the living one's.
"""

import contextlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agent.chain import Chain
from agent.disk import Disk
from agent.mqtt_link import Link, Will
from agent.version import VERSION
from diagnostics import strict_json


class Presence:
    """What is said of this station, connection by connection; the count is kept in the file `births`.

    `more` is what a birth says beside its own: by which kit the station works.
    """

    def __init__(self, chain: Chain, base: str, births: Path, more: Callable[[], Mapping[str, Any]] = dict) -> None:
        self._chain = chain
        self._more = more
        self._topic = f"{base}/state"
        self._births = births
        self._number = 0
        # Not by the connection: to an engineer another nonce says that the station was started again.
        self.nonce = os.urandom(16).hex()

    def will(self) -> Will:
        """The will of the connection that is made now; counts it."""
        self._number = next_birth(self._births)
        return Will(topic=self._topic, payload=self._death())

    def tell_birth(self, link: Link) -> None:
        """Say that we are there."""
        last = self._chain.links[-1:]
        place: dict[str, Any] = {"epoch": last[0].epoch, "seq": last[0].seq} if last else {"epoch": 1, "seq": 0}
        state = {"on": True, "bd": self._number, "boot_nonce": self.nonce, "version": VERSION}
        link.publish(self._topic, strict_json.write({**self._more(), **state, **place}), retain=True)

    def tell_death(self, link: Link) -> None:
        """Say that we leave in order."""
        link.publish(self._topic, self._death(), retain=True)

    def _death(self) -> bytes:
        return strict_json.write({"on": False, "bd": self._number})


def next_birth(path: Path) -> int:
    """Count one more connection in a file, so that a death of an older one is told from a death of this one."""
    try:
        last = int(path.read_text())
    except (OSError, ValueError):
        last = 0
    with contextlib.suppress(OSError):  # a full disk must not keep results from leaving it
        Disk().replace(path, f"{last + 1}\n".encode())
    return last + 1
