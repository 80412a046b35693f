"""Which VLANs answer behind this port: a DHCP discover, a PADI and an ARP probe in each stack of tags, and without.

Where nothing answers in any of them, every other VLAN is asked once. First our own tagged frame must be seen with its
tags on this very interface; a socket or NIC that loses them could only lie. Each stack is asked by its own number, so
that an answer is known by it even where its tags were lost.
"""

import itertools
import os
import struct
import time
from collections.abc import Iterator, Sequence
from typing import Any

from diagnostics.wire import dhcp
from diagnostics.wire.kernel_filter import PPPOE_DISCOVERY, arp_from, ethertype, udp4_to
from diagnostics.wire.neighbours import arp_probe, claimed
from diagnostics.wire.port import TPIDS, Port, tagged, untagged, written

LISTEN_S = 1.5
PROOF_S = 1.0
SWEEP_S = 0.8  # after the last question to every VLAN
VLANS = range(1, 4095)
_AGAIN_S = 0.5
_BATCH, _PAUSE_S = 64, 0.015  # 64 VLANs at once are some 25 KB: a slow line's queue holds them
_MOST_ELSEWHERE = 4
_ELSEWHERE = 0xFF  # place of what was asked outside the given stacks
_EXPERIMENTAL = 0x88B5  # IEEE 802 local experimental EtherType
_HOST_UNIQ, _PADO = 0x0103, 0x07


def run(
    interface: str,
    stacks: Sequence[Sequence[int]],
    gateway: str = "",
    priority: int = 0,
    listen_s: float = LISTEN_S,
    sweep_s: float = SWEEP_S,
    enough_elsewhere: int = _MOST_ELSEWHERE,
) -> Iterator[dict[str, Any]]:
    """Yield whether tags are seen on this interface, and each answer: the stack asked, the tags it came with.

    Where there is none, also who answers `elsewhere`: in another single VLAN, or in a stack with an asked one.
    """
    asked = [tuple(stack) for stack in stacks]
    visible = all(tags_seen(interface, stack) for stack in asked if stack)
    yield {"visible": visible}
    if not visible:
        return
    patterns = [udp4_to(68), ethertype(PPPOE_DISCOVERY), *([arp_from(gateway)] if gateway else [])]
    with Port(interface, patterns) as port:
        base = int.from_bytes(os.urandom(3), "big") << 8
        begin, again, answered = time.monotonic(), 0.0, set[tuple[int, ...]]()
        while time.monotonic() < begin + listen_s and len(answered) < len(asked):
            if time.monotonic() >= again:
                again = time.monotonic() + _AGAIN_S
                _ask(port, asked, answered, base, gateway, priority)
            for arrival in port.receive(min(again, begin + listen_s)):
                answer = read(arrival.raw, port.mac, base, asked, gateway)
                if answer is not None and tuple(answer["asked"]) not in answered:
                    answered.add(tuple(answer["asked"]))
                    yield {"answer": answer}
                    break
        if not answered:
            sweep = _Sweep(port, asked, base + _ELSEWHERE, enough_elsewhere)
            yield from ({"elsewhere": answer} for answer in sweep.run(sweep_s))


def _ask(
    port: Port, stacks: list[tuple[int, ...]], answered: set[tuple[int, ...]], base: int, gateway: str, priority: int
) -> None:
    for place, stack in enumerate(stacks):
        if stack in answered:
            continue
        frames = [dhcp.discover_frame(port.mac, base + place), padi(port.mac, base + place)]
        if gateway:
            frames.append(arp_probe(port.mac, gateway))
        for frame in frames:
            port.send(tagged(frame, stack, priority))


class _Sweep:
    """Asks in every VLAN that was not asked yet, a few at a time; what answers is known by the tags of its answer."""

    def __init__(self, port: Port, asked: Sequence[tuple[int, ...]], number: int, enough: int) -> None:
        self._port, self._asked, self._number, self._enough = port, asked, number, enough
        self._found = set[tuple[int, ...]]()

    def run(self, listen_s: float) -> Iterator[dict[str, Any]]:
        """Each answer, until there are enough; stacks are asked only where no single VLAN has answered so far."""
        frames = [dhcp.discover_frame(self._port.mac, self._number), padi(self._port.mac, self._number)]
        for targets in unasked(self._asked):
            while (batch := list(itertools.islice(targets, _BATCH))) and len(self._found) < self._enough:
                for stack, frame in itertools.product(batch, frames):
                    self._port.send(tagged(frame, stack))
                yield from self._heard(_PAUSE_S)
            if self._found:
                break
        yield from self._heard(listen_s)

    def _heard(self, listen_s: float) -> Iterator[dict[str, Any]]:
        until = time.monotonic() + listen_s
        for arrival in self._port.receive(until) if len(self._found) < self._enough else ():
            answer = read(arrival.raw, self._port.mac, self._number, [()], "")
            if answer is not None and answer["seen"] and tuple(answer["seen"]) not in (*self._asked, *self._found):
                self._found.add(tuple(answer["seen"]))
                yield answer
            if len(self._found) >= self._enough:
                return


