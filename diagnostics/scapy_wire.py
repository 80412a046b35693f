"""Raw packets on the line: scapy builds and reads them, in a child that alone needs CAP_NET_RAW.

Parent half `WireChild`, child half `main`. A frame that cannot be read is passed over, never believed and never fatal.
"""

import contextlib
import json
import os
import select
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from diagnostics.child import Bounds, namespace_prefix, never, run_child
from diagnostics.instruments import Echoes
from diagnostics.measurement import Failure
from diagnostics.route import off_line

_WAIT_S = 1.0  # for the last answer; a longer round trip counts as loss
_SO_TIMESTAMPNS = 35


class WireChild:
    """Raw packets on one interface of one network namespace."""

    def __init__(self, interface: str, namespace: str = "", *, cancelled: Callable[[], bool] = never) -> None:
        self._interface = interface
        self._namespace = namespace
        self._cancelled = cancelled

    def echo(self, address: str, *, count: int, interval_s: float) -> Echoes | Failure:
        """Send ICMP echo requests and time the answers."""
        stray = off_line(address, interface=self._interface, namespace=self._namespace)
        if stray is not None:
            return stray
        answers: list[dict[str, Any]] = []
        ending = run_child(
            "diagnostics.scapy_wire",
            {"address": address, "interface": self._interface, "count": count, "interval_s": interval_s},
            bounds=Bounds(deadline_s=10 + count * interval_s, output_bytes=1 << 20),
            on_line=answers.append,
            prefix=namespace_prefix(self._namespace),
            cancelled=self._cancelled,
        )
        if ending.kind != "done" or len(answers) != 1:
            return Failure(kind="instrument_limit", stage="echo", detail=ending.detail or "no answer")
        if "failure" in answers[0]:
            return Failure(**answers[0]["failure"])
        return Echoes(sent=answers[0]["sent"], rtts_ms=tuple(answers[0]["rtts_ms"]))


def main() -> int:
    """Answer one request on standard input with one line on standard output."""
    request = json.loads(sys.stdin.readline())
    print(json.dumps(_echo(**request)))
    return 0


def _echo(address: str, interface: str, count: int, interval_s: float) -> dict[str, Any]:
    try:
        sock = _open(address, interface)
    except PermissionError:
        detail = "raw packets need CAP_NET_RAW: run as root, or setcap cap_net_raw+ep on the agent's python"
        return {"failure": {"kind": "instrument_limit", "stage": "echo", "detail": detail}}
    with sock:
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
    return {"sent": count, "rtts_ms": [round(rtt * 1000, 4) for _, rtt in sorted(rtts.items())]}


def _open(address: str, interface: str) -> socket.socket:
    if ":" in address:
        sock = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    else:
        sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
    sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
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
    for raw, seen_at in _arrivals(sock, until):
        number = _answered(raw, sock.family == socket.AF_INET6, ident)
        if number in sent_at and number not in rtts:
            rtts[number] = max(0.0, seen_at - sent_at[number])
        if len(rtts) == len(sent_at) and time.monotonic() >= until:
            return


def _arrivals(sock: socket.socket, until: float) -> Iterator[tuple[bytes, float]]:
    """What arrives until then, with the kernel's own time of arrival."""
    while (left := until - time.monotonic()) > 0:
        if not select.select([sock], [], [], left)[0]:
            return
        raw, ancillary, _, _ = sock.recvmsg(65535, 256)
        seen_at = time.time()
        for level, kind, data in ancillary:
            if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                seconds, nanoseconds = struct.unpack("qq", data[:16])
                seen_at = seconds + nanoseconds / 1e9
        yield raw, seen_at


def _answered(raw: bytes, six: bool, ident: int) -> int | None:
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


if __name__ == "__main__":
    sys.exit(main())
