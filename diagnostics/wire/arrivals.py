"""What arrives at a socket, with the kernel's own time of arrival, until a moment; it never waits longer than that."""

import select
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_SO_TIMESTAMPNS = 35
_MOST_LATE = 1000  # packets that lay there when time was up: enough for a slow machine, an end under a flood


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Bytes as they arrived, when (wall clock, seconds), and what the kernel said beside them."""

    raw: bytes
    seen_at: float
    ancillary: tuple[tuple[int, int, bytes], ...] = ()


def stamp(sock: socket.socket) -> None:
    """Have the kernel write the time of arrival beside each packet."""
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)


def arrivals(sock: socket.socket, until: float) -> Iterator[Arrival]:
    """What arrives until then (monotonic clock), also where we only come to look at it later; nothing is dropped."""
    ends_at = time.time() + until - time.monotonic()
    late = 0
    while late < _MOST_LATE and select.select([sock], [], [], max(0.0, until - time.monotonic()))[0]:
        late += time.monotonic() >= until
        raw, ancillary, _, _ = sock.recvmsg(65535, 256)
        seen_at = arrival_time(ancillary)
        yield Arrival(raw=raw, seen_at=seen_at, ancillary=tuple(ancillary))  # also the first that came too late
        if seen_at > ends_at:
            return


def arrival_time(ancillary: Iterable[tuple[int, int, bytes]]) -> float:
    """When the kernel saw a packet (wall clock), from what it said beside it; now, where it did not say."""
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = struct.unpack("qq", data[:16])
            return float(seconds + nanoseconds / 1e9)
    return time.time()
