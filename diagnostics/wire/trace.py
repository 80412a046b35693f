"""The way to one address, hop by hop: echo requests with a rising hop limit, and who answered each. IPv4.

One hop after the other, so that each is told as soon as it is known; a router that stays silent costs its patience and
no more. It never sends more than so many packets, and never to another address than the one that it was given.
"""

import os
import socket
import time
from collections.abc import Iterator
from typing import Any

from diagnostics.wire.arrivals import arrivals, stamp
from diagnostics.wire.path import echo_request, read

MOST_HOPS = 30
MOST_TRIES = 3
PATIENCE_S = 1.0
SILENT_HOPS = 5  # after so many in a row nothing more is to be expected
_PAYLOAD = 32


def run(
    interface: str, address: str, hops: int, tries: int, patience_s: float = PATIENCE_S
) -> Iterator[dict[str, Any]]:
    """Yield a line for each hop: who answered, in ms (null: nobody), and whether that was the `end` of the way."""
    silent = 0
    with _Tracer(interface, address) as tracer:
        for hop in range(1, min(hops, MOST_HOPS) + 1):
            heard = tracer.probe(hop, min(tries, MOST_TRIES), patience_s)
            yield {"hop": hop, **heard}
            silent = silent + 1 if not heard["addresses"] else 0
            if heard["end"] or silent == SILENT_HOPS:
                return


class _Tracer:
    """One raw ICMP socket whose hop limit rises."""

    def __init__(self, interface: str, address: str) -> None:
        self._address = address
        self._ident = int.from_bytes(os.urandom(2), "big")
        self._number = 0
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        stamp(self._sock)

    def __enter__(self) -> "_Tracer":
        return self

    def __exit__(self, *ending: object) -> None:
        self._sock.close()

    def probe(self, hop: int, tries: int, patience_s: float) -> dict[str, Any]:
        """Send the echo requests of one hop, and listen until all are answered or the patience is over."""
        self._sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, hop)
        sent_at: dict[int, float] = {}
        for _ in range(tries):
            self._number += 1
            sent_at[self._number] = time.time()
            self._sock.sendto(echo_request(self._ident, self._number, _PAYLOAD), (self._address, 0))
        found: dict[int, tuple[str, float, str]] = {}
        for arrival in arrivals(self._sock, time.monotonic() + patience_s):
            heard = read(arrival.raw)
            if heard is not None and heard["id"] == self._ident and heard["number"] in sent_at:
                ms = (arrival.seen_at - sent_at[heard["number"]]) * 1000
                found.setdefault(heard["number"], (heard["from"], round(max(0.0, ms), 3), heard["kind"]))
            if len(found) == len(sent_at):
                break
        answers = [found.get(number) for number in sent_at]
        ends = {answer[2] for answer in answers if answer is not None} - {"exceeded"}
        return {
            "addresses": list(dict.fromkeys(answer[0] for answer in answers if answer is not None)),
            "ms": [None if answer is None else answer[1] for answer in answers],
            "end": next(iter(sorted(ends)), ""),
        }
