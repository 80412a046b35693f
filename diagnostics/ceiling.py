"""What TCP can carry at most over a port, worked out before a run; pure arithmetic of RFC 6349 4.1.1."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from diagnostics.instruments import Layer

_HEADER = 14 + 4  # Ethernet header and check sequence
_BETWEEN = 8 + 12  # preamble and gap
_LEAST = 46  # the shortest content of an Ethernet frame
_PPPOE = 8  # PPPoE header 6, PPP protocol 2 (RFC 2516 4)
_TAG = 4  # IEEE 802.1Q
_TCP, _TIMESTAMPS = 20, 12  # RFC 9293 3.1, RFC 7323 3.2 with its padding
_IP = {4: 20, 6: 40}
_ACKNOWLEDGE_EACH = 2  # full segments (RFC 5681 4.2)

REACH = 0.99  # the share of its ceiling that a healthy port can be relied on to show


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What packets look like on the port: IP packet size in bytes, PPPoE or not, VLAN tags, IP version, TCP timestamps.

    On a half-duplex port the acknowledgements of the other direction take their share of the wire.
    """

    mtu_bytes: int = 1500
    pppoe: bool = False
    tags: int = 0
    family: int = 4
    timestamps: bool = True
    half_duplex: bool = False

    @property
    def payload_ratio(self) -> float:
        """TCP payload over wire bytes of a full packet."""
        wire = float(self._wire(self.mtu_bytes))
        if self.half_duplex:
            wire += self._wire(self._headers) / _ACKNOWLEDGE_EACH
        return self.segment_bytes / wire

    def layer_factor(self, layer: Layer) -> float:
        """By what a TCP payload rate grows when whole IP packets or Ethernet frames (with check sequence) count."""
        frame = self.mtu_bytes + self._link
        return {"tcp_payload": 1.0, "ip": self.mtu_bytes / self.segment_bytes, "ethernet": frame / self.segment_bytes}[
            layer
        ]

    def __str__(self) -> str:
        words = [f"MTU {self.mtu_bytes} B", f"IPv{self.family}", f"PPPoE {'on' if self.pppoe else 'off'}"]
        words.append(f"VLAN tags {self.tags}")
        words.append(f"TCP timestamps {'on' if self.timestamps else 'off'}")
        return ", ".join([*words, *(["half duplex"] if self.half_duplex else [])])

    @property
    def _headers(self) -> int:
        return _IP[self.family] + _TCP + (_TIMESTAMPS if self.timestamps else 0)

    @property
    def segment_bytes(self) -> int:
        """TCP payload of a full packet."""
        return self.mtu_bytes - self._headers

    @property
    def _link(self) -> int:
        return _HEADER + self.tags * _TAG + (_PPPOE if self.pppoe else 0)

    def _wire(self, packet: int) -> int:
        short = max(0, _LEAST - packet - (_PPPOE if self.pppoe else 0))
        return packet + short + self._link + _BETWEEN


def payload_ceiling_mbps(port_mbps: float, path: Path) -> float:
    """The highest TCP payload rate in Mbit/s that a port of this speed can carry."""
    return port_mbps * path.payload_ratio


def port_needed_mbps(floor_mbps: float, path: Path) -> int:
    """The slowest standard port speed in Mbit/s that can prove a floor; zero where none can."""
    for speed in (10, 100, 1000, 2500, 5000, 10000, 25000):
        if floor_mbps <= REACH * payload_ceiling_mbps(speed, path):
            return speed
    return 0


def remedies(floor_mbps: float, port_mbps: float, path: Path) -> str:
    """What to change so that a floor of TCP payload in Mbit/s can be shown, each change enough by itself."""
    return ", or ".join([*_lighter(floor_mbps, port_mbps, path), *_faster(floor_mbps, path), "name other criteria"])


def _lighter(floor_mbps: float, port_mbps: float, path: Path) -> Iterator[str]:
    for words, changed in (
        ("let the link negotiate full duplex", replace(path, half_duplex=False)),
        ("test over IPv4", replace(path, family=4)),
        ("test without VLAN tags", replace(path, tags=0)),
    ):
        if changed != path and floor_mbps <= REACH * payload_ceiling_mbps(port_mbps, changed):
            yield words


def _faster(floor_mbps: float, path: Path) -> Iterator[str]:
    needed = port_needed_mbps(floor_mbps, path)
    yield f"use ports of {needed} Mbit/s on both sides" if needed else "no standard port can show it"
