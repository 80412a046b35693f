"""A network's end of PPPoE on one interface: behaves as the last JSON line on its standard input says, ends with it.

Its PPP packets are built and read by scapy, so that two independent hands meet. It prints a JSON line for whatever
somebody may want to wait for.
"""

import hashlib
import json
import select
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

from scapy.layers.ppp import (
    PPP_CHAP,
    PPP_IPCP,
    PPP_CHAP_ChallengeResponse,
    PPP_IPCP_Option_DNS1,
    PPP_IPCP_Option_DNS2,
    PPP_IPCP_Option_IPAddress,
    PPP_LCP_Auth_Protocol_Option,
    PPP_LCP_Configure,
    PPP_LCP_Echo,
    PPP_LCP_Magic_Number_Option,
    PPP_LCP_MRU_Option,
    PPP_LCP_Terminate,
    PPP_PAP_Request,
    PPP_PAP_Response,
)

from diagnostics.wire import pppoe_frames as frames
from diagnostics.wire.pppoe_frames import Discovery
from diagnostics.wire.pppoe_port import Link, Port
from diagnostics.wire.pppoe_relay import Relay

LCP, PAP, CHAP, IPCP, IPV6CP = 0xC021, 0xC023, 0xC223, 0x8021, 0x8057
CHALLENGE = bytes(range(16))
_TUNNEL = "ppp-net0"
_QUEUE = "40"  # packets; the 500 that a TUN device has are a second of a slow line
ACCOUNT, WORD = "hz05710117@ftth", "s3cr3t word"
CLIENT, SERVER, DNS = "100.64.3.7", "100.64.0.1", ("198.51.100.53", "198.51.100.54")


@dataclass(slots=True, kw_only=True)
class Ways:
    """How it behaves; by default one concentrator that lets its one account in and carries no packets."""

    names: list[str] = field(default_factory=lambda: ["BRAS-1"])
    services: list[str] = field(default_factory=lambda: [""])
    offer_error: str = ""
    pads_error: str = ""
    max_payload: bool = True
    authentication: str = "chap"  # none, pap, chap, eap
    decide: bool = True
    words: str = "welcome"
    refuse: bool = False
    mru: int = 1492
    silent: list[str] = field(default_factory=list)  # everything, pads, lcp, ipcp, ipv6cp
    reject: list[str] = field(default_factory=list)  # ipcp, ipv6cp, address
    deny: bool = False  # refuse also the right password
    account: str = ACCOUNT
    word: str = WORD
    address: str = CLIENT
    dns: list[str] = field(default_factory=lambda: list(DNS))
    loop: bool = False
    forward: bool = False
    number: int = 0x4711


def _say(**told: Any) -> None:
    print(json.dumps(told), flush=True)


