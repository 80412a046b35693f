"""TCP sockets as the kernel counts them: by inet_diag while they live, by the destroy event when they end.

Needs no rights within our own network namespace. Layouts: linux/inet_diag.h, linux/sock_diag.h, linux/tcp.h (TCP_INFO).
"""

import contextlib
import ipaddress
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType

from diagnostics.errors import NotAvailable

_SOCK_DIAG = 4  # NETLINK_SOCK_DIAG
_BY_FAMILY, _DONE, _ERROR = 20, 3, 2
_TCP_DESTROY_GROUPS = 0b101  # SKNLGRP_INET_TCP_DESTROY and SKNLGRP_INET6_TCP_DESTROY
_INFO = 2  # INET_DIAG_INFO
_LISTEN, _TIME_WAIT = 10, 6
_STATES = 0xFFF & ~(1 << _LISTEN) & ~(1 << _TIME_WAIT)
_RECEIVE_BYTES = 1 << 22


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """One socket's counters: bytes that the peer acknowledged, bytes that came in order, retransmits, least round trip.

    `min_rtt_us` is 0 where nothing was measured.
    """

    cookie: int
    port: int
    peer: str
    acked: int
    received: int
    retransmits: int
    min_rtt_us: int


def parse(raw: bytes) -> Iterator[Counted | None]:
    """The sockets in one netlink datagram; None marks the end of a dump. What is not whole is passed over."""
    offset = 0
    while offset + 16 <= len(raw):
        length, kind = struct.unpack_from("=IH", raw, offset)
        if length < 16:
            return
        if kind in (_DONE, _ERROR):
            yield None
        elif kind == _BY_FAMILY and (found := _counted(raw[offset + 16 : offset + length])):
            yield found
        offset += (length + 3) & ~3


def _counted(message: bytes) -> Counted | None:
    if len(message) < 72:
        return None
    info = _attribute(message, _INFO)
    if info is None or len(info) < 152:
        return None
    family = message[0]
    port, peer_port = struct.unpack_from("!HH", message, 4)
    if not peer_port:
        return None
    low, high = struct.unpack_from("=II", message, 44)
    acked, received = struct.unpack_from("=QQ", info, 120)
    (min_rtt,) = struct.unpack_from("=I", info, 148)
    return Counted(
        cookie=high << 32 | low,
        port=port,
        peer=plain_address(message[24:28] if family == socket.AF_INET else message[24:40]),
        acked=acked,
        received=received,
        retransmits=struct.unpack_from("=I", info, 100)[0],
        min_rtt_us=0 if min_rtt == 0xFFFFFFFF else min_rtt,
    )


def _attribute(message: bytes, wanted: int) -> bytes | None:
    offset = 72
    while offset + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, offset)
        if length < 4:
            return None
        if kind == wanted:
            return message[offset + 4 : offset + length]
        offset += (length + 3) & ~3
    return None


def plain_address(packed: bytes | str) -> str:
    """An address as text; an IPv4 address inside an IPv6 one comes out as itself."""
    made = ipaddress.ip_address(packed)
    mapped = made.ipv4_mapped if isinstance(made, ipaddress.IPv6Address) else None
    return str(mapped or made)


def sockets_at(port: int) -> list[Counted]:
    """Every socket that lives at a local TCP port now, those waiting out their time left aside."""
    found = []
    for family in (socket.AF_INET, socket.AF_INET6):
        with _netlink() as link:
            link.settimeout(2.0)
            link.send(_dump_request(family, port))
            ended = False
            while not ended:
                for each in parse(link.recv(1 << 16)):
                    ended = ended or each is None
                    if each is not None and each.port == port:
                        found.append(each)
    return found


def _dump_request(family: int, port: int) -> bytes:
    wanted = struct.pack("=BBBBI", family, socket.IPPROTO_TCP, 1 << (_INFO - 1), 0, _STATES)
    wanted += struct.pack("!HH", port, 0) + bytes(32) + struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    return struct.pack("=IHHII", 16 + len(wanted), _BY_FAMILY, 0x301, 1, 0) + wanted


def _netlink() -> socket.socket:
    try:
        return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _SOCK_DIAG)
    except OSError as error:
        raise NotAvailable(f"the kernel's socket counters cannot be read ({error.strerror}); load inet_diag") from error


class Endings:
    """Sockets that ended since this was opened, with their last counters."""

    def __init__(self) -> None:
        self._link = _netlink()
        with contextlib.suppress(OSError):
            self._link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BYTES)
        self._link.bind((0, _TCP_DESTROY_GROUPS))
        self._link.setblocking(False)

    def take(self) -> list[Counted]:
        """The sockets that ended since the last call; where the kernel could not keep up some are missing."""
        found: list[Counted] = []
        while True:
            try:
                found += [each for each in parse(self._link.recv(1 << 16)) if each is not None]
            except BlockingIOError:
                return found
            except OSError:  # ENOBUFS: events were lost; the dumps have all but the tail
                continue

    def close(self) -> None:
        """Listen no more."""
        self._link.close()

    def __enter__(self) -> "Endings":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
