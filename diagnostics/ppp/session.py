"""One PPP session of the subscriber: link, account, addresses, in this order (RFC 1661 3); pure.

It takes the peer's frames and gives ours; what came of each stage it tells once, as an event. How long a stage may
take, its caller knows; when that is over, `expire` says what the silence proves.
"""

from collections.abc import Mapping
from typing import Any, Literal

from diagnostics.ppp.authentication import CHAP_OPTION, METHODS, Authentication
from diagnostics.ppp.negotiation import Judgement, Negotiation
from diagnostics.ppp.packet import (
    CHAP,
    DISCARD_REQUEST,
    ECHO_REPLY,
    ECHO_REQUEST,
    IPCP,
    IPV4,
    IPV6,
    IPV6CP,
    LCP,
    PAP,
    PROTOCOL_REJECT,
    TERMINATE_REQUEST,
    Frame,
    Packet,
    read_packet,
)

Stage = Literal["lcp", "authentication", "ipcp", "up", "ended"]

_MRU, _AUTHENTICATION, _MAGIC = 1, 3, 5  # LCP options, RFC 1661 6
_LEAST_MRU = 64
_ADDRESS, _DNS_1, _DNS_2 = 3, 129, 131  # IPCP options, RFC 1332 3.3, RFC 1877 1
_INTERFACE_ID = 1  # IPv6CP option, RFC 5072 4.1
_NOWHERE = b"\x00\x00\x00\x00"
_STAND_IN = b"\x0a\x40\x40\x40"  # for a peer that has no address of its own; pppd takes the same
_LOOPS = 3  # our own magic number seen as often is no accident
_REFUSED = {"lcp": "lcp_failed", "authentication": "account_refused", "ipcp": "ipcp_refused", "up": "dropped"}
_SILENT = {"lcp": "lcp_failed", "authentication": "authentication_silent", "ipcp": "ipcp_refused"}


