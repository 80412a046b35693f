"""Who else claims our address, who answers for the gateway's, and whether our own frames come back (RFC 5227).

A few frames, a second of listening; the kernel drops everything that has nothing to do with these addresses.
"""

import os
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

from diagnostics.wire.kernel_filter import ARP, arp_from, source_mac
from diagnostics.wire.port import Port, hardware_address, own_address, untagged, written

LISTEN_S = 1.0
_TRIES = 3
_EXPERIMENTAL = 0x88B5  # IEEE 802 local experimental EtherType
_ETHERNET_IPV4 = b"\x00\x01\x08\x00\x06\x04"
_BROADCAST = b"\xff" * 6


def run(interface: str, gateway: str = "", listen_s: float = LISTEN_S, enough: int = 0) -> Iterator[dict[str, Any]]:
    """Yield one line: our address and who else claims it, who answers for the gateway, own frames sent and returned.

    `enough` ends the listening once so many claims and returned frames were heard.
    """
    own = own_address(interface)
    asked = [address for address in (own, gateway) if address]
    token = os.urandom(16)
    claims: dict[str, set[str]] = {address: set() for address in asked}
    returned = 0
    with Port(interface, [source_mac(hardware_address(interface)), *map(arp_from, asked)]) as port:
        mac, begin = port.mac, time.monotonic()
        probe = _frame(mac, token)
        for attempt in range(_TRIES):
            port.send(probe)
            for address in asked:
                port.send(arp_probe(mac, address))
            for arrival in port.receive(begin + listen_s * (attempt + 1) / _TRIES):
                returned += arrival.raw[6:12] == mac and token in arrival.raw[12:]
                claim = claimed(arrival.raw)
                if claim is not None and claim[0] in claims and claim[1] != written(mac):
                    claims[claim[0]].add(claim[1])
                if enough and returned + sum(map(len, claims.values())) >= enough:
                    break
            if enough and returned + sum(map(len, claims.values())) >= enough:
                break
    yield {
        "address": own,
        "others": sorted(claims.get(own, ())),
        "gateway": gateway,
        "gateway_macs": sorted(claims.get(gateway, ())),
        "sent": _TRIES,
        "returned": returned,
    }


def _frame(mac: bytes, token: bytes) -> bytes:
    return _BROADCAST + mac + struct.pack("!H", _EXPERIMENTAL) + b"prooflight loop " + token + bytes(16)


def arp_probe(mac: bytes, address: str) -> bytes:
    """An ARP probe: who has this address? It names no sender address, so that it spoils nobody's cache."""
    asked = _ETHERNET_IPV4 + struct.pack("!H", 1) + mac + bytes(4) + bytes(6) + socket.inet_aton(address)
    return _BROADCAST + mac + struct.pack("!H", ARP) + asked + bytes(18)


def claimed(frame: bytes) -> tuple[str, str] | None:
    """The address that an ARP frame claims, and the MAC that claims it; None for every other frame.

    RFC 826, read here by hand: scapy would take longer to start than the whole task.
    """
    bare = untagged(frame)
    if bare is None or bare[0].ethertype != ARP or bare[1][14:20] != _ETHERNET_IPV4 or len(bare[1]) < 42:
        return None
    address = bare[1][28:32]
    return (socket.inet_ntoa(address), written(bare[1][22:28])) if any(address) else None
