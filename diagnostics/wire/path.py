"""The path to an address: the largest packet that passes unfragmented, who said that it was too large, and the hops.

Echo requests with DF (RFC 1191, RFC 4821): first one of the interface's own size beside a fan of hop limits; only where
that one does not pass, a ladder of sizes. IPv4.
"""

import os
import socket
import struct
import time
from collections.abc import Iterable, Iterator
from typing import Any

from diagnostics.wire.arrivals import arrivals, stamp
from diagnostics.wire.echo import checksum
from diagnostics.wire.port import largest_packet

MOST_HOPS = 16
FIRST_S = 1.0  # for the answer to the largest packet, and for the hops
LADDER_S = 0.8
_LADDER = (1492, 1480, 1476, 1472, 1460, 1452, 1440, 1420, 1400, 1380, 1360, 1320, 1280, 1200, 1100, 1000, 800, 576)
_TRIES = 2  # each time that a size is tried, the largest up to three times: what a lossy line loses is no hole
_HEADERS = 28
_IP_MTU_DISCOVER, _PMTUDISC_PROBE = 10, 3
_HOP_BASE = 0x4000  # sequence numbers of the hop probes; those of the size probes are the sizes


def run(interface: str, address: str, first_s: float = FIRST_S, ladder_s: float = LADDER_S) -> Iterator[dict[str, Any]]:
    """Yield the hops, then the sizes that were tried, the largest that passed, and who signalled a smaller limit."""
    most = min(largest_packet(interface), 9000)
    with _Prober(interface, address) as prober:
        prober.fan()
        prober.sizes([most])
        prober.listen(first_s, until_passed=most)
        yield {"hops": prober.hops()}
        if most not in prober.passed:
            prober.sizes(size for size in (*_LADDER, most) if size <= most)  # the largest anew: a line may lose some
            prober.listen(ladder_s)
            for size in sorted(prober.limits):
                prober.sizes([size])
            prober.sizes((*_between(max(prober.passed, default=0), most), most))
            prober.listen(ladder_s)
        yield {
            "most": most,
            "largest": max(prober.passed, default=0),
            "signalled": [{"from": who, "limit": limit} for limit, who in sorted(prober.limits.items())],
        }


def _between(passed: int, most: int) -> Iterable[int]:
    """The sizes between the largest that passed and the next of the ladder."""
    above = [size for size in (*_LADDER, most) if size > passed]
    return range(passed + 1, min(above, default=passed + 1)) if passed else ()


class _Prober:
    """One raw ICMP socket, and what came back over it."""

    def __init__(self, interface: str, address: str) -> None:
        self._address = address
        self._ident = int.from_bytes(os.urandom(2), "big")
        self.passed: set[int] = set()
        self.limits: dict[int, str] = {}
        self._hops: dict[int, tuple[str, float]] = {}
        self._reached = 0
        self._sent_at: dict[int, float] = {}
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        self._sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _PMTUDISC_PROBE)
        stamp(self._sock)

    def __enter__(self) -> "_Prober":
        return self

    def __exit__(self, *ending: object) -> None:
        self._sock.close()

    def fan(self) -> None:
        """One small echo request for each hop limit."""
        for hop in range(1, MOST_HOPS + 1):
            self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hop)
            self._send(_HOP_BASE + hop, 32)
        self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 64)

    def sizes(self, sizes: Iterable[int]) -> None:
        """Echo requests that make IP packets of these sizes."""
        for size in sizes:
            for _ in range(_TRIES):
                self._send(size, size - _HEADERS)

    def _send(self, number: int, payload: int) -> None:
        raw = echo_request(self._ident, number, max(0, payload))
        self._sent_at[number] = time.time()
        try:
            self._sock.sendto(raw, (self._address, 0))
        except OSError:
            return  # larger than the interface's own limit, or no route: it did not pass

    def listen(self, wait_s: float, until_passed: int = 0) -> None:
        """Take in answers for so long; shorter where a size has passed and every hop before the target is known."""
        end = time.monotonic() + wait_s
        for arrival in arrivals(self._sock, end):
            self._take(read(arrival.raw), arrival.seen_at)
            if until_passed in self.passed and self._reached and len(self._hops) >= self._reached:
                return

    def _take(self, heard: dict[str, Any] | None, seen_at: float) -> None:
        if heard is None or heard["id"] != self._ident or heard["number"] not in self._sent_at:
            return
        number, hop = heard["number"], heard["number"] - _HOP_BASE
        if hop > 0 and heard["kind"] in ("echo", "exceeded"):
            if heard["kind"] == "echo":
                self._reached = min(self._reached or hop, hop)
            self._hops.setdefault(hop, (heard["from"], (seen_at - self._sent_at[number]) * 1000))
            self._hops = {at: seen for at, seen in self._hops.items() if not self._reached or at <= self._reached}
        elif heard["kind"] == "echo":
            self.passed.add(number)
        elif heard["kind"] == "too_big" and hop <= 0:
            self.limits[heard["limit"]] = heard["from"]

    def hops(self) -> list[dict[str, Any]]:
        """Each hop up to the target, or up to the last that answered; silent ones without an address."""
        last = self._reached or max(self._hops, default=0)
        made = []
        for hop in range(1, last + 1):
            address, ms = self._hops.get(hop, ("", 0.0))
            made.append({"hop": hop, "address": address, "ms": round(max(0.0, ms), 3)})
        return made


_REFUSALS = (0, 1, 9, 10, 13)  # of destination unreachable: net, host, and what is prohibited (RFC 792, RFC 1812)
_KINDS = {(0, 0): "echo", (11, 0): "exceeded", (3, 4): "too_big"} | {(3, code): "unreachable" for code in _REFUSALS}


def echo_request(ident: int, number: int, payload: int) -> bytes:
    """An ICMP echo request (RFC 792) whose payload is zeros, so that its checksum is that of its header."""
    header = struct.pack("!BBHHH", 8, 0, 0, ident, number)
    return header[:2] + struct.pack("!H", checksum(header)) + header[4:] + bytes(payload)


def read(raw: bytes) -> dict[str, Any] | None:
    """What an IPv4 packet says of one of our probes: passed, hop limit exceeded, too big, or not let through.

    Read here by hand: scapy would take longer to start than the whole task.
    """
    header = _icmp(raw)
    kind = _KINDS.get((header[0], header[1])) if len(header) >= 8 else None
    if kind is None:
        return None
    quoted = header if kind == "echo" else _icmp(header[8:])
    if len(quoted) < 8:
        return None
    ident, number = struct.unpack_from("!HH", quoted, 4)
    limit = struct.unpack_from("!H", header, 6)[0] if kind == "too_big" else 0
    return {"kind": kind, "id": ident, "number": number, "from": socket.inet_ntoa(raw[12:16]), "limit": limit}


def _icmp(packet: bytes) -> bytes:
    """The ICMP message inside an IPv4 packet, also one cut short; empty where there is none."""
    if len(packet) < 20 or packet[0] >> 4 != 4 or packet[9] != socket.IPPROTO_ICMP:
        return b""
    return packet[max(20, (packet[0] & 0xF) * 4) :]
