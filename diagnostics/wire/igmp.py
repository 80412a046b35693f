"""Joins a multicast group as a set-top box does, watches the stream, leaves again: delays and loss (RFC 2236, 3376).

Frames are sent raw, in the ordered VLAN where there is one; where nothing comes there, the group is asked for once in
every other. It is left also when this is interrupted; `igmp_release` leaves it for a killed child.
"""

import itertools
import socket
import struct
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from diagnostics.wire.echo import checksum
from diagnostics.wire.kernel_filter import ipv4_to
from diagnostics.wire.port import Port, own_address, tagged, untagged

BEFORE_S = 0.2
JOIN_S = 4.0
SEARCH_S = 0.8  # after the last VLAN was asked
WATCH_S = 1.0
LEAVE_S = 2.5  # last member query: 2 x 1 s (RFC 2236 8.8)
QUIET_S = 0.4
_VLANS = range(1, 4095)
_BATCH, _PAUSE_S = 64, 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A group as it is joined: IGMP version, source (version 3 only) and VLAN stack, outermost first."""

    group: str
    source: str = ""
    version: int = 3
    vlans: tuple[int, ...] = ()
    priority: int = 0


def run(
    interface: str,
    group: str,
    source: str = "",
    version: int = 3,
    vlans: Sequence[int] = (),
    before_s: float = BEFORE_S,
    join_s: float = JOIN_S,
    watch_s: float = WATCH_S,
    leave_s: float = LEAVE_S,
    quiet_s: float = QUIET_S,
    search_s: float = SEARCH_S,
) -> Iterator[dict[str, Any]]:
    """Yield what flowed before, the join delay, what was counted while watching, and the leave delay.

    Where nothing came, first in which other VLANs the group runs.
    """
    member = Membership(group=group, source=source, version=version, vlans=tuple(vlans))
    with Port(interface, [ipv4_to(group)]) as port:
        before = _watch(port, member, before_s, most=1)
        yield {"before": before.packets}
        yield {"joining": True}  # said before it is sent: whoever hears this can leave for us
        try:
            asked_at = report(port, member)
            first = _watch(port, member, join_s, most=1)
            yield {"join_ms": first.after_ms(asked_at, first.first_at)}
            if not first.packets:
                yield {"searching": True}
                yield {"elsewhere": [list(stack) for stack in _found(port, member, search_s)]}
            else:
                yield {"watched": _watch(port, member, watch_s).told()}
        finally:
            left_at = report(port, member, leave=True)
        last = _watch(port, member, leave_s, quiet_s=quiet_s) if first.packets else first
        yield {"leave_ms": last.after_ms(left_at, last.last_at), "flowing": last.flowing}


def report(port: Port, member: Membership, *, leave: bool = False) -> float:
    """Send the membership report, or the leave; returns the wall time at which it went out."""
    frame = tagged(report_frame(port.mac, own_address(port.interface), member, leave), member.vlans, member.priority)
    sent_at = time.time()
    port.send(frame)
    return sent_at


def _found(port: Port, member: Membership, listen_s: float) -> list[tuple[int, ...]]:
    """Where the group runs beside the ordered VLAN; it is asked for there, and left again whatever happens."""
    found: list[tuple[int, ...]] = []
    try:
        for _ in everywhere_else(port, member, leave=False):
            found += _stacks(port, member, _PAUSE_S)
            if found:
                break
        found += [] if found else _stacks(port, member, listen_s, most=1)
    finally:
        for _ in everywhere_else(port, member, leave=True):
            found += _stacks(port, member, _PAUSE_S)
    return list(dict.fromkeys(found))


def everywhere_else(port: Port, member: Membership, *, leave: bool) -> Iterator[None]:
    """Report, or leave, in every single VLAN but the ordered one and without a tag; yields after each few."""
    frame = report_frame(port.mac, own_address(port.interface), member, leave)
    targets = iter([(), *((vlan,) for vlan in _VLANS)])
    while batch := list(itertools.islice(targets, _BATCH)):
        for stack in batch:
            if stack != member.vlans:
                port.send(tagged(frame, stack, member.priority))
        yield


def _stacks(port: Port, member: Membership, listen_s: float, *, most: int = 0) -> list[tuple[int, ...]]:
    """The VLANs in which packets of the group are seen within this time, the ordered one not among them."""
    found = set[tuple[int, ...]]()
    for arrival in port.receive(time.monotonic() + listen_s):
        bare = untagged(arrival.raw)
        if bare is None or bare[0].stack == member.vlans or bare[0].stack in found:
            continue
        if read(arrival.raw, replace(member, vlans=bare[0].stack)) is not None:
            found.add(bare[0].stack)
        if most and len(found) >= most:
            break
    return sorted(found)


def report_frame(mac: bytes, own: str, member: Membership, leave: bool) -> bytes:
    """An IGMP report or leave as an untagged frame, with the router alert option."""
    from scapy.layers.inet import IP, IPOption_Router_Alert
    from scapy.layers.l2 import Ether

    target, message = _version3(member, leave) if member.version == 3 else _version2(member, leave)
    header = IP(src=own or "0.0.0.0", dst=target, ttl=1, proto=2, tos=0xC0, options=[IPOption_Router_Alert()])
    return bytes(Ether(src=mac, dst=group_mac(target)) / header / _summed(message))


def _version3(member: Membership, leave: bool) -> tuple[str, bytes]:
    kinds = {(False, False): 4, (False, True): 3, (True, False): 5, (True, True): 6}  # RFC 3376 4.2.12
    sources = [socket.inet_aton(member.source)] if member.source else []
    record = struct.pack("!BBH", kinds[bool(sources), leave], 0, len(sources)) + socket.inet_aton(member.group)
    return "224.0.0.22", struct.pack("!BBHHH", 0x22, 0, 0, 0, 1) + record + b"".join(sources)


def _version2(member: Membership, leave: bool) -> tuple[str, bytes]:
    message = struct.pack("!BBH", 0x17 if leave else 0x16, 0, 0) + socket.inet_aton(member.group)
    return "224.0.0.2" if leave else member.group, message


def _summed(message: bytes) -> bytes:
    """An IGMP message with its checksum (RFC 3376 4.1.2): scapy's own IGMP layers differ from version to version."""
    return message[:2] + struct.pack("!H", checksum(message)) + message[4:]


