"""Packets and options of PPP's control protocols: bytes to nouns and back, strictly; pure.

What is truncated or contradicts its own length is None, never a guess.
"""

from dataclasses import dataclass

LCP, PAP, CHAP, IPCP, IPV6CP = 0xC021, 0xC023, 0xC223, 0x8021, 0x8057
IPV4, IPV6 = 0x0021, 0x0057

CONFIGURE_REQUEST, CONFIGURE_ACK, CONFIGURE_NAK, CONFIGURE_REJECT = 1, 2, 3, 4  # RFC 1661 5
TERMINATE_REQUEST, TERMINATE_ACK, CODE_REJECT, PROTOCOL_REJECT = 5, 6, 7, 8
ECHO_REQUEST, ECHO_REPLY, DISCARD_REQUEST = 9, 10, 11

Frame = tuple[int, bytes]  # a PPP protocol number and its payload
Option = tuple[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet of a control protocol (RFC 1661 5: code, identifier, length, data)."""

    code: int
    ident: int
    data: bytes = b""

    def raw(self) -> bytes:
        """The packet as it goes into a frame."""
        return bytes((self.code, self.ident)) + (len(self.data) + 4).to_bytes(2, "big") + self.data


def read_packet(raw: bytes) -> Packet | None:
    """The packet at the beginning of these bytes, what pads it dropped; None where its length cannot be."""
    length = int.from_bytes(raw[2:4], "big")
    if len(raw) < 4 or not 4 <= length <= len(raw):
        return None
    return Packet(code=raw[0], ident=raw[1], data=raw[4:length])


def read_options(data: bytes) -> tuple[Option, ...] | None:
    """The configuration options in these bytes, in their order; None where one is cut."""
    found = []
    while data:
        if len(data) < 2 or not 2 <= data[1] <= len(data):
            return None
        found.append((data[0], data[2 : data[1]]))
        data = data[data[1] :]
    return tuple(found)


def write_options(options: tuple[Option, ...]) -> bytes:
    """The options as a Configure packet carries them."""
    return b"".join(bytes((kind, len(value) + 2)) + value for kind, value in options)