class Session:
    """The session's state: `stage`, and once it ended its `state` and the peer's `words`; `events` since last taken."""

    def __init__(self, *, account: str, password: str | None, magic: bytes, interface_id: bytes, mru: int) -> None:
        self.stage: Stage = "lcp"
        self.state = ""
        self.words = ""
        self.echoed = 0
        self._account, self._password = account, password
        self._interface_id = interface_id
        self._loops = 0
        self._foreign = b""
        self._events: list[tuple[str, Mapping[str, Any]]] = []
        self._lcp = Negotiation({_MRU: mru.to_bytes(2, "big"), _MAGIC: magic}, self._judge_lcp, _adopt_lcp)
        asked = {_ADDRESS: _NOWHERE, _DNS_1: _NOWHERE, _DNS_2: _NOWHERE}
        self._ipcp = Negotiation(asked, _judge_ipcp, lambda kind, value: len(value) == 4)
        self._ipv6cp = Negotiation({_INTERFACE_ID: interface_id}, self._judge_ipv6cp, lambda kind, v: len(v) == 8)
        self._ipv6cp_told = False
        self._authentication: Authentication | None = None

    @property
    def magic(self) -> bytes:
        """Our magic number as it stands; empty where the peer does not want one."""
        return self._lcp.ours.get(_MAGIC, b"")

    def events(self) -> list[tuple[str, Mapping[str, Any]]]:
        """What was reached since the last call: `lcp`, `authentication`, `ipcp`, `ipv6cp`, `ended`, each with facts."""
        taken, self._events = self._events, []
        return taken

    def requests(self) -> list[Frame]:
        """What the stage in progress asks for, to be sent first and again where nothing is heard."""
        if self.stage == "lcp":
            return [(LCP, self._lcp.request().raw())]
        if self.stage == "authentication" and self._authentication:
            return self._authentication.request()
        open_ = [(IPCP, self._ipcp)] if self.stage == "ipcp" else []
        open_ += [(IPV6CP, self._ipv6cp)] if self.stage in ("ipcp", "up") and not self._ipv6cp_told else []
        return [(protocol, side.request().raw()) for protocol, side in open_]

    def echo(self, number: int) -> list[Frame]:
        """An LCP Echo-Request, for a session that is up."""
        data = self.magic.rjust(4, b"\x00")
        return [(LCP, Packet(code=ECHO_REQUEST, ident=number % 256, data=data).raw())]

    def terminate(self) -> list[Frame]:
        """Our LCP Terminate-Request."""
        return [(LCP, Packet(code=TERMINATE_REQUEST, ident=1, data=b"done").raw())]

    def expire(self) -> None:
        """The time of the stage in progress is over."""
        if self.stage in _SILENT:
            self.end(_SILENT[self.stage], self.words or "no answer")

    def hang_up(self, words: str) -> None:
        """The peer ended the session from below PPP."""
        self.end(_REFUSED.get(self.stage, ""), words)

    def end(self, state: str, words: str) -> None:
        """The session is over; only the first reason counts."""
        if self.stage != "ended":
            self.stage, self.state, self.words = "ended", state, words
            self._tell("ended", state=state, words=words)

    def receive(self, protocol: int, payload: bytes) -> list[Frame]:
        """What is to be sent in answer to a frame."""
        if self.stage == "ended" or protocol in (IPV4, IPV6):
            return []
        before = self.stage
        sent = self._answer(protocol, payload)
        self._settle()
        return sent if self.stage in (before, "ended", "up") else sent + self.requests()

    def _answer(self, protocol: int, payload: bytes) -> list[Frame]:
        if protocol in (PAP, CHAP):
            return self._authentication.receive(protocol, payload) if self._authentication else []
        packet = read_packet(payload)
        if packet is None:
            return []
        if protocol == LCP:
            return [(LCP, answer.raw()) for answer in self._answer_lcp(packet)]
        if protocol in (IPCP, IPV6CP):
            if self.stage not in ("ipcp", "up"):  # RFC 1661 3.4: too early, to be dropped in silence
                return []
            side = self._ipcp if protocol == IPCP else self._ipv6cp
            return [(protocol, answer.raw()) for answer in side.receive(packet)]
        data = protocol.to_bytes(2, "big") + payload
        return [(LCP, Packet(code=PROTOCOL_REJECT, ident=1, data=data[:1400]).raw())] if self._lcp.opened else []

    def _answer_lcp(self, packet: Packet) -> list[Packet]:
        if packet.code == ECHO_REQUEST:
            data = self.magic.rjust(4, b"\x00") + packet.data[4:]
            return [Packet(code=ECHO_REPLY, ident=packet.ident, data=data)] if self._lcp.opened else []
        if packet.code == ECHO_REPLY:
            self.echoed += self._lcp.opened
        elif packet.code == PROTOCOL_REJECT:
            rejected = {IPCP: self._ipcp, IPV6CP: self._ipv6cp}.get(int.from_bytes(packet.data[:2], "big"))
            if rejected is not None:
                rejected.ended = "the peer rejects the protocol"
        elif packet.code != DISCARD_REQUEST:
            return self._lcp.receive(packet)
        return []

    def _settle(self) -> None:
        """Go on to the next stage where this one is done, and tell what it came to."""
        if self._loops >= _LOOPS:
            self.end("looped", "our own LCP magic number comes back")
        elif self._lcp.ended and self._foreign:
            self.end("foreign_authentication", f"the network wants authentication 0x{self._foreign[:3].hex()}")
        elif self._lcp.ended:
            self.hang_up(self._lcp.ended)
        elif self.stage == "lcp" and self._lcp.opened:
            self._begin_authentication()
        elif self.stage == "authentication" and self._authentication and self._authentication.outcome:
            self._end_authentication(self._authentication)
        elif self.stage == "ipcp":
            self._settle_ipcp()
        elif self.stage == "up" and self._ipcp.ended:
            self.hang_up(self._ipcp.ended)
        if self.stage in ("ipcp", "up") and not self._ipv6cp_told and (self._ipv6cp.opened or self._ipv6cp.ended):
            self._ipv6cp_told = True
            self._tell("ipv6cp", state="up" if self._ipv6cp.opened else "refused", words=self._ipv6cp.ended)

    def _begin_authentication(self) -> None:
        theirs = self._lcp.theirs
        mru = int.from_bytes(theirs.get(_MRU, b"\x05\xdc"), "big")
        self._tell("lcp", mru=mru, magic=_MAGIC in theirs)
        option = theirs.get(_AUTHENTICATION)
        if option is None:
            self._tell("authentication", method="none", words="")
            self.stage = "ipcp"
        elif self._password is None:
            self.end("no_password", "the network asks for the account's password, and none is known")
        else:
            self.stage = "authentication"
            self._authentication = Authentication(option, self._account, self._password)

    def _end_authentication(self, done: Authentication) -> None:
        if done.outcome == "refused":
            self.end("account_refused", done.words)
            return
        self._tell("authentication", method=done.method, words=done.words)
        self.stage = "ipcp"

    def _settle_ipcp(self) -> None:
        address = self._ipcp.ours.get(_ADDRESS, b"")
        if self._ipcp.ended or _ADDRESS in self._ipcp.rejected:
            self.end("ipcp_refused", self._ipcp.ended or "the peer rejects the option IP-Address")
        elif self._ipcp.opened and address == _NOWHERE:
            self.end("ipcp_refused", "the peer gives no address")
        elif self._ipcp.opened:
            self.stage = "up"
            dns = [self._ipcp.ours.get(kind, _NOWHERE) for kind in (_DNS_1, _DNS_2)]
            peer = self._ipcp.theirs.get(_ADDRESS, _NOWHERE)
            given = [_dotted(server) for server in dns if server != _NOWHERE]
            self._tell("ipcp", address=_dotted(address), peer=_dotted(peer), dns=given)

    def _judge_lcp(self, kind: int, value: bytes) -> Judgement:
        if kind == _MRU and len(value) == 2:
            return "take" if int.from_bytes(value, "big") >= _LEAST_MRU else b"\x05\xd4"
        if kind == _AUTHENTICATION:
            self._foreign = b"" if value in METHODS else value
            return CHAP_OPTION if self._foreign else "take"
        if kind == _MAGIC and len(value) == 4:
            if value != self.magic:
                return "take"
            self._loops += 1
            return bytes(255 - byte for byte in value)  # RFC 1661 6.4: another one, please
        return "reject"  # also those of asynchronous links, RFC 2516 7

    def _judge_ipv6cp(self, kind: int, value: bytes) -> Judgement:
        if kind != _INTERFACE_ID or len(value) != 8:
            return "reject"
        if any(value) and value != self._interface_id:
            return "take"
        return bytes(255 - byte for byte in self._interface_id)

    def _tell(self, name: str, **facts: Any) -> None:
        self._events.append((name, facts))


def _adopt_lcp(kind: int, value: bytes) -> bool:
    return (kind == _MAGIC and len(value) == 4) or (kind == _MRU and len(value) == 2 and value >= b"\x00\x40")


def _judge_ipcp(kind: int, value: bytes) -> Judgement:
    if kind != _ADDRESS or len(value) != 4:
        return "reject"
    return _STAND_IN if value == _NOWHERE else "take"


def _dotted(address: bytes) -> str:
    return ".".join(map(str, address))
