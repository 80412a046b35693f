"""PPPoE's own frames (RFC 2516): built and read by scapy in discovery, cut by hand where PPP packets stream through.

A frame that is cut, contradicts its lengths or has a tag that does not end is None, never a guess.
"""

from dataclasses import dataclass
from typing import Any

from diagnostics.ppp.packet import Frame

DISCOVERY, SESSION = 0x8863, 0x8864  # Ethernet types
PADI, PADO, PADR, PADS, PADT = 0x09, 0x07, 0x19, 0x65, 0xA7
SERVICE_NAME, AC_NAME, HOST_UNIQ, AC_COOKIE, RELAY_ID = 0x0101, 0x0102, 0x0103, 0x0104, 0x0110
MAX_PAYLOAD = 0x0120  # RFC 4638
ERRORS = {0x0201: "Service-Name-Error", 0x0202: "AC-System-Error", 0x0203: "Generic-Error"}
BROADCAST = b"\xff" * 6
HEADER = 20  # Ethernet 14, PPPoE 6; the PPP protocol comes behind

Tag = tuple[int, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovery:
    """One frame of the discovery stage."""

    code: int
    source: bytes
    session: int = 0
    tags: tuple[Tag, ...] = ()

    def all(self, kind: int) -> list[bytes]:
        """The values of all tags of a kind."""
        return [value for tag, value in self.tags if tag == kind]

    def text(self, kind: int) -> str:
        """The value of the first tag of a kind, as text; empty where there is none."""
        return next((value.decode(errors="replace") for value in self.all(kind)), "")

    def errors(self) -> str:
        """The peer's complaints in its own words; empty where it has none."""
        found = [f"{ERRORS[kind]}: {value.decode(errors='replace')}" for kind, value in self.tags if kind in ERRORS]
        return "; ".join(words.removesuffix(": ") for words in found)


def write_discovery(code: int, *, source: bytes, target: bytes, session: int = 0, tags: tuple[Tag, ...] = ()) -> bytes:
    """A discovery frame with its Ethernet header."""
    from scapy.layers.l2 import Ether
    from scapy.layers.ppp import PPPoED, PPPoED_Tags, PPPoETag

    body = PPPoED_Tags(tag_list=[PPPoETag(tag_type=kind, tag_value=value) for kind, value in tags])
    return bytes(Ether(dst=_colons(target), src=_colons(source)) / PPPoED(code=code, sessionid=session) / body)


def write_padt(*, source: bytes, target: bytes, session: int) -> bytes:
    """The frame that ends a session (RFC 2516 5.5); by hand, for giving a session back must not wait for scapy."""
    return target + source + DISCOVERY.to_bytes(2, "big") + bytes((0x11, PADT)) + session.to_bytes(2, "big") + b"\0\0"


def read_discovery(raw: bytes) -> Discovery | None:
    """The discovery frame that these bytes are, Ethernet header first."""
    from scapy.layers.ppp import PPPoED

    try:
        frame: Any = PPPoED(raw[14:])
        if len(raw) < HEADER or (frame.version, frame.type) != (1, 1) or frame.len > len(raw) - HEADER:
            return None
        tags = _tags(raw[HEADER : HEADER + frame.len])
        if tags is None:
            return None
        return Discovery(code=frame.code, source=raw[6:12], session=frame.sessionid, tags=tags)
    except Exception:  # scapy raises whatever its field parsers meet
        return None


def _tags(raw: bytes) -> tuple[Tag, ...] | None:
    from scapy.layers.ppp import PPPoED_Tags

    found = []
    for tag in PPPoED_Tags(raw).tag_list or ():
        if getattr(tag, "tag_type", 0) == 0:  # End-Of-List, or bytes that are no tag
            break
        if tag.tag_len != len(tag.tag_value):
            return None
        found.append((int(tag.tag_type), bytes(tag.tag_value)))
    return tuple(found)


def write_session(frame: Frame, *, source: bytes, target: bytes, session: int) -> bytes:
    """A frame of the session stage with its Ethernet header."""
    protocol, payload = frame
    return b"".join(
        (
            session_header(source=source, target=target, session=session),
            (len(payload) + 2).to_bytes(2, "big"),
            protocol.to_bytes(2, "big"),
            payload,
        )
    )


def session_header(*, source: bytes, target: bytes, session: int) -> bytes:
    """What every frame of a session begins with, up to the PPPoE length (RFC 2516 4)."""
    return target + source + SESSION.to_bytes(2, "big") + b"\x11\x00" + session.to_bytes(2, "big")


def read_session(raw: bytes, *, peer: bytes, session: int) -> Frame | None:
    """The PPP frame inside a frame of this session from this peer; None for every other frame."""
    length = int.from_bytes(raw[18:20], "big")
    if len(raw) < HEADER + 2 or raw[6:12] != peer or raw[14:18] != b"\x11\x00" + session.to_bytes(2, "big"):
        return None
    if not 2 <= length <= len(raw) - HEADER:
        return None
    return int.from_bytes(raw[20:22], "big"), raw[22 : HEADER + length]


def _colons(mac: bytes) -> str:
    return mac.hex(":")
