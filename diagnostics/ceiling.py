"""What TCP can carry at most over a port, worked out before a run; pure arithmetic of RFC 6349 4.1.1."""

from dataclasses import dataclass

_ETHERNET = 38  # preamble 8, header 14, check sequence 4, gap 12
_PPPOE = 8  # PPPoE header 6, PPP protocol 2 (RFC 2516 4)
_TAG = 4  # IEEE 802.1Q
_TCP_TIMESTAMPS = 20 + 12
_IP = {4: 20, 6: 40}

REACH = 0.99  # the share of its ceiling that a healthy port can be relied on to show


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """What packets look like on the port: IP packet size in bytes, PPPoE or not, VLAN tags, IP version."""

    mtu_bytes: int = 1500
    pppoe: bool = False
    tags: int = 0
    family: int = 4

    @property
    def segment_bytes(self) -> int:
        """TCP payload of a full packet, timestamps on."""
        return self.mtu_bytes - _IP[self.family] - _TCP_TIMESTAMPS

    @property
    def payload_ratio(self) -> float:
        """TCP payload over wire bytes of a full packet, timestamps on."""
        wire = self.mtu_bytes + _ETHERNET + self.tags * _TAG + (_PPPOE if self.pppoe else 0)
        return self.segment_bytes / wire


def payload_ceiling_mbps(port_mbps: float, path: Path) -> float:
    """The highest TCP payload rate in Mbit/s that a port of this speed can carry."""
    return port_mbps * path.payload_ratio


def port_needed_mbps(floor_mbps: float, path: Path) -> int:
    """The slowest standard port speed in Mbit/s that can prove a floor; zero where none can."""
    for speed in (10, 100, 1000, 2500, 5000, 10000, 25000):
        if floor_mbps <= REACH * payload_ceiling_mbps(speed, path):
            return speed
    return 0
