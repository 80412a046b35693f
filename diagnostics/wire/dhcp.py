"""DHCPv4 from discover to release (RFC 2131): who offers, what is granted, what is refused and in which words.

A raw socket asks beside the kernel: the interface's own address is not touched. What was granted is given back, also
when this is interrupted; `dhcp_release` gives back what a killed child could not.
"""

import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

from diagnostics.wire.kernel_filter import udp4_to
from diagnostics.wire.port import Port, own_address, untagged, written

FIRST_S = 4.0  # for the first offer: servers that ping an address before they offer it take up to 3 s
OTHERS_S = 0.8  # for further servers, once one has offered
ACK_S = 2.0
_AGAIN_S = 1.0
_CLIENT = 68
_FOREIGN = "192.0.2.1"  # an address of no network (RFC 5737)


def run(
    interface: str, first_s: float = FIRST_S, others_s: float = OTHERS_S, enough: int = 0
) -> Iterator[dict[str, Any]]:
    """Yield each offer, then the lease that is asked for, then how it was answered, then that it was given back.

    Where nobody offers, each server that is there all the same. `enough` ends the wait for further servers once so many
    have offered.
    """
    with Port(interface, [udp4_to(_CLIENT)]) as port:
        client = Client(port)
        offers: list[dict[str, Any]] = []
        for offer in client.discover(first_s, others_s, enough):
            offers.append(offer)
            yield {"offer": offer}
        if not offers:
            yield from ({"alive": answer} for answer in client.alive)
            return
        lease = client.lease(offers[0])
        yield {"lease": lease}  # said before it is asked for: whoever hears this can give it back
        try:
            answer = client.request(lease)
        finally:
            release(port, lease)
        if answer is not None:
            yield answer
        yield {"released": True}


class Client:
    """One DHCP client with an identity of its own, so that it shares no lease with the station's kernel."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._xid = int.from_bytes(os.urandom(4), "big")
        self._roll_call = self._xid ^ 2
        self._identity = b"\x00prooflight" + port.mac
        self._sent_at = 0.0
        self.alive: list[dict[str, Any]] = []  # the first word of each server that answered and did not offer

    def discover(self, first_s: float, others_s: float, enough: int) -> Iterator[dict[str, Any]]:
        """Each server's first offer."""
        self._send("discover")
        begin = time.monotonic()  # not before: building the first frame loads scapy, for seconds on a busy machine
        end, again, seen = begin + first_s, begin + _AGAIN_S, set[tuple[str, str]]()
        while (now := time.monotonic()) < end and not (enough and len(seen) >= enough):
            if now >= again and not seen:
                self._ask_who_is_there()
                self._send("discover")
                again = now + _AGAIN_S
            for offer in self._answers(min(end, again) if not seen else end):
                if offer["kind"] != "offer" or (offer["server"], offer["mac"]) in seen:
                    continue
                if not seen:
                    end = time.monotonic() + others_s
                seen.add((offer["server"], offer["mac"]))
                yield offer
                break

    def _ask_who_is_there(self) -> None:
        """Ask what a server answers that has no address to give: is a foreign address ours, and what else it tells.

        Only a server that knows this network says NAK to the first (RFC 2131 4.3.2) or ACK to the second (4.3.5).
        """
        mac, own = self._port.mac, own_address(self._port.interface)
        foreign = _message(self._identity, "request", requested_addr=_FOREIGN)
        self._port.send(_frame(mac, self._roll_call, foreign))
        if own:
            self._port.send(_frame(mac, self._roll_call, _message(self._identity, "inform"), own=own))

    def _note(self, raw: bytes) -> None:
        """Remember who answered the roll call; its number differs, so that no answer to it passes for another's."""
        answer = read(raw, self._roll_call, self._port.mac)
        if answer is None or answer["kind"] == "offer":
            return
        if all(answer["mac"] != other["mac"] for other in self.alive):
            self.alive.append(answer)
        if answer["kind"] == "ack" and answer["address"] != "0.0.0.0":  # granted what nobody may grant
            release(self._port, self.lease(answer) | {"xid": self._roll_call})

    def lease(self, offer: Mapping[str, Any]) -> dict[str, Any]:
        """What it takes to ask for an offer, and to give it back."""
        held = {key: offer[key] for key in ("server", "mac", "address")}
        return held | {"identity": self._identity.hex(), "xid": self._xid}

    def request(self, lease: Mapping[str, Any]) -> dict[str, Any] | None:
        """Ask for a lease; the server's ACK or NAK, None where it says neither."""
        begin = time.monotonic()
        for attempt in range(2):
            self._send("request", requested_addr=lease["address"], server_id=lease["server"])
            for answer in self._answers(begin + ACK_S * (attempt + 1) / 2):
                if answer["kind"] in ("ack", "nak"):
                    return {answer["kind"]: answer}
        return None

    def _answers(self, until: float) -> Iterator[dict[str, Any]]:
        for arrival in self._port.receive(until):
            answer = read(arrival.raw, self._xid, self._port.mac)
            if answer is None:
                self._note(arrival.raw)
            else:
                yield answer | {"ms": round(max(0.0, arrival.seen_at - self._sent_at) * 1000, 3)}

    def _send(self, kind: str, **options: Any) -> None:
        frame = _frame(self._port.mac, self._xid, _message(self._identity, kind, **options))
        self._sent_at = time.time()
        self._port.send(frame)