class Concentrator:
    """One network's end: discovery for everybody, one PPP session at a time."""

    def __init__(self, interface: str) -> None:
        self.ways = Ways(silent=["everything"])
        self.port = Port(interface)
        self.link: Link | None = None
        self.relay: Relay | None = None
        self.acked: set[int] = set()

    def serve(self) -> None:
        """Serve until standard input ends."""
        while True:
            readable = select.select([self.port.discovery, self.port.session, sys.stdin], [], [])[0]
            if readable == [sys.stdin]:  # only when every frame of what went before is dealt with
                line = sys.stdin.readline()
                if not line:
                    return
                self._told(json.loads(line))
            elif self.port.discovery in readable:
                seen = frames.read_discovery(self.port.discovery.recv(65535))
                if seen is not None:
                    self._discovered(seen)
            elif self.link is not None:
                raw = self.port.session.recv(65535)
                heard = frames.read_session(raw, peer=self.link.peer, session=self.link.number)
                if heard is not None:
                    self._heard(*heard)
            else:
                self.port.session.recv(65535)
            if self.relay is not None:
                self._forward()

    def _told(self, line: dict[str, Any]) -> None:
        if "hang_up" in line:
            self._hang_up(line["hang_up"])
        else:
            self.ways, self.link, self.relay = Ways(**line), None, None
            _say(ready=True)

    def _hang_up(self, how: str) -> None:
        assert self.link is not None
        if how == "padt":
            self._send(frames.PADT, self.link.peer, (), self.link.number)
        else:
            self._ppp(LCP, PPP_LCP_Terminate(code=5, id=3, data=b"session time is over"))

    def _forward(self) -> None:
        assert self.relay is not None
        with self.relay as relay:
            words = relay.plug(SERVER, 1492, [self.ways.address])
            subprocess.run(["ip", "link", "set", _TUNNEL, "txqueuelen", _QUEUE], check=False)
            _say(forwarding=words or "yes")
            for seen in relay.move():
                if isinstance(seen, Discovery):
                    self._discovered(seen)
                elif isinstance(seen, tuple):
                    self._heard(*seen)
                if self.relay is None:
                    return

    def _discovered(self, seen: Discovery) -> None:
        if "everything" in self.ways.silent:
            return
        kept = tuple(tag for tag in seen.tags if tag[0] == frames.HOST_UNIQ)
        if self.ways.max_payload:
            kept += tuple(tag for tag in seen.tags if tag[0] == frames.MAX_PAYLOAD)
        if seen.code == frames.PADI:
            _say(padi=seen.source.hex(), service=seen.text(frames.SERVICE_NAME))
            for name in self.ways.names:
                tags = ((frames.AC_NAME, name.encode()), (frames.AC_COOKIE, b"c00k1e"), *kept)
                tags += tuple((frames.SERVICE_NAME, service.encode()) for service in self.ways.services)
                if self.ways.offer_error:
                    tags += ((0x0201, self.ways.offer_error.encode()),)
                self._send(frames.PADO, seen.source, tags)
        elif seen.code == frames.PADR and "pads" not in self.ways.silent:
            error = ((0x0202, self.ways.pads_error.encode()),) if self.ways.pads_error else ()
            _say(padr=seen.source.hex(), cookie=seen.text(frames.AC_COOKIE))
            self._send(frames.PADS, seen.source, (*kept, *error), 0 if error else self.ways.number)
            self.link = Link(self.port, peer=seen.source, number=self.ways.number)
            self.acked = set()
            if not error:
                self._ask_lcp()
        elif seen.code == frames.PADT:
            _say(padt=seen.session)
            self.link = self.relay = None

    def _send(self, code: int, target: bytes, tags: tuple[frames.Tag, ...], session: int = 0) -> None:
        raw = frames.write_discovery(code, source=self.port.mac, target=target, session=session, tags=tags)
        self.port.discovery.send(raw)

    def _ppp(self, protocol: int, packet: Any) -> None:
        if self.link is not None:
            self.link.send([(protocol, bytes(packet))])

    def _ask_lcp(self) -> None:
        if "lcp" in self.ways.silent:
            return
        options = [PPP_LCP_MRU_Option(max_recv_unit=self.ways.mru), PPP_LCP_Magic_Number_Option(magic_number=0xBEEF)]
        methods = {
            "pap": PPP_LCP_Auth_Protocol_Option(auth_protocol=0xC023),
            "chap": PPP_LCP_Auth_Protocol_Option(auth_protocol=0xC223, algorithm=5),
            "eap": PPP_LCP_Auth_Protocol_Option(auth_protocol=0xC227),
        }
        if self.ways.authentication in methods:
            options.append(methods[self.ways.authentication])
        self._ppp(LCP, PPP_LCP_Configure(code=1, id=9, options=options))

    def _heard(self, protocol: int, raw: bytes) -> None:
        if self.ways.loop and self.link is not None:
            self.link.send([(protocol, raw)])
        elif protocol == LCP and "lcp" not in self.ways.silent:
            self._lcp(raw)
        elif protocol == PAP:
            request = PPP_PAP_Request(raw)
            good = (request.username, request.password) == (self.ways.account.encode(), self.ways.word.encode())
            good = good and not self.ways.deny
            self._decide(good, PPP_PAP_Response(code=2 if good else 3, id=request.id, message=self._words(request)))
        elif protocol == CHAP:
            answer = PPP_CHAP_ChallengeResponse(raw)
            good = answer.value == hashlib.md5(bytes((answer.id,)) + self.ways.word.encode() + CHALLENGE).digest()
            good = good and not self.ways.deny and answer.optional_name == self.ways.account.encode()
            self._decide(good, PPP_CHAP(code=3 if good else 4, id=answer.id, data=self.ways.words))
        elif protocol == IPCP and "ipcp" not in self.ways.silent:
            self._ipcp(raw)
        elif protocol == IPV6CP and "ipv6cp" not in self.ways.silent:
            self._ipv6cp(raw)

    def _words(self, request: Any) -> bytes:
        return self.ways.words.replace("ACCOUNT", request.username.decode()).encode()

    def _decide(self, good: bool, answer: Any) -> None:
        if not self.ways.decide:
            return
        _say(authenticated=good)
        self._ppp(PAP if isinstance(answer, PPP_PAP_Response) else CHAP, answer)
        if good:
            self._ask_network()

    def _lcp(self, raw: bytes) -> None:
        if raw[0] == 1:
            self._ppp(LCP, b"\x02" + raw[1:])
            self.acked.add(1)
        elif raw[0] == 2:
            self.acked.add(2)
        elif raw[0] == 3:  # whatever is proposed, this peer asks the same again
            self._ask_lcp()
        elif raw[0] == 9:
            self._ppp(LCP, PPP_LCP_Echo(code=10, id=raw[1], magic_number=0xBEEF))
        elif raw[0] == 5:
            _say(terminated=True)
            self._ppp(LCP, PPP_LCP_Terminate(code=6, id=raw[1]))
        if self.acked == {1, 2}:
            self.acked.add(3)
            if self.ways.authentication == "chap":
                self._ppp(CHAP, PPP_CHAP_ChallengeResponse(code=1, id=77, value=CHALLENGE, optional_name="BRAS-1"))
            elif self.ways.authentication == "none":
                self._ask_network()

    def _ask_network(self) -> None:
        if self.ways.refuse:
            self._ppp(LCP, PPP_LCP_Terminate(code=5, id=3, data=b"no pool"))
            return
        if "ipcp" not in self.ways.silent and "ipcp" not in self.ways.reject:
            self._ppp(IPCP, PPP_IPCP(code=1, id=1, options=[PPP_IPCP_Option_IPAddress(data=SERVER)]))

    def _ipcp(self, raw: bytes) -> None:
        asked = PPP_IPCP(raw)
        if "ipcp" in self.ways.reject:
            self._ppp(LCP, b"\x08\x01" + (len(raw) + 6).to_bytes(2, "big") + b"\x80\x21" + raw)
        elif asked.code == 2:
            self.acked.add(4)
        elif asked.code == 1 and "address" in self.ways.reject:
            self._ppp(IPCP, PPP_IPCP(code=4, id=asked.id, options=[PPP_IPCP_Option_IPAddress(data="0.0.0.0")]))
        elif asked.code == 1 and asked.options[0].data == self.ways.address:
            self._ppp(IPCP, b"\x02" + raw[1:])
            self.acked.add(5)
        elif asked.code == 1:
            given = [PPP_IPCP_Option_IPAddress(data=self.ways.address)]
            given += [PPP_IPCP_Option_DNS1(data=self.ways.dns[0]), PPP_IPCP_Option_DNS2(data=self.ways.dns[-1])]
            self._ppp(IPCP, PPP_IPCP(code=3, id=asked.id, options=given))
        if {4, 5} <= self.acked and 6 not in self.acked:
            self._up()

    def _up(self) -> None:
        assert self.link is not None
        self.acked.add(6)
        _say(up=True)
        if self.ways.forward:
            self.relay = Relay(self.link, _TUNNEL)

    def _ipv6cp(self, raw: bytes) -> None:
        if "ipv6cp" in self.ways.reject:
            self._ppp(LCP, b"\x08\x02" + (len(raw) + 6).to_bytes(2, "big") + b"\x80\x57" + raw)
        elif raw[0] == 1:
            self._ppp(IPV6CP, b"\x02" + raw[1:])
            self._ppp(IPV6CP, b"\x01\x01\x00\x0e\x01\x0a\x02" + bytes(6) + b"\x07")


if __name__ == "__main__":
    Concentrator(sys.argv[1]).serve()
