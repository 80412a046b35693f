"""ICMP echo requests and their answers; a packet that cannot be read is passed over, never believed and never fatal.

Eight bytes of header need no library: this starts at once, and costs a running throughput test next to nothing.
"""

import contextlib
import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

from diagnostics.wire.arrivals import arrival_time, stamp

WAIT_S = 1.0  # for an answer; a longer round trip counts as loss
_REQUEST = {False: 8, True: 128}  # RFC 792, RFC 4443
_REPLY = {False: 0, True: 129}
_DATA = b"prooflight"


def run(interface: str, address: str, count: int, interval_s: float) -> Iterator[dict[str, Any]]:
    """Send echo requests and yield one line: how many were sent, and the round trips of those answered, in ms."""
    with Echo(interface, address) as echo:
        sent_at: dict[int, float] = {}
        rtts: dict[int, float] = {}
        begin = time.monotonic()
        for number in range(count):
            sent_at[number] = echo.send(number)
            _collect(echo, sent_at, rtts, begin + (number + 1) * interval_s)
        end = time.monotonic() + WAIT_S
        while len(rtts) < len(sent_at) and time.monotonic() < end:
            _collect(echo, sent_at, rtts, min(end, time.monotonic() + 0.05))
    yield {"sent": count, "rtts_ms": [round(rtt * 1000, 4) for _, rtt in sorted(rtts.items())]}


def _collect(echo: "Echo", sent_at: dict[int, float], rtts: dict[int, float], until: float) -> None:
    for number, seen_at in echo.answers(until):
        if number in sent_at and number not in rtts:
            rtts[number] = max(0.0, seen_at - sent_at[number])
        if len(rtts) == len(sent_at) and time.monotonic() >= until:
            return


class Echo:
    """A raw socket on one interface that sends numbered echo requests to one address and hears their answers."""

    def __init__(self, interface: str, address: str) -> None:
        self._address = address
        self._six = ":" in address
        self._ident = os.getpid() & 0xFFFF
        family, protocol = (
            (socket.AF_INET6, socket.IPPROTO_ICMPV6) if self._six else (socket.AF_INET, socket.IPPROTO_ICMP)
        )
        self._socket = socket.socket(family, socket.SOCK_RAW, protocol)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        stamp(self._socket)

    def __enter__(self) -> "Echo":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, number: int) -> float:
        """Send one request; its wall time, by which the kernel stamps the answer."""
        sent_at = time.time()
        with contextlib.suppress(OSError):  # not sent is not answered: it counts as lost
            self._socket.sendto(request(self._ident, number & 0xFFFF, self._six), (self._address, 0))
        return sent_at

    def answers(self, until: float, waker: int | None = None) -> Iterator[tuple[int, float]]:
        """The number and the wall time of each answer until that monotonic time, or until `waker` can be read."""
        own = self._socket.fileno()
        watched = [own] if waker is None else [own, waker]
        while (left := until - time.monotonic()) > 0:
            ready = select.select(watched, [], [], left)[0]
            if own not in ready:
                return
            raw, ancillary, _, _ = self._socket.recvmsg(65535, 256)
            number = answered(raw, self._six, self._ident)
            if number is not None:
                yield number, arrival_time(ancillary)


def request(ident: int, number: int, six: bool) -> bytes:
    """An echo request; over IPv6 the kernel fills the checksum in."""
    blank = struct.pack("!BBHHH", _REQUEST[six], 0, 0, ident, number) + _DATA
    return blank if six else blank[:2] + struct.pack("!H", checksum(blank)) + blank[4:]


def checksum(raw: bytes) -> int:
    """The internet checksum of an even number of bytes (RFC 1071)."""
    total: int = sum(struct.unpack(f"!{len(raw) // 2}H", raw))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def answered(raw: bytes, six: bool, ident: int) -> int | None:
    """The number of our request that a packet answers; None for every other packet, also a broken one."""
    if not six:  # a raw IPv4 socket hands the IP header over as well
        if len(raw) < 20 or raw[0] >> 4 != 4 or raw[9] != socket.IPPROTO_ICMP:
            return None
        raw = raw[(raw[0] & 0xF) * 4 :]
    if len(raw) < 8:
        return None
    kind, code, _, heard, number = struct.unpack_from("!BBHHH", raw)
    return int(number) if (kind, code, heard) == (_REPLY[six], 0, ident) else None
