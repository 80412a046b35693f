"""The port: where delivery and remote support meet: commands in, sealed replies out, and whether anybody takes them.

What goes out waits in memory, bounded; a reply leaves it when the broker has taken it. Records never wait for replies:
delivery asks for one only when it has nothing else to send.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from agent.support.limits import TOTAL_BYTES

AT_ONCE = 2  # replies on their way


@dataclass(slots=True, kw_only=True, eq=False)
class Letter:
    """One sealed reply to the command with the digest `of`; `mid` while it is on its way."""

    of: str
    payload: bytes
    mid: int | None = None


class Port:
    """Used by the delivery's thread on one side, by support's threads on the other."""

    def __init__(
        self,
        take: Callable[[bytes, bool], None],
        wanted: Callable[[], bool],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.take = take
        self.wanted = wanted
        self.wake: Callable[[], None] = lambda: None  # the delivery's own
        self._monotonic = monotonic
        self._turn = threading.Lock()
        self._letters: deque[Letter] = deque()
        self._bytes = 0
        self._nonce = ""
        self._alone_since: float | None = None

    @property
    def nonce(self) -> str:
        """The birth that commands must be for; empty before the first one."""
        return self._nonce

    def alone_s(self) -> float:
        """For how long nobody has taken our replies: the broker is away, or says that nobody listens."""
        since = self._alone_since
        return 0.0 if since is None else self._monotonic() - since

    def send(self, of: str, payload: bytes, *, last: bool = False) -> bool:
        """Have a reply sent; False where there is no room for it, unless it is the `last` one to its command."""
        with self._turn:
            if self._bytes + len(payload) > TOTAL_BYTES and not last:
                return False
            self._letters.append(Letter(of=of, payload=payload))
            self._bytes += len(payload)
        self.wake()
        return True

    def born(self, nonce: str) -> None:
        """The broker heard our birth."""
        with self._turn:
            self._nonce = nonce
            self._alone_since = None

    def lost(self) -> None:
        """The broker is away; what was on its way goes out again."""
        with self._turn:
            self._alone_since = self._monotonic() if self._alone_since is None else self._alone_since
            for letter in self._letters:
                letter.mid = None

    def due(self, room: int) -> list[Letter]:
        """The replies to send now, oldest first, so that at most a few are on their way."""
        with self._turn:
            free = min(room, AT_ONCE - self._on_the_way)
            return [letter for letter in self._letters if letter.mid is None][: max(0, free)]

    @property
    def waits(self) -> bool:
        """Whether there is anything that the broker has not taken yet."""
        with self._turn:
            return bool(self._letters)

    @property
    def on_the_way(self) -> int:
        """How many replies the broker has not answered yet."""
        with self._turn:
            return self._on_the_way

    def answered(self, mid: int, code: int, nobody: int) -> bool:
        """Note the broker's answer to a message; whether it was a reply. With code `nobody`, nobody listens there."""
        with self._turn:
            letter = next((letter for letter in self._letters if letter.mid == mid), None)
            if letter is None:
                return False
            self._letters.remove(letter)  # also where it was not taken: a later one says how many there were
            self._bytes -= len(letter.payload)
            if code == 0:
                self._alone_since = None
            elif code == nobody and self._alone_since is None:
                self._alone_since = self._monotonic()
            return True

    @property
    def _on_the_way(self) -> int:
        return sum(letter.mid is not None for letter in self._letters)
