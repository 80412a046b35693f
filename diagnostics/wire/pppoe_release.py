"""Ends a PPPoE session that was named earlier: LCP Terminate-Request, then PADT; also one whose holder was killed."""

import time
from collections.abc import Iterator
from typing import Any

from diagnostics.ppp.packet import LCP, TERMINATE_ACK, TERMINATE_REQUEST, Packet, read_packet
from diagnostics.wire import pppoe_frames as frames
from diagnostics.wire.pppoe_frames import Discovery
from diagnostics.wire.pppoe_port import Link, Port

_WAIT_S = 1.0
_IDENT = 0xAA


def run(interface: str, peer: str, number: int) -> Iterator[dict[str, Any]]:
    """End the session of this number with this peer (its MAC in hex), and yield how the peer took it."""
    with Port(interface) as port:
        yield {"released": release(Link(port, peer=bytes.fromhex(peer), number=number), wait_s=_WAIT_S)}


def release(link: Link, *, wait_s: float = 0.0) -> str:
    """`acknowledged` where the peer terminated the link in time, else `sent`; PADT goes out in any case."""
    request = Packet(code=TERMINATE_REQUEST, ident=_IDENT, data=b"measured")
    try:
        link.send([(LCP, request.raw())])
        return "acknowledged" if _acknowledged(link, wait_s) else "sent"
    finally:
        padt = frames.write_padt(source=link.port.mac, target=link.peer, session=link.number)
        link.port.discovery.send(padt)


def _acknowledged(link: Link, wait_s: float) -> bool:
    until = time.monotonic() + wait_s
    while seen := link.receive(until):
        if isinstance(seen, Discovery):
            if seen.code == frames.PADT and seen.session == link.number and seen.source == link.peer:
                return True
            continue
        packet = read_packet(seen[1]) if seen[0] == LCP else None
        if packet is not None and (packet.code, packet.ident) == (TERMINATE_ACK, _IDENT):
            return True
    return False
