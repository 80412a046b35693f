"""Option negotiation of one control protocol (RFC 1661 4 and 5), the same for LCP, IPCP and IPv6CP; pure.

What we want is asked for and given up where the peer rejects it; what the peer wants is judged by the protocol's own
rule. A peer that never agrees is found out after a bounded number of refusals.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from diagnostics.ppp.packet import (
    CODE_REJECT,
    CONFIGURE_ACK,
    CONFIGURE_NAK,
    CONFIGURE_REJECT,
    CONFIGURE_REQUEST,
    TERMINATE_ACK,
    TERMINATE_REQUEST,
    Option,
    Packet,
    read_options,
    write_options,
)

_MOST_REFUSALS = 10  # RFC 1661 4.6 Max-Failure is 5; both sides may refuse

# What a peer's option meets: taken, rejected (we do not know it), or another value proposed in its place.
Judgement = Literal["take", "reject"] | bytes


class Negotiation:
    """One control protocol's way to agreement.

    `ours` are the options that we ask for, and finally those that the peer granted; `theirs` those that we granted.
    """

    def __init__(
        self,
        wanted: Mapping[int, bytes],
        judge: Callable[[int, bytes], Judgement],
        adopt: Callable[[int, bytes], bool] = lambda kind, value: True,
    ) -> None:
        self.ours = dict(wanted)
        self.theirs: dict[int, bytes] = {}
        self.rejected: set[int] = set()
        self.ended = ""
        self._judge, self._adopt = judge, adopt
        self._granted = self._granting = False
        self._ident = 1
        self._refusals = 0

    @property
    def opened(self) -> bool:
        """Whether both sides agree."""
        return self._granted and self._granting and not self.ended

    def request(self) -> Packet:
        """Our Configure-Request, to be sent first, and again where nothing is heard."""
        return Packet(code=CONFIGURE_REQUEST, ident=self._ident, data=write_options(tuple(self.ours.items())))

    def receive(self, packet: Packet) -> list[Packet]:
        """What is to be sent in answer to a packet."""
        if packet.code == CONFIGURE_REQUEST:
            return self._asked(packet)
        if packet.code in (CONFIGURE_ACK, CONFIGURE_NAK, CONFIGURE_REJECT):
            return self._answered(packet)
        if packet.code == TERMINATE_REQUEST:
            self.ended = packet.data.decode(errors="replace") or "the peer terminated"
            return [Packet(code=TERMINATE_ACK, ident=packet.ident)]
        if packet.code == CODE_REJECT:
            self.ended = "the peer rejects the protocol's packets"
        elif packet.code != TERMINATE_ACK:
            return [Packet(code=CODE_REJECT, ident=packet.ident, data=packet.raw())]
        return []

    def _asked(self, packet: Packet) -> list[Packet]:
        options = read_options(packet.data)
        if options is None:
            return []
        judged = [(kind, value, self._judge(kind, value)) for kind, value in options]
        rejected = tuple((kind, value) for kind, value, judgement in judged if judgement == "reject")
        proposed = tuple((kind, j) for kind, _, j in judged if isinstance(j, bytes))
        self._granting = not rejected and not proposed
        if self._granting:
            self.theirs = dict(options)
            return [Packet(code=CONFIGURE_ACK, ident=packet.ident, data=packet.data)]
        self._refused("it insists on options that we cannot take")
        if rejected:
            return [Packet(code=CONFIGURE_REJECT, ident=packet.ident, data=write_options(rejected))]
        return [Packet(code=CONFIGURE_NAK, ident=packet.ident, data=write_options(proposed))]

    def _answered(self, packet: Packet) -> list[Packet]:
        options = read_options(packet.data)
        if packet.ident != self._ident or options is None or self._granted:
            return []
        if packet.code == CONFIGURE_ACK:
            self._granted = packet.data == self.request().data
            return []
        self._take_back(packet.code, options)
        self._ident = self._ident % 255 + 1
        self._refused("it does not grant what we ask for")
        return [] if self.ended else [self.request()]

    def _take_back(self, code: int, options: tuple[Option, ...]) -> None:
        for kind, value in options:
            if kind not in self.ours:
                continue
            if code == CONFIGURE_NAK and self._adopt(kind, value):
                self.ours[kind] = value
            elif code == CONFIGURE_REJECT:
                del self.ours[kind]
                self.rejected.add(kind)

    def _refused(self, words: str) -> None:
        self._refusals += 1
        if self._refusals > _MOST_REFUSALS:
            self.ended = words
