"""The interface as PPPoE sees it: two sockets that the kernel gives nothing but PPPoE; no other flood reaches them."""

import fcntl
import select
import socket
import struct
import time
from collections.abc import Sequence
from types import TracebackType

from diagnostics.ppp.packet import Frame
from diagnostics.wire.pppoe_frames import DISCOVERY, SESSION, Discovery, read_discovery, read_session, write_session

_SIOCGIFMTU = 0x8921
_SO_RCVBUFFORCE = 33
_ROOM = 1 << 22  # bytes that may wait for us; a full window of a fast line


class Port:
    """Discovery and session frames on one interface; raises PermissionError without CAP_NET_RAW."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        self.discovery = _open(interface, DISCOVERY)
        self.session = _open(interface, SESSION)
        self.mac: bytes = self.discovery.getsockname()[4]
        name = struct.pack("16si12x", interface.encode()[:15], 0)
        self.mtu: int = struct.unpack("16si", fcntl.ioctl(self.discovery, _SIOCGIFMTU, name)[:20])[1]

    def discovered(self, until: float, mark: bytes) -> Discovery | None:
        """The next discovery frame that holds these bytes and can be read; None where the time comes first.

        The mark is our Host-Uniq: a flood of other discovery frames is dropped before it costs anything.
        """
        while self.wait(until, self.discovery):
            raw = self.discovery.recv(65535)
            frame = read_discovery(raw) if mark in raw else None
            if frame is not None:
                return frame
        return None

    def close(self) -> None:
        """Give the sockets back."""
        self.discovery.close()
        self.session.close()

    def __enter__(self) -> "Port":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def wait(self, until: float, *sockets: socket.socket) -> list[socket.socket]:
        """Those sockets that have something to read; none once the time is over, however much waits."""
        left = until - time.monotonic()
        return select.select(sockets, [], [], left)[0] if left > 0 else []


class Link:
    """One established PPPoE session on a port; `mark` is what other concentrators' late offers to us hold."""

    def __init__(self, port: Port, *, peer: bytes, number: int, mark: bytes = b"") -> None:
        self.port, self.peer, self.number, self._mark = port, peer, number, mark

    def discovered(self, raw: bytes) -> Discovery | None:
        """The discovery frame that these bytes are, where it comes from the peer or answers us."""
        return read_discovery(raw) if raw[6:12] == self.peer or (self._mark and self._mark in raw) else None

    def send(self, frames: Sequence[Frame]) -> None:
        """Send PPP frames to the peer."""
        for frame in frames:
            raw = write_session(frame, source=self.port.mac, target=self.peer, session=self.number)
            self.port.session.send(raw)

    def receive(self, until: float) -> Frame | Discovery | None:
        """The next PPP frame of this session, or a discovery frame; None where the time comes first."""
        while found := self.port.wait(until, self.port.session, self.port.discovery):
            raw = found[0].recv(65535)
            if found[0] is self.port.discovery:
                seen: Frame | Discovery | None = self.discovered(raw)
            else:
                seen = read_session(raw, peer=self.peer, session=self.number)
            if seen is not None:
                return seen
        return None


def _open(interface: str, protocol: int) -> socket.socket:
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # deaf until it is bound
    try:
        try:
            made.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _ROOM)
        except PermissionError:  # without CAP_NET_ADMIN the system's own bound holds
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _ROOM)
        made.bind((interface, protocol))
    except BaseException:
        made.close()
        raise
    return made
