"""ICMP echo requests and their answers; a frame that cannot be read is passed over, never believed and never fatal."""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from typing import Any

from diagnostics.wire.arrivals import arrivals, stamp

_WAIT_S = 1.0  # for the last answer; a longer round trip counts as loss


def run(interface: str, address: str, count: int, interval_s: float) -> Iterator[dict[str, Any]]:
    """Send echo requests and yield one line: how many were sent, and the round trips of those answered, in ms."""
    with _open(address, interface) as sock:
        sent_at: dict[int, float] = {}
        rtts: dict[int, float] = {}
        ident = os.getpid() & 0xFFFF
        begin = time.monotonic()
        for number in range(count):
            _send(sock, address, ident, number, sent_at)
            _collect(sock, ident, sent_at, rtts, begin + (number + 1) * interval_s)
        end = time.monotonic() + _WAIT_S
        while len(rtts) < len(sent_at) and time.monotonic() < end:
            _collect(sock, ident, sent_at, rtts, min(end, time.monotonic() + 0.05))
    yield {"sent": count, "rtts_ms": [round(rtt * 1000, 4) for _, rtt in sorted(rtts.items())]}


def _open(address: str, interface: str) -> socket.socket:
    if ":" in address:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    else:
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    stamp(sock)
    return sock


def _send(sock: socket.socket, address: str, ident: int, number: int, sent_at: dict[int, float]) -> None:
    from scapy.layers.inet import ICMP
    from scapy.layers.inet6 import ICMPv6EchoRequest

    if sock.family == socket.AF_INET6:
        packet = ICMPv6EchoRequest(id=ident, seq=number, data=b"prooflight")  # the kernel fills the checksum in
    else:
        packet = ICMP(type="echo-request", id=ident, seq=number) / b"prooflight"
    raw = bytes(packet)
    sent_at[number] = time.time()
    with contextlib.suppress(OSError):  # not sent is not answered: it counts as lost
        sock.sendto(raw, (address, 0))


def _collect(sock: socket.socket, ident: int, sent_at: dict[int, float], rtts: dict[int, float], until: float) -> None:
    for arrival in arrivals(sock, until):
        number = answered(arrival.raw, sock.family == socket.AF_INET6, ident)
        if number in sent_at and number not in rtts:
            rtts[number] = max(0.0, arrival.seen_at - sent_at[number])
        if len(rtts) == len(sent_at) and time.monotonic() >= until:
            return


def answered(raw: bytes, six: bool, ident: int) -> int | None:
    """The number of our request that a packet answers; None for every other packet, also a broken one."""
    from scapy.layers.inet import ICMP, IP
    from scapy.layers.inet6 import ICMPv6EchoReply

    try:
        if six:
            reply = ICMPv6EchoReply(raw)
            return int(reply.seq) if reply.type == 129 and reply.id == ident else None
        packet = IP(raw)
        if ICMP not in packet or packet[ICMP].type != 0 or packet[ICMP].id != ident:
            return None
        return int(packet[ICMP].seq)
    except Exception:  # scapy raises whatever its field parsers meet
        return None