def _message(identity: bytes, kind: str, **options: Any) -> list[Any]:
    asked = [("param_req_list", [1, 3, 6, 15, 28, 51, 54, 82])]
    return [("message-type", kind), *options.items(), ("client_id", identity), *asked]


def _frame(mac: bytes, xid: int, options: list[Any], *, server_mac: str = "", server: str = "", own: str = "") -> bytes:
    from scapy.layers.dhcp import BOOTP, DHCP
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    ether = Ether(src=mac, dst=server_mac or "ff:ff:ff:ff:ff:ff")
    datagram = IP(src=own or "0.0.0.0", dst=server or "255.255.255.255") / UDP(sport=_CLIENT, dport=67)
    bootp = BOOTP(chaddr=mac, xid=xid, ciaddr=own or "0.0.0.0", flags=0 if own else 0x8000)
    return bytes(ether / datagram / bootp / DHCP(options=[*options, "end"]))


def discover_frame(mac: bytes, xid: int) -> bytes:
    """A DHCPDISCOVER to everybody, untagged."""
    return _frame(mac, xid, [("message-type", "discover"), ("client_id", b"\x00prooflight" + mac)])


def release(port: Port, lease: Mapping[str, Any]) -> None:
    """Give a lease back; no server answers that."""
    options = [("message-type", "release"), ("server_id", lease["server"])]
    options.append(("client_id", bytes.fromhex(lease["identity"])))
    where = {"server_mac": lease["mac"], "server": lease["server"], "own": lease["address"]}
    port.send(_frame(port.mac, lease["xid"] ^ 1, options, **where))


_KINDS = {2: "offer", 5: "ack", 6: "nak"}


def read(frame: bytes, xid: int, mac: bytes) -> dict[str, Any] | None:
    """What a server said to our transaction; None for every other frame, also a broken one."""
    from scapy.layers.dhcp import BOOTP, DHCP
    from scapy.layers.l2 import Ether

    try:
        bare = untagged(frame)
        packet = Ether(bare[1]) if bare else None
        if packet is None or BOOTP not in packet or DHCP not in packet:
            return None
        bootp = packet[BOOTP]
        options = {option[0]: option[1:] for option in packet[DHCP].options if isinstance(option, tuple)}
        if bootp.op != 2 or bootp.xid != xid or bytes(bootp.chaddr)[:6] != mac:
            return None
        kind = _KINDS.get(options.get("message-type", (0,))[0])
        return None if kind is None else _said(kind, frame, bootp, options)
    except Exception:  # scapy raises whatever its field parsers meet
        return None


def _said(kind: str, frame: bytes, bootp: Any, options: Mapping[Any, tuple[Any, ...]]) -> dict[str, Any]:
    message = options.get("error_message", (b"",))[0]
    return {
        "kind": kind,
        "server": str(options.get("server_id", (bootp.siaddr,))[0]),
        "mac": written(frame[6:12]),
        "address": str(bootp.yiaddr),
        "gateway": " ".join(map(str, options.get("router", ()))),
        "resolvers": [str(address) for address in options.get("name_server", ())],
        "lease_s": int(options.get("lease_time", (0,))[0]),
        "option82": any(str(name).lower() in ("relay_agent_information", "82") for name in options),
        "message": message.decode(errors="replace") if isinstance(message, bytes) else str(message),
    }
