"""The account's proof to the network: PAP (RFC 1334) and CHAP with MD5 (RFC 1994); pure.

The password leaves this file only as PAP's own packet or inside CHAP's digest. A peer's message is kept as its words.
"""

import hashlib
from typing import Literal

from diagnostics.ppp.packet import CHAP, PAP, Frame, Packet, read_packet

PAP_OPTION = PAP.to_bytes(2, "big")
CHAP_OPTION = CHAP.to_bytes(2, "big") + b"\x05"
METHODS = {PAP_OPTION: "pap", CHAP_OPTION: "chap_md5"}
_ASK, _YES, _NO = 1, 2, 3  # PAP
_CHALLENGE, _RESPONSE, _SUCCESS, _FAILURE = 1, 2, 3, 4  # CHAP

Outcome = Literal["", "accepted", "refused"]


class Authentication:
    """One account's proof by the method that LCP agreed on; `outcome` is empty until the peer has decided."""

    def __init__(self, option: bytes, account: str, password: str) -> None:
        self.method = METHODS[option]
        self.outcome: Outcome = ""
        self.words = ""
        self._account, self._password = account.encode(), password.encode()
        self._answered: int | None = None

    def request(self) -> list[Frame]:
        """What we say unasked, to be said again where nothing is heard: PAP asks, CHAP waits for its challenge."""
        if self.method != "pap" or self.outcome:
            return []
        data = b"".join(bytes((len(word),)) + word for word in (self._account[:255], self._password[:255]))
        return [(PAP, Packet(code=_ASK, ident=1, data=data).raw())]

    def receive(self, protocol: int, payload: bytes) -> list[Frame]:
        """What is to be sent in answer to a frame of an authentication protocol."""
        packet = read_packet(payload)
        if packet is None or (protocol == PAP) != (self.method == "pap"):
            return []
        if protocol == PAP:
            if packet.ident == 1 and packet.code in (_YES, _NO):
                words = packet.data[1 : 1 + packet.data[0]] if packet.data else b""
                self._decide(packet.code == _YES, words)
            return []
        if packet.code == _CHALLENGE:
            return self._respond(packet)
        if packet.ident == self._answered and packet.code in (_SUCCESS, _FAILURE):
            self._decide(packet.code == _SUCCESS, packet.data)
        return []

    def _respond(self, packet: Packet) -> list[Frame]:
        size = packet.data[0] if packet.data else 0
        value = packet.data[1 : 1 + size]
        if not size or len(value) != size:
            return []
        self._answered = packet.ident
        digest = hashlib.md5(bytes((packet.ident,)) + self._password + value, usedforsecurity=False).digest()
        data = bytes((len(digest),)) + digest + self._account
        return [(CHAP, Packet(code=_RESPONSE, ident=packet.ident, data=data).raw())]

    def _decide(self, accepted: bool, words: bytes) -> None:
        self.outcome = "accepted" if accepted else "refused"
        self.words = words.decode(errors="replace")
