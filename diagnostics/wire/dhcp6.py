"""Router advertisements, and DHCPv6 with prefix delegation from solicit to release (RFC 4861, RFC 8415).

A raw socket asks beside the kernel. What was granted is given back, also when this is interrupted; `dhcp6_release`
gives back what a killed child could not.
"""

import os
import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from diagnostics.wire.kernel_filter import icmp6_of, udp6_to
from diagnostics.wire.port import Port, untagged, written

FIRST_S = 2.0  # for the first router and the first server
OTHERS_S = 0.5  # for further ones, once one has answered
REPLY_S = 1.5
_CLIENT, _ADVERTISEMENT = 546, 134
_ALL_SERVERS, _ALL_ROUTERS = "ff02::1:2", "ff02::2"


def run(
    interface: str, first_s: float = FIRST_S, others_s: float = OTHERS_S, enough: int = 0, reply_s: float = REPLY_S
) -> Iterator[dict[str, Any]]:
    """Yield each router and server that is heard, then the lease asked for, its answer, and that it was given back.

    `enough` ends the wait for further answers once so many routers and servers were heard.
    """
    own = link_local(interface)
    if not own:
        words = f"{interface} has no IPv6 link-local address; switch IPv6 on there"
        yield {"failure": {"kind": "instrument_limit", "stage": "dhcp6", "detail": words}}
        return
    with Port(interface, [udp6_to(_CLIENT), icmp6_of(_ADVERTISEMENT)]) as port:
        client = _Client(port, own)
        servers = []
        for heard in client.solicit(first_s, others_s, enough):
            yield heard
            servers += [heard["server"]] if "server" in heard else []
        if not servers:
            return
        lease = client.lease(servers[0])
        yield {"lease": lease}
        try:
            answer = client.request(servers[0], reply_s)
        finally:
            release(port, lease)
        if answer is not None:
            yield {"reply": answer}
        yield {"released": True}


def link_local(interface: str) -> str:
    """The interface's IPv6 link-local address as the kernel has it; empty where there is none."""
    try:
        lines = Path("/proc/net/if_inet6").read_text().splitlines()
    except OSError:
        return ""
    for line in lines:
        address, _, _, scope, _, name = line.split()
        if name == interface and scope == "20":
            return socket.inet_ntop(socket.AF_INET6, bytes.fromhex(address))
    return ""


class _Client:
    def __init__(self, port: Port, own: str) -> None:
        self._port = port
        self._own = own
        self._id = int.from_bytes(os.urandom(3), "big")

    def solicit(self, first_s: float, others_s: float, enough: int) -> Iterator[dict[str, Any]]:
        """Each router and each server, once."""
        self._port.send(_router_solicitation(self._port.mac, self._own))
        self._port.send(message("solicit", self._port.mac, self._own, self._id))
        end, seen = time.monotonic() + first_s, set[str]()
        while time.monotonic() < end and not (enough and len(seen) >= enough):
            for arrival in self._port.receive(end):
                heard = read(arrival.raw, self._id)
                kind = next(iter(heard), "")
                if kind not in ("router", "server") or str(heard[kind]["from"]) + kind in seen:
                    continue
                seen.add(str(heard[kind]["from"]) + kind)
                if kind == "server":
                    end = min(end, time.monotonic() + others_s)
                yield heard
                break

    def lease(self, server: Mapping[str, Any]) -> dict[str, Any]:
        """What it takes to give a lease back."""
        granted = {key: server[key] for key in ("duid", "addresses", "prefixes")}
        return granted | {"own": self._own, "id": self._id}

    def request(self, server: Mapping[str, Any], reply_s: float) -> dict[str, Any] | None:
        """Ask a server for what it advertised; its reply, None where it gives none."""
        wanted = {key: server[key] for key in ("duid", "addresses", "prefixes")}
        self._port.send(message("request", self._port.mac, self._own, self._id, **wanted))
        for arrival in self._port.receive(time.monotonic() + reply_s):
            heard = read(arrival.raw, self._id)
            if "reply" in heard:
                return dict(heard["reply"])
        return None


def release(port: Port, lease: Mapping[str, Any]) -> None:
    """Give a lease back; the server's word on that is not waited for."""
    granted = {key: lease[key] for key in ("duid", "addresses", "prefixes")}
    port.send(message("release", port.mac, lease["own"], lease["id"] ^ 1, **granted))


