"""A network's end of PPPoE for tests: `python -m tests.ppp_peer INTERFACE` behaves as the last line it read says.

Its PPP packets are built and read by scapy, so that two independent hands meet. It prints a JSON line for whatever a
test may want to wait for, and ends with its standard input.
"""

import hashlib
import json
import select
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
ACCOUNT, WORD = "hz05710117@ftth", "s3cr3t word"
CLIENT, SERVER, DNS = "100.64.3.7", "100.64.0.1", ("198.51.100.53", "198.51.100.54")


@dataclass
class Ways:
    """How the peer behaves."""

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
    address: str = CLIENT
    loop: bool = False
    forward: bool = False
    number: int = 0x4711


def say(**told: Any) -> None:
    print(json.dumps(told), flush=True)


class Peer:
    def __init__(self, interface: str) -> None:
        self.ways = Ways(silent=["everything"])
        self.port = Port(interface)
        self.link: Link | None = None
        self.relay: Relay | None = None
        self.acked: set[int] = set()

    def serve(self) -> None:
        while True:
            readable = select.select([self.port.discovery, self.port.session, sys.stdin], [], [])[0]
            if readable == [sys.stdin]:  # only when every frame of what went before is dealt with
                line = sys.stdin.readline()
                if not line:
                    return
                self.told(json.loads(line))
            elif self.port.discovery in readable:
                seen = frames.read_discovery(self.port.discovery.recv(65535))
                if seen is not None:
                    self.discovered(seen)
            elif self.link is not None:
                seen = frames.read_session(self.port.session.recv(65535), peer=self.link.peer, session=self.link.number)
                if seen is not None:
                    self.heard(*seen)
            else:
                self.port.session.recv(65535)
            if self.relay is not None:
                self.forward()

    def told(self, line: dict[str, Any]) -> None:
        if "hang_up" in line:
            self.hang_up(line["hang_up"])
        else:
            self.ways, self.link, self.relay = Ways(**line), None, None
            say(ready=True)

    def hang_up(self, how: str) -> None:
        assert self.link is not None
        if how == "padt":
            self.send(frames.PADT, self.link.peer, (), self.link.number)
        else:
            self.ppp(LCP, PPP_LCP_Terminate(code=5, id=3, data=b"session time is over"))

    def forward(self) -> None:
        assert self.relay is not None
        with self.relay as relay:
            words = relay.plug(SERVER, 1492, [self.ways.address])
            say(forwarding=words or "yes")
            for seen in relay.move():
                if isinstance(seen, Discovery):
                    self.discovered(seen)
                elif isinstance(seen, tuple):
                    self.heard(*seen)
                if self.relay is None:
                    return

    def discovered(self, seen: Discovery) -> None:
        if "everything" in self.ways.silent:
            return
        kept = tuple(tag for tag in seen.tags if tag[0] == frames.HOST_UNIQ)
        if self.ways.max_payload:
            kept += tuple(tag for tag in seen.tags if tag[0] == frames.MAX_PAYLOAD)
        if seen.code == frames.PADI:
            say(padi=seen.source.hex(), service=seen.text(frames.SERVICE_NAME))
            for name in self.ways.names:
                tags = ((frames.AC_NAME, name.encode()), (frames.AC_COOKIE, b"c00k1e"), *kept)
                tags += tuple((frames.SERVICE_NAME, service.encode()) for service in self.ways.services)
                if self.ways.offer_error:
                    tags += ((0x0201, self.ways.offer_error.encode()),)
                self.send(frames.PADO, seen.source, tags)
        elif seen.code == frames.PADR and "pads" not in self.ways.silent:
            error = ((0x0202, self.ways.pads_error.encode()),) if self.ways.pads_error else ()
            say(padr=seen.source.hex(), cookie=seen.text(frames.AC_COOKIE))
            self.send(frames.PADS, seen.source, (*kept, *error), 0 if error else self.ways.number)
            self.link = Link(self.port, peer=seen.source, number=self.ways.number)
            self.acked = set()
            if not error:
                self.ask_lcp()
        elif seen.code == frames.PADT:
            say(padt=seen.session)
            self.link = self.relay = None

    def send(self, code: int, target: bytes, tags: tuple[frames.Tag, ...], session: int = 0) -> None:
        raw = frames.write_discovery(code, source=self.port.mac, target=target, session=session, tags=tags)
        self.port.discovery.send(raw)

    def ppp(self, protocol: int, packet: Any) -> None:
        if self.link is not None:
            self.link.send([(protocol, bytes(packet))])

    def ask_lcp(self) -> None:
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
        self.ppp(LCP, PPP_LCP_Configure(code=1, id=9, options=options))

    def heard(self, protocol: int, raw: bytes) -> None:
        if self.ways.loop and self.link is not None:
            self.link.send([(protocol, raw)])
        elif protocol == LCP and "lcp" not in self.ways.silent:
            self.lcp(raw)
        elif protocol == PAP:
            request = PPP_PAP_Request(raw)
            good = (request.username, request.password) == (ACCOUNT.encode(), WORD.encode())
            self.decide(good, PPP_PAP_Response(code=2 if good else 3, id=request.id, message=self.words(request)))
        elif protocol == CHAP:
            answer = PPP_CHAP_ChallengeResponse(raw)
            good = answer.value == hashlib.md5(bytes((answer.id,)) + WORD.encode() + CHALLENGE).digest()
            good = good and answer.optional_name == ACCOUNT.encode()
            self.decide(good, PPP_CHAP(code=3 if good else 4, id=answer.id, data=self.ways.words))
        elif protocol == IPCP and "ipcp" not in self.ways.silent:
            self.ipcp(raw)
        elif protocol == IPV6CP and "ipv6cp" not in self.ways.silent:
            self.ipv6cp(raw)

    def words(self, request: Any) -> bytes:
        return self.ways.words.replace("ACCOUNT", request.username.decode()).encode()

    def decide(self, good: bool, answer: Any) -> None:
        if not self.ways.decide:
            return
        say(authenticated=good)
        self.ppp(PAP if isinstance(answer, PPP_PAP_Response) else CHAP, answer)
        if good:
            self.ask_network()

    def lcp(self, raw: bytes) -> None:
        if raw[0] == 1:
            self.ppp(LCP, b"\x02" + raw[1:])
            self.acked.add(1)
        elif raw[0] == 2:
            self.acked.add(2)
        elif raw[0] == 3:  # whatever is proposed, this peer asks the same again
            self.ask_lcp()
        elif raw[0] == 9:
            self.ppp(LCP, PPP_LCP_Echo(code=10, id=raw[1], magic_number=0xBEEF))
        elif raw[0] == 5:
            say(terminated=True)
            self.ppp(LCP, PPP_LCP_Terminate(code=6, id=raw[1]))
        if self.acked == {1, 2}:
            self.acked.add(3)
            if self.ways.authentication == "chap":
                self.ppp(CHAP, PPP_CHAP_ChallengeResponse(code=1, id=77, value=CHALLENGE, optional_name="BRAS-1"))
            elif self.ways.authentication == "none":
                self.ask_network()

    def ask_network(self) -> None:
        if self.ways.refuse:
            self.ppp(LCP, PPP_LCP_Terminate(code=5, id=3, data=b"no pool"))
            return
        if "ipcp" not in self.ways.silent and "ipcp" not in self.ways.reject:
            self.ppp(IPCP, PPP_IPCP(code=1, id=1, options=[PPP_IPCP_Option_IPAddress(data=SERVER)]))

    def ipcp(self, raw: bytes) -> None:
        asked = PPP_IPCP(raw)
        if "ipcp" in self.ways.reject:
            self.ppp(LCP, b"\x08\x01" + (len(raw) + 6).to_bytes(2, "big") + b"\x80\x21" + raw)
        elif asked.code == 2:
            self.acked.add(4)
        elif asked.code == 1 and "address" in self.ways.reject:
            self.ppp(IPCP, PPP_IPCP(code=4, id=asked.id, options=[PPP_IPCP_Option_IPAddress(data="0.0.0.0")]))
        elif asked.code == 1 and asked.options[0].data == self.ways.address:
            self.ppp(IPCP, b"\x02" + raw[1:])
            self.acked.add(5)
        elif asked.code == 1:
            given = [PPP_IPCP_Option_IPAddress(data=self.ways.address)]
            given += [PPP_IPCP_Option_DNS1(data=DNS[0]), PPP_IPCP_Option_DNS2(data=DNS[1])]
            self.ppp(IPCP, PPP_IPCP(code=3, id=asked.id, options=given))
        if {4, 5} <= self.acked and 6 not in self.acked:
            self.up()

    def up(self) -> None:
        assert self.link is not None
        self.acked.add(6)
        say(up=True)
        if self.ways.forward:
            self.relay = Relay(self.link, "ppp-net0")

    def ipv6cp(self, raw: bytes) -> None:
        if "ipv6cp" in self.ways.reject:
            self.ppp(LCP, b"\x08\x02" + (len(raw) + 6).to_bytes(2, "big") + b"\x80\x57" + raw)
        elif raw[0] == 1:
            self.ppp(IPV6CP, b"\x02" + raw[1:])
            self.ppp(IPV6CP, b"\x01\x01\x00\x0e\x01\x0a\x02" + bytes(6) + b"\x07")


if __name__ == "__main__":
    Peer(sys.argv[1]).serve()