def unasked(asked: Sequence[tuple[int, ...]]) -> Iterator[Iterator[tuple[int, ...]]]:
    """Every single VLAN but those asked; then, around each asked stack of two, every other outer and inner one."""
    singles = {stack[0] for stack in asked if len(stack) == 1}
    yield ((vlan,) for vlan in VLANS if vlan not in singles)
    for outer, inner in (stack for stack in asked if len(stack) == 2):
        others = [(vlan, inner) for vlan in VLANS if vlan != outer]
        yield iter(others + [(outer, vlan) for vlan in VLANS if vlan != inner])


def padi(mac: bytes, number: int) -> bytes:
    """A PPPoE Active Discovery Initiation for any service, known again by its Host-Uniq (RFC 2516)."""
    tags = struct.pack("!HHHHI", 0x0101, 0, _HOST_UNIQ, 4, number)
    head = struct.pack("!HBBHH", PPPOE_DISCOVERY, 0x11, 0x09, 0, len(tags))
    return b"\xff" * 6 + mac + head + tags + bytes(20)


def read(frame: bytes, mac: bytes, base: int, stacks: Sequence[tuple[int, ...]], gateway: str) -> dict[str, Any] | None:
    """Which stack a frame answers, by what, and the tags it came with; None where it answers none."""
    bare = untagged(frame)
    if bare is None:
        return None
    place, by = _place(frame, bare[1], mac, base, len(stacks))
    if by == "" and gateway and bare[0].stack in stacks:
        claim = claimed(frame)  # ARP carries no number of ours: its tags alone say which stack it answers
        if claim is not None and claim[0] == gateway and bare[1][:6] == mac:
            place, by = list(stacks).index(bare[0].stack), "arp"
    if by == "":
        return None
    return {
        "asked": list(stacks[place]),
        "seen": list(bare[0].stack),
        "priority": bare[0].priority,
        "by": by,
        "mac": written(frame[6:12]),
    }


def _place(frame: bytes, bare: bytes, mac: bytes, base: int, stacks: int) -> tuple[int, str]:
    number = _host_uniq(bare)
    if number is not None and bare[:6] == mac and 0 <= number - base < stacks:
        return number - base, "pppoe"
    for place in range(stacks):
        if dhcp.read(frame, base + place, mac) is not None:
            return place, "dhcp"
    return 0, ""


def _host_uniq(bare: bytes) -> int | None:
    """The Host-Uniq of a PADO, where it is a number of ours."""
    if len(bare) < 20 or struct.unpack_from("!H", bare, 12)[0] != PPPOE_DISCOVERY or bare[15] != _PADO:
        return None
    at, end = 20, min(len(bare), 20 + struct.unpack_from("!H", bare, 18)[0])
    while at + 4 <= end:
        kind, size = struct.unpack_from("!HH", bare, at)
        if kind == _HOST_UNIQ and size == 4 and at + 8 <= end:
            return int(struct.unpack_from("!I", bare, at + 4)[0])
        at += 4 + size
    return None


def tags_seen(interface: str, stack: Sequence[int]) -> bool:
    """Whether a frame that we send with these tags is seen on the interface with these tags."""
    token = os.urandom(16)
    with Port(interface, [ethertype(_EXPERIMENTAL), *map(ethertype, TPIDS)], own_frames=True) as ear:
        bare = b"\xff" * 6 + ear.mac + struct.pack("!H", _EXPERIMENTAL) + b"prooflight tags " + token + bytes(16)
        ear_end = time.monotonic() + PROOF_S
        with Port(interface, []) as mouth:
            mouth.send(tagged(bare, stack))
        for arrival in ear.receive(ear_end):
            if token in arrival.raw:
                tags = untagged(arrival.raw)
                return tags is not None and tags[0].stack == tuple(stack)
    return False
