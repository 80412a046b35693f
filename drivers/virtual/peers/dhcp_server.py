"""A DHCP server that does what dnsmasq will not: refuse what it offered, echo a relay's option, be a rogue."""

import argparse
import sys
import time

from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from diagnostics.wire.kernel_filter import udp4_to
from diagnostics.wire.port import Port

_DISCOVER, _REQUEST, _RELEASE = 1, 3, 7


def main() -> None:
    """Serve on an interface until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("interface")
    parser.add_argument("--server")
    parser.add_argument("--offer")
    parser.add_argument("--nak", default="")
    parser.add_argument("--lag", type=float, default=0.0, help="seconds before each offer")
    parser.add_argument("--mute", action="store_true")
    parser.add_argument("--option82", action="store_true")
    wanted = parser.parse_args()
    with Port(wanted.interface, [udp4_to(67)]) as port:
        print("ready", file=sys.stderr, flush=True)
        while True:
            for arrival in port.receive(time.monotonic() + 60):
                _answer(port, Ether(arrival.raw), wanted)


def _answer(port: Port, packet: Ether, wanted: argparse.Namespace) -> None:
    options = {option[0]: option[1] for option in packet[DHCP].options if isinstance(option, tuple)}
    asked = options.get("message-type")
    if asked == _RELEASE:
        print("released", packet[BOOTP].ciaddr, file=sys.stderr, flush=True)
    if asked == _REQUEST and wanted.mute:
        return
    if asked not in (_DISCOVER, _REQUEST) or options.get("server_id", wanted.server) != wanted.server:
        return
    if asked == _DISCOVER:
        time.sleep(wanted.lag)
    foreign = options.get("requested_addr", wanted.offer) != wanted.offer
    kind = "offer" if asked == _DISCOVER else "nak" if wanted.nak or foreign else "ack"
    said = [("message-type", kind), ("server_id", wanted.server)]
    said += [("error_message", wanted.nak or "wrong network")] if kind == "nak" else [("lease_time", 600)]
    said += [("relay_agent_information", b"\x01\x04port")] if wanted.option82 else []
    bootp = BOOTP(
        op=2, xid=packet[BOOTP].xid, chaddr=packet[BOOTP].chaddr, yiaddr=wanted.offer if kind != "nak" else "0.0.0.0"
    )
    datagram = IP(src=wanted.server, dst="255.255.255.255") / UDP(sport=67, dport=68)
    port.send(bytes(Ether(src=port.mac, dst="ff:ff:ff:ff:ff:ff") / datagram / bootp / DHCP(options=[*said, "end"])))


if __name__ == "__main__":
    main()
