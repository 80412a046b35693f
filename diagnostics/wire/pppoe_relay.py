"""Moves IPv4 packets between a PPPoE session and a TUN device of the same network namespace, as fast as Python can.

Upstream has a process of its own, so that both directions have a processor. Frames are not looked into beyond what
tells a packet of the session from all else; what is not IPv4 is handed out. TUN device and routes end with the process.
"""

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

from diagnostics.ppp.packet import Frame
from diagnostics.wire.pppoe_frames import HEADER, SESSION, Discovery, read_session, session_header
from diagnostics.wire.pppoe_port import Link

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_PR_SET_PDEATHSIG = 1
_DATA = HEADER + 2  # where the IP packet begins
_IPV4 = b"\x00\x21"
_BATCH = 64
_TELL_S = 1.0
_STDOUT = 1
_NO_RIGHT = (
    "a TUN device needs CAP_NET_ADMIN: run as root, or setcap cap_net_raw,cap_net_admin+ep on the agent's python"
)


class Relay:
    """The data path of one session."""

    def __init__(self, link: Link, tunnel: str) -> None:
        self._link, self._tunnel = link, tunnel
        self._tun = -1
        self._uplink = 0

    def plug(self, address: str, mtu: int, routes: list[str]) -> str:
        """Make the TUN device, with the session's address and a host route to each target; what hinders it, in words.

        Only those targets are routed there: the station's own traffic must not enter the customer's session.
        """
        for target in routes:
            if not _is_ipv4(target):
                return f"{target} is no IPv4 address, and only IPv4 is relayed: name the reflector by its IPv4 address"
        try:
            self._tun = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
            fcntl.ioctl(self._tun, _TUNSETIFF, struct.pack("16sH22x", self._tunnel.encode(), _IFF_TUN | _IFF_NO_PI))
        except PermissionError:
            return _NO_RIGHT
        except OSError as error:
            return f"no TUN device: {error.strerror}; load the kernel module tun"
        commands = [
            ("address", "add", f"{address}/32", "dev", self._tunnel),
            ("link", "set", self._tunnel, "mtu", str(mtu), "up"),
            *(("route", "replace", f"{target}/32", "dev", self._tunnel) for target in routes),
        ]
        for command in commands:
            done = subprocess.run(["ip", *command], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                return f"ip {' '.join(command)}: {done.stderr.strip()}"
        self._uplink = self._fork()
        return ""

    def move(self) -> Iterator[Frame | Discovery | dict[str, Any]]:
        """Move packets; hands out frames that are not IPv4, and every second `{"load": share of a processor wanted}`.

        Ends when nobody reads our standard output any more, for then the station is gone, or when upstream broke down.
        """
        port = self._link.port
        poll = select.poll()
        poll.register(port.session, select.POLLIN)
        poll.register(port.discovery, select.POLLIN)
        poll.register(_STDOUT, 0)
        load = _Load([os.getpid(), self._uplink] if self._uplink else [os.getpid()])
        while True:
            ready = dict(poll.poll(int(_TELL_S * 1000)))
            if _STDOUT in ready:
                return
            if port.session.fileno() in ready:
                yield from self._down(port.session)
            if port.discovery.fileno() in ready:
                seen = self._link.discovered(port.discovery.recv(65535))
                if seen is not None:
                    yield seen
            if load.due():
                if self._uplink and os.waitpid(self._uplink, os.WNOHANG)[0]:
                    self._uplink = 0
                    return
                yield {"load": load.taken()}

    def _down(self, sock: socket.socket) -> Iterator[Frame]:
        link, tun = self._link, self._tun
        room = bytearray(65536)
        view = memoryview(room)
        mine = link.peer + SESSION.to_bytes(2, "big") + b"\x11\x00" + link.number.to_bytes(2, "big")
        for _ in range(_BATCH):
            try:
                got = sock.recv_into(room, 0, socket.MSG_DONTWAIT)
            except OSError:  # nothing more, or the interface went down
                return
            if room[6:18] != mine:
                continue
            end = HEADER + (room[18] << 8 | room[19])
            if room[20:22] != _IPV4 or not _DATA < end <= got:
                other = read_session(bytes(view[:got]), peer=link.peer, session=link.number)
                if other is not None:
                    yield other
            elif tun >= 0:
                with contextlib.suppress(OSError):  # a packet that the kernel does not take is lost, as on any line
                    os.write(tun, view[_DATA:end])

    def _fork(self) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
            os.close(_STDOUT)
            self._up()
        finally:
            os._exit(1)

    def _up(self) -> None:
        link = self._link
        header = session_header(source=link.port.mac, target=link.peer, session=link.number)
        room = bytearray(header + b"\x00\x00" + _IPV4 + bytes(2048))
        view, sock, tun = memoryview(room), link.port.session, self._tun
        packet, read, send, suppressed = [view[_DATA:]], os.readv, sock.send, contextlib.suppress(OSError)
        while True:
            got = read(tun, packet)
            if room[_DATA] >> 4 == 4:
                room[18], room[19] = divmod(got + 2, 256)
                with suppressed:  # lost, as on any line
                    send(view[: _DATA + got])

    def __enter__(self) -> "Relay":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._uplink:
            os.kill(self._uplink, signal.SIGKILL)
            os.waitpid(self._uplink, 0)
        if self._tun >= 0:
            os.close(self._tun)


def _is_ipv4(address: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET, address)
    except OSError:
        return False
    return True


class _Load:
    """How much of a processor processes wanted: time that they ran or waited to run, over wall time."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids
        self._before, self._then = self._wanted_ns(), time.monotonic_ns()

    def due(self) -> bool:
        return time.monotonic_ns() - self._then >= _TELL_S * 1e9

    def taken(self) -> float:
        """The share of the busiest process since the last call; a whole one where the kernel does not tell."""
        now, wanted = time.monotonic_ns(), self._wanted_ns()
        shares = [(wanted[pid] - ns) / (now - self._then) for pid, ns in self._before.items() if pid in wanted]
        self._before, self._then = wanted, now
        return round(max(shares, default=1.0), 3)

    def _wanted_ns(self) -> dict[int, int]:
        found = {}
        for pid in self._pids:
            with contextlib.suppress(OSError, ValueError):
                ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
                found[pid] = int(ran) + int(waited)
        return found
