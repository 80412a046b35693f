"""The services of a virtual line beyond addresses and names, honest and otherwise; each ends with its host.

Sessions, multicast, telephony, a page that is always the same; a loop, a resolver that takes its time, tags around the
service, reflectors that serve somebody else.
"""

import json
import sys
from typing import Any

from drivers.virtual.line import GATEWAY_ADDRESS, VirtualLine
from drivers.virtual.namespace import Namespace, need_programs

UPLINK = "olt0"  # the access network's end of the PON
CLIENT_ADDRESS = "192.88.99.7"  # public by its number, and nobody's since RFC 7526
BEHIND = "inner0"  # where the access network serves, once tags stand around its service


def serve_sessions(line: VirtualLine, **ways: Any) -> None:
    """Start a concentrator in the access network that behaves as `peers.concentrator.Ways` says; it carries packets."""
    line.core.ip([f"route add {CLIENT_ADDRESS} via 198.18.0.17"])
    given = {"address": CLIENT_ADDRESS, "dns": [GATEWAY_ADDRESS], "forward": True}
    _concentrator(line.access, UPLINK, given | ways)


def serve_sessions_at_home(line: VirtualLine, **ways: Any) -> None:
    """Start a second concentrator on the customer's second device."""
    _concentrator(line.home, "eth0", ways)


def _concentrator(host: Namespace, interface: str, ways: dict[str, Any]) -> None:
    host.start_until('"ready"', _peer("concentrator", interface), said=json.dumps(ways) + "\n")


def refuse_leases(line: VirtualLine, words: str) -> None:
    """Start a DHCP server that offers an address and refuses it in these words."""
    offer = ("--server", GATEWAY_ADDRESS, "--offer", "198.18.0.4", "--nak", words)
    line.access.start_until("ready", _peer("dhcp_server", UPLINK, *offer))


def slow_names(line: VirtualLine, port: int, least_s: float, most_s: float, seed: int) -> None:
    """Stand before the gateway's resolver, which serves on another port, and take this long for each answer."""
    words = (GATEWAY_ADDRESS, str(port), str(least_s), str(most_s), str(seed))
    line.access.start_until("ready", _peer("slow_resolver", *words))


def serve_page(host: Namespace, address: str, status: int, *, port: int = 80) -> None:
    """Answer every page of an address with this status: 204, or one that sends on to a log-in page."""
    host.start_until("ready", _peer("portal", address, str(port), str(status)))


def capture_pages(line: VirtualLine) -> None:
    """Let the gateway send every page that the line asks for to a log-in page of its own."""
    need_programs("nft")
    serve_page(line.access, GATEWAY_ADDRESS, 302, port=8080)
    line.access.run(
        "nft",
        "add table ip portal;"
        "add chain ip portal before { type nat hook prerouting priority -100; };"
        f"add rule ip portal before iifname != core0 tcp dport 80 dnat to {GATEWAY_ADDRESS}:8080",
    )


def loop_frames(line: VirtualLine) -> None:
    """Let the customer's second port send every broadcast back."""
    line.home.start_until("ready", _peer("frame_loop", "eth0"))


def serve_group(line: VirtualLine, group: str, *ways: str, interface: str = UPLINK) -> None:
    """Send a multicast group to who joins it; `ways` are the words of `peers.multicast_sender`."""
    line.access.start_until("ready", _peer("multicast_sender", interface, "--group", group, *ways))


def serve_registrar(line: VirtualLine, address: str, **account: str) -> None:
    """Start a SIP registrar with one account (`peers.registrar.Account`) at an address behind the gateway."""
    said = json.dumps({"address": address, **account}) + "\n"
    line.network.start_until("ready", _peer("registrar"), said=said)


def tag_service(line: VirtualLine, *vlans: int) -> None:
    """Put the gateway and all that it serves behind these tags, outermost first; call it before anything serves."""
    address = f"{GATEWAY_ADDRESS}/29"
    # A kernel answers ARP for all its addresses on every interface, also where it does not serve.
    line.access.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/arp_ignore")
    line.access.ip(
        [
            f"link add {BEHIND} type veth peer name outer0",
            "link set outer0 up",
            f"link set {BEHIND} up",
            f"address del {address} dev {UPLINK}",
            f"address add {address} dev {BEHIND}",
        ]
    )
    line.access.start_until("ready", _peer("vlan_switch", UPLINK, "outer0", *map(str, vlans)))


def occupy(line: VirtualLine, address: str) -> None:
    """Let somebody else test against a reflector, slowly and for long."""
    words = ["iperf3", "-c", address, "-t", "3600", "-b", "64K", "-l", "1K", "--forceflush"]
    line.core.start_until("connected to", words)


def hold_back(line: VirtualLine, buffer_bytes: int) -> None:
    """Give the reflectors' connections no more than this much in flight, as old servers far away have it."""
    for name in ("tcp_rmem", "tcp_wmem"):
        line.network.run("sh", "-c", f"echo 4096 16384 {buffer_bytes} > /proc/sys/net/ipv4/{name}")


def _peer(module: str, *words: str) -> list[str]:
    return [sys.executable, "-m", f"drivers.virtual.peers.{module}", *words]