def _router_solicitation(mac: bytes, own: str) -> bytes:
    from scapy.layers.inet6 import ICMPv6ND_RS, ICMPv6NDOptSrcLLAddr, IPv6
    from scapy.layers.l2 import Ether

    ether = Ether(src=mac, dst="33:33:00:00:00:02")
    return bytes(ether / IPv6(src=own, dst=_ALL_ROUTERS, hlim=255) / ICMPv6ND_RS() / ICMPv6NDOptSrcLLAddr(lladdr=mac))


def message(
    kind: str,
    mac: bytes,
    own: str,
    number: int,
    duid: str = "",
    addresses: tuple[str, ...] | list[str] = (),
    prefixes: tuple[str, ...] | list[str] = (),
) -> bytes:
    """A DHCPv6 message to all servers: solicit, request or release."""
    from scapy.layers import dhcp6
    from scapy.layers.inet import UDP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import Ether

    kinds = {"solicit": dhcp6.DHCP6_Solicit, "request": dhcp6.DHCP6_Request, "release": dhcp6.DHCP6_Release}
    held = [dhcp6.DHCP6OptIAAddress(addr=address) for address in addresses]
    parts = [text.partition("/") for text in prefixes]
    delegated = [dhcp6.DHCP6OptIAPrefix(prefix=prefix, plen=int(length)) for prefix, _, length in parts]
    made = Ether(src=mac, dst="33:33:00:01:00:02") / IPv6(src=own, dst=_ALL_SERVERS, hlim=1)
    made = made / UDP(sport=_CLIENT, dport=547) / kinds[kind](trid=number)
    made = made / dhcp6.DHCP6OptClientId(duid=dhcp6.DUID_LL(lladdr=mac))
    if duid:
        made = made / dhcp6.DHCP6OptServerId(duid=bytes.fromhex(duid))
    if kind == "solicit" or held:
        made = made / dhcp6.DHCP6OptIA_NA(iaid=1, ianaopts=held)
    if kind == "solicit" or delegated:
        made = made / dhcp6.DHCP6OptIA_PD(iaid=2, iapdopt=delegated)
    return bytes(made / dhcp6.DHCP6OptOptReq(reqopts=[23]) / dhcp6.DHCP6OptElapsedTime())


def read(frame: bytes, number: int) -> dict[str, Any]:
    """A router advertisement, or what a server said to our transaction; empty for every other frame."""
    from scapy.layers import dhcp6
    from scapy.layers.inet6 import ICMPv6ND_RA, IPv6
    from scapy.layers.l2 import Ether

    try:
        bare = untagged(frame)
        packet = Ether(bare[1]) if bare else None
        if packet is None or IPv6 not in packet:
            return {}
        if ICMPv6ND_RA in packet:
            return {"router": _router(packet, frame)}
        for name, layer in (("server", dhcp6.DHCP6_Advertise), ("reply", dhcp6.DHCP6_Reply)):
            if layer in packet and packet[layer].trid == number:
                return {name: _server(packet, frame)}
    except Exception:  # scapy raises whatever its field parsers meet
        return {}
    return {}


def _router(packet: Any, frame: bytes) -> dict[str, Any]:
    from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, IPv6

    advertised, prefixes = packet[ICMPv6ND_RA], []
    option = advertised.payload
    while option:
        if isinstance(option, ICMPv6NDOptPrefixInfo):
            prefixes.append(f"{option.prefix}/{option.prefixlen}")
        option = option.payload
    return {
        "from": str(packet[IPv6].src),
        "mac": written(frame[6:12]),
        "lifetime_s": int(advertised.routerlifetime),
        "prefixes": prefixes,
    }


def _server(packet: Any, frame: bytes) -> dict[str, Any]:
    from scapy.layers import dhcp6
    from scapy.layers.inet6 import IPv6

    addresses = _inside(packet, dhcp6.DHCP6OptIA_NA, "ianaopts", dhcp6.DHCP6OptIAAddress)
    prefixes = _inside(packet, dhcp6.DHCP6OptIA_PD, "iapdopt", dhcp6.DHCP6OptIAPrefix)
    resolvers = packet[dhcp6.DHCP6OptDNSServers].dnsservers if dhcp6.DHCP6OptDNSServers in packet else []
    return {
        "from": str(packet[IPv6].src),
        "mac": written(frame[6:12]),
        "duid": bytes(packet[dhcp6.DHCP6OptServerId].duid).hex(),
        "addresses": [str(option.addr) for option in addresses],
        "prefixes": [f"{option.prefix}/{option.plen}" for option in prefixes],
        "resolvers": [str(address) for address in resolvers],
    }


def _inside(packet: Any, layer: Any, field: str, wanted: Any) -> list[Any]:
    options = getattr(packet[layer], field) if layer in packet else []
    return [option for option in options if isinstance(option, wanted)]
