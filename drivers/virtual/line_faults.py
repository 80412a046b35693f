"""What can be wrong with a virtual line beyond its rate: loss, an MTU hole, a second device that takes its share.

Each is put on a line that stands, and taken off again by the same call with nothing. `access` is the PON between ONT
and gateway, `core` lies behind the gateway: a fault there the gateway does not show.
"""

import subprocess
import sys
from typing import Literal

from drivers.virtual.line import CROSS_ADDRESS, HOME_ADDRESS, VirtualLine
from drivers.virtual.namespace import Namespace, need_programs

Place = Literal["access", "core"]
Way = Literal["down", "up"]

CROSS_PORT = 9  # discard
_GROUP = "239.255.0.9"  # administratively scoped (RFC 2365)
_CROSS = (sys.executable, "-m", "drivers.virtual.cross_traffic")
_WHOLE = 1_000_000


def lose(line: VirtualLine, ratio: float, *, place: Place = "access", ways: tuple[Way, ...] = ("down", "up")) -> None:
    """Drop this share of the packets at random, each by itself; 0 drops none."""
    need_programs("nft")
    for way in ("down", "up"):
        sender, interface, receiver, arrival = _ends(line, place, way)
        # A veth hands on up to 64 KB at once; loss is of single packets, so they must travel singly.
        sender.ip([f"link set {interface} gso_max_segs {1 if ratio and way in ways else 65535}"])
        rules = "add table netdev loss; delete table netdev loss;"
        if ratio and way in ways:
            rules += (
                "add table netdev loss;"
                f"add chain netdev loss lost {{ type filter hook ingress device {arrival} priority 0; }};"
                f"add rule netdev loss lost counter numgen random mod {_WHOLE} < {round(ratio * _WHOLE)} counter drop"
            )
        receiver.run("nft", rules)


def _ends(line: VirtualLine, place: Place, way: Way) -> tuple[Namespace, str, Namespace, str]:
    """Sending host and interface, receiving host and interface of one place in one direction."""
    ends = {
        "access": (line.access, "olt0", line.ont, "pon0"),
        "core": (line.core, "edge0", line.access, "core0"),
    }[place]
    return ends if way == "down" else (*ends[2:], *ends[:2])


def narrow(line: VirtualLine, mtu_bytes: int, *, told: bool = False) -> None:
    """Let only packets of this size through behind the gateway; 1500 ends it.

    Not `told` is a black hole: what is too big vanishes without an ICMP message. Below 1280 bytes IPv6 ends there.
    """
    need_programs("nft")
    for host, interface in ((line.access, "core0"), (line.core, "edge0")):
        host.ip([f"link set {interface} mtu {mtu_bytes}"])
        rules = "add table inet hole; delete table inet hole;"
        if mtu_bytes < 1500 and not told:
            rules += (
                "add table inet hole;"
                "add chain inet hole silent { type filter hook output priority 0; };"
                "add rule inet hole silent icmp type destination-unreachable icmp code 4 drop;"
                "add rule inet hole silent icmpv6 type packet-too-big drop"
            )
        host.run("nft", rules)


def flood(line: VirtualLine, mbit: float) -> "subprocess.Popen[bytes]":
    """Let the second device send so many layer-2 Mbit/s to a group, which the ONT hands to every port and the PON."""
    line.home.ip([f"route add {_GROUP}/32 dev eth0"])
    return line.home.start_until("sending", [*_CROSS, _GROUP, str(CROSS_PORT), str(mbit)])


def flap(line: VirtualLine, interfaces: tuple[str, ...], *, after_bytes: int, times: int, down_s: float) -> None:
    """Take links of the ONT down and up again, so often and so long, once its LAN port 1 has carried so many octets."""
    words = [sys.executable, "-m", "drivers.virtual.flapping", ",".join(interfaces)]
    line.ont.start_until("watching", [*words, str(after_bytes), str(times), str(down_s)])


def cross(line: VirtualLine, mbit: float, *, way: Way = "down") -> "subprocess.Popen[bytes]":
    """Let the second device take so many layer-2 Mbit/s of the line in UDP; it runs when this returns, until ended."""
    need_programs("nft")
    sender, receiver, address = line.network, line.home, HOME_ADDRESS
    if way == "up":
        sender, receiver, address = line.home, line.network, CROSS_ADDRESS
    rules = (
        "add table inet sink; delete table inet sink; add table inet sink;"
        "add chain inet sink dropped { type filter hook input priority 0; };"
        f"add rule inet sink dropped udp dport {CROSS_PORT} drop"
    )
    receiver.run("nft", rules)
    return sender.start_until("sending", [*_CROSS, address, str(CROSS_PORT), str(mbit)])
