"""The tally of one run: what the kernel's counters of its sockets add up to, second by second; no clock, no socket.

A socket counts once, by the highest that was seen of it; one from another address than the admitted one is foreign.
"""

from collections.abc import Iterable

from agent.reflector.sock_diag import Counted
from diagnostics.instruments import Direction

FIRST_BYTES = 65536  # more than what a control connection says


class Tally:
    """Counters of one port, and the series that they make; times are microseconds on the caller's clock."""

    def __init__(self, direction: Direction, source: str) -> None:
        self._direction = direction
        self._source = source
        self._sockets: dict[int, Counted] = {}
        self._began_us: int | None = None
        self._grown_us = 0
        self.series: list[tuple[int, int]] = []
        self.foreign = ""

    @property
    def seen(self) -> bool:
        """Whether anybody has connected."""
        return bool(self._sockets)

    @property
    def began(self) -> bool:
        """Whether the data flows, or has."""
        return self._began_us is not None

    @property
    def bytes(self) -> int:
        """Bytes that reached the other end of the line: acknowledged by the station going down, received going up."""
        return sum(each.acked if self._direction == "down" else each.received for each in self._sockets.values())

    @property
    def retransmits(self) -> int:
        """Segments that were sent again."""
        return sum(each.retransmits for each in self._sockets.values())

    @property
    def min_rtt_us(self) -> int | None:
        """The least round trip of any socket."""
        return min((each.min_rtt_us for each in self._sockets.values() if each.min_rtt_us), default=None)

    def note(self, counted: Iterable[Counted], now_us: int) -> None:
        """Take in what was counted of this port's sockets."""
        before = self.bytes
        for each in counted:
            if each.peer != self._source:
                self.foreign = self.foreign or each.peer
                continue
            known = self._sockets.get(each.cookie)
            if known is None or each.acked + each.received >= known.acked + known.received:
                self._sockets[each.cookie] = each
        if self.bytes > before:
            self._grown_us = now_us
        if self._began_us is None and self.bytes >= FIRST_BYTES:
            self._began_us = now_us
            self.series.append((0, self.bytes))

    def next_sample_us(self, now_us: int) -> int | None:
        """When the next whole second since the first byte is; None before it."""
        if self._began_us is None:
            return None
        done = self.series[-1][0] // 1_000_000
        return max(self._began_us + (done + 1) * 1_000_000, now_us)

    def sample(self, now_us: int) -> None:
        """Enter the series' next point, where a whole second has passed."""
        if self._began_us is not None and now_us - self._began_us >= (self.series[-1][0] // 1_000_000 + 1) * 1_000_000:
            self.series.append((now_us - self._began_us, self.bytes))

    def end(self) -> None:
        """Enter the tail: the last total, at the time when it was noticed."""
        if self._began_us is not None:
            self.series.append((max(self._grown_us - self._began_us, self.series[-1][0] + 1), self.bytes))

    def wall_us(self) -> tuple[int | None, int | None]:
        """When the first and the last byte were seen, on the caller's clock."""
        return (None, None) if self._began_us is None else (self._began_us, self._grown_us)
