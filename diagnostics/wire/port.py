"""A raw port on the line's interface: frames out, frames in, each with the VLAN tags that it had on the wire.

The kernel and the NIC take a tag out of the frame and tell it beside; it is put back here, so that what is read is what
was on the wire. What we send ourselves does not come in.
"""

import fcntl
import socket
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import TracebackType

from diagnostics.wire.arrivals import Arrival, arrivals, stamp
from diagnostics.wire.kernel_filter import Pattern, attach

_ETH_P_ALL = 3
_SOL_PACKET = 263
_ADD_MEMBERSHIP, _AUXDATA, _IGNORE_OUTGOING = 1, 8, 23
_PROMISCUOUS = 1
_VLAN_VALID, _TPID_VALID = 0x10, 0x40
_SIOCGIFADDR, _SIOCGIFHWADDR, _SIOCGIFMTU = 0x8915, 0x8927, 0x8921
_BUFFER_BYTES = 1 << 20
TPIDS = (0x8100, 0x88A8, 0x9100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    """The VLAN tags of a frame from the outside in, the priority of the outermost, and the type behind them."""

    stack: tuple[int, ...]
    priority: int
    ethertype: int


class Port:
    """One raw socket on one interface that sees only what matches its patterns."""

    def __init__(self, interface: str, patterns: Sequence[Pattern], *, own_frames: bool = False) -> None:
        self.interface = interface
        self.mac = hardware_address(interface)
        self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        attach(self._sock, patterns)  # before it is bound: not one frame gets in unfiltered
        stamp(self._sock)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._sock.setsockopt(_SOL_PACKET, _AUXDATA, 1)
        self._sock.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, int(not own_frames))
        self._sock.bind((interface, _ETH_P_ALL))
        index = socket.if_nametoindex(interface)
        # Promiscuous, or the NIC's own filter drops frames of VLANs and groups that the kernel does not know.
        self._sock.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, struct.pack("iHH8s", index, _PROMISCUOUS, 0, b""))

    def send(self, frame: bytes) -> None:
        """Put a frame on the wire as it is."""
        self._sock.send(frame)

    def receive(self, until: float) -> Iterator[Arrival]:
        """The frames that arrive until then (monotonic clock), with their tags."""
        for arrival in arrivals(self._sock, until):
            yield _with_tag(arrival)

    def __enter__(self) -> "Port":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sock.close()


def _with_tag(arrival: Arrival) -> Arrival:
    """Put the tag that the kernel took out back to where it was."""
    for level, kind, data in arrival.ancillary:
        if (level, kind) == (_SOL_PACKET, _AUXDATA) and len(data) >= 20:
            status, tci, tpid = struct.unpack_from("I12xHH", data)
            if status & _VLAN_VALID:
                kind_of_tag = tpid if status & _TPID_VALID else TPIDS[0]
                tag = struct.pack("!HH", kind_of_tag, tci)
                return replace(arrival, raw=arrival.raw[:12] + tag + arrival.raw[12:])
    return arrival


def tagged(frame: bytes, stack: Sequence[int], priority: int = 0) -> bytes:
    """The frame in a stack of VLANs, outermost first: IEEE 802.1ad outside where there are two, 802.1Q inside."""
    tags = b""
    for place, vlan in enumerate(stack):
        tpid = TPIDS[1] if place == 0 and len(stack) > 1 else TPIDS[0]
        tags += struct.pack("!HH", tpid, priority << 13 | vlan)
    return frame[:12] + tags + frame[12:]


def untagged(frame: bytes) -> tuple[Tags, bytes] | None:
    """The tags of a frame, and the frame without them; None where it is too short to be one."""
    stack: list[int] = []
    priority, at = 0, 12
    while True:
        word = frame[at : at + 4]
        if len(word) < 2:
            return None
        kind = struct.unpack_from("!H", word)[0]
        if kind not in TPIDS or len(stack) == 4:
            return Tags(stack=tuple(stack), priority=priority, ethertype=kind), frame[:12] + frame[at:]
        if len(word) < 4:
            return None
        tci = struct.unpack_from("!H", word, 2)[0]
        if not stack:
            priority = tci >> 13
        stack.append(tci & 0xFFF)
        at += 4


def hardware_address(interface: str) -> bytes:
    """The interface's own MAC address."""
    return _ask(interface, _SIOCGIFHWADDR)[18:24]


def own_address(interface: str) -> str:
    """The interface's first IPv4 address; empty where it has none."""
    try:
        return socket.inet_ntoa(_ask(interface, _SIOCGIFADDR)[20:24])
    except OSError:
        return ""


def largest_packet(interface: str) -> int:
    """The interface's MTU in bytes."""
    return int(struct.unpack_from("i", _ask(interface, _SIOCGIFMTU), 16)[0])


def _ask(interface: str, question: int) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        return fcntl.ioctl(sock, question, struct.pack("16s24x", interface.encode()[:15]))


def written(mac: bytes) -> str:
    """A MAC address as people write it."""
    return mac.hex(":")
