"""Filters that the kernel applies before a frame reaches us, so that a flood of broadcast costs us nothing.

A pattern is a list of words that must all stand at their place in the frame; a filter passes what matches any pattern,
also behind one VLAN tag. Classic BPF, written out here: libpcap would be one more thing to install.
"""

import ctypes
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace

_SO_ATTACH_FILTER = 26
_LOAD = {4: 0x20, 2: 0x28, 1: 0x30}  # BPF_LD | BPF_ABS with the width
_AND, _JUMP_EQUAL, _RETURN = 0x54, 0x15, 0x06
_TAG_BYTES = 4
_ALL = 0x40000

IPV4, IPV6, ARP, PPPOE_DISCOVERY = 0x0800, 0x86DD, 0x0806, 0x8863
UDP, ICMPV6 = 17, 58


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A value of 1, 2 or 4 bytes at an offset of the untagged Ethernet frame."""

    at: int
    size: int
    value: int
    mask: int = 0xFFFFFFFF


Pattern = tuple[Word, ...]


def ethertype(value: int) -> Pattern:
    """Frames of one type."""
    return (Word(at=12, size=2, value=value),)


def source_mac(mac: bytes) -> Pattern:
    """Frames that one station sent."""
    high, low = struct.unpack("!IH", mac)
    return (Word(at=6, size=4, value=high), Word(at=10, size=2, value=low))


def udp4_to(port: int) -> Pattern:
    """IPv4 UDP (without IP options) to a port."""
    return (
        *ethertype(IPV4),
        Word(at=14, size=1, value=0x45),
        Word(at=23, size=1, value=UDP),
        Word(at=36, size=2, value=port),
    )


def udp6_to(port: int) -> Pattern:
    """IPv6 UDP (without extension headers) to a port."""
    return (*ethertype(IPV6), Word(at=20, size=1, value=UDP), Word(at=56, size=2, value=port))


def icmp6_of(kind: int) -> Pattern:
    """ICMPv6 of one type."""
    return (*ethertype(IPV6), Word(at=20, size=1, value=ICMPV6), Word(at=54, size=1, value=kind))


def ipv4_to(address: str) -> Pattern:
    """IPv4 to an address."""
    return (*ethertype(IPV4), Word(at=30, size=4, value=struct.unpack("!I", socket.inet_aton(address))[0]))


def arp_from(address: str) -> Pattern:
    """ARP whose sender claims an address."""
    return (*ethertype(ARP), Word(at=28, size=4, value=struct.unpack("!I", socket.inet_aton(address))[0]))


def attach(sock: socket.socket, patterns: Sequence[Pattern]) -> None:
    """Let only what matches a pattern reach this socket."""
    code = program(patterns)
    room = ctypes.create_string_buffer(code)
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HL", len(code) // 8, ctypes.addressof(room)))


def program(patterns: Sequence[Pattern]) -> bytes:
    """The filter as the kernel's instructions, 8 bytes each."""
    shifted = [tuple(map(_behind_tag, pattern)) for pattern in patterns]
    made = b"".join(map(_match, (*patterns, *shifted)))
    return made + _instruction(_RETURN, 0)


def _behind_tag(word: Word) -> Word:
    return replace(word, at=word.at + _TAG_BYTES) if word.at >= 12 else word


def _match(pattern: Pattern) -> bytes:
    """Pass the frame where every word stands, else fall through behind these instructions."""
    made = _instruction(_RETURN, _ALL)
    for word in reversed(pattern):
        skip = len(made) // 8
        test = _instruction(_JUMP_EQUAL, word.value, otherwise=skip)
        masked = _instruction(_AND, word.mask) if word.mask != 0xFFFFFFFF else b""
        made = _instruction(_LOAD[word.size], word.at) + masked + test + made
    return made


def _instruction(code: int, value: int, otherwise: int = 0) -> bytes:
    return struct.pack("HBBI", code, 0, otherwise, value)