def group_mac(group: str) -> bytes:
    """The MAC address of an IPv4 group (RFC 1112 6.4)."""
    low = [int(word) for word in group.split(".")]
    return bytes([0x01, 0x00, 0x5E, low[1] & 0x7F, low[2], low[3]])


@dataclass(slots=True, kw_only=True)
class Stream:
    """What was seen of a group: packets, wall times of the first and the last, RTP sequence numbers by source."""

    packets: int = 0
    first_at: float = 0.0
    last_at: float = 0.0
    flowing: bool = False
    sequences: dict[int, list[int]] = field(default_factory=dict)
    outside: int = 0

    def take(self, payload: bytes, seen_at: float) -> None:
        """Count one packet of the group."""
        self.packets += 1
        self.first_at = self.first_at or seen_at
        self.last_at = seen_at
        if len(payload) >= 12 and payload[0] >> 6 == 2:  # RFC 3550 5.1
            number, source = struct.unpack_from("!H4xI", payload, 2)
            self.sequences.setdefault(source, []).append(number)

    def after_ms(self, since: float, moment: float) -> float | None:
        """Milliseconds from then to a moment; None where there was no packet."""
        return round(max(0.0, moment - since) * 1000, 3) if self.packets else None

    def told(self) -> dict[str, Any]:
        """The counts as a JSON object; lost and expected only where the stream is RTP."""
        numbers = max(self.sequences.values(), key=len, default=[])
        made: dict[str, Any] = {
            "packets": self.packets,
            "rtp": len(numbers) * 2 > self.packets,
            "outside": self.outside,
        }
        if made["rtp"]:
            made["expected"], made["lost"] = losses(numbers)
        return made


def losses(numbers: Sequence[int]) -> tuple[int, int]:
    """Packets expected and lost, by 16-bit sequence numbers in the order of arrival (RFC 3550 A.3)."""
    extended = [numbers[0]]
    for number in numbers[1:]:
        step = (number - extended[-1] + 0x8000) % 0x10000 - 0x8000
        extended.append(extended[-1] + step)
    expected = max(extended) - min(extended) + 1
    return expected, expected - len(set(extended))


def _watch(port: Port, member: Membership, wait_s: float, *, most: int = 0, quiet_s: float = 0.0) -> Stream:
    """See the group for so long; until `most` packets came, or until it was quiet for so long."""
    stream = Stream()
    begin = time.monotonic()
    end = begin + wait_s
    while (now := time.monotonic()) < end:
        got = False
        for arrival in port.receive(min(end, now + quiet_s) if quiet_s else end):
            got = True
            payload = read(arrival.raw, member)
            if payload is None:
                stream.outside += 1
                continue
            stream.take(payload, arrival.seen_at)
            if most and stream.packets >= most:
                return stream
            if quiet_s:
                break
        if quiet_s and not got and time.monotonic() < end:
            return stream
    stream.flowing = bool(quiet_s and stream.packets)
    return stream


def read(frame: bytes, member: Membership) -> bytes | None:
    """The UDP payload of a packet of the group in its VLAN; None for every other frame, also a broken one."""
    bare = untagged(frame)
    if bare is None or bare[0].ethertype != 0x0800:
        return None
    if member.vlans and bare[0].stack and bare[0].stack != member.vlans:
        return None
    if bool(member.vlans) != bool(bare[0].stack):
        return None
    packet = bare[1][14:]
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] != 17:
        return None
    start = (packet[0] & 0xF) * 4
    return packet[start + 8 :] if len(packet) >= start + 8 else None
