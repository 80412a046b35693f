"""The network halves of the virtual ONT: Telnet here, SSH and SNMP beside; each a context manager on a real port.

Port 0 takes a free one. Every thread and socket ends with the context. A login is checked by the virtual ONT itself.
"""

import socket
from types import TracebackType
from typing import Protocol, Self

from drivers.telnet import DO, ECHO, IAC, NAWS, SB, SGA, WILL, TelnetFilter
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.shell import Shell
from drivers.virtual.stream import StreamServer

GREETING = bytes((IAC, WILL, ECHO, IAC, WILL, SGA, IAC, DO, NAWS))


class Server(Protocol):
    """A virtual ONT on a port."""

    host: str
    port: int

    def __enter__(self) -> Self:
        """Start serving."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End all that was started."""


def serve(ont: VirtualOnt, transport: str, host: str = "127.0.0.1", port: int = 0) -> Server:
    """The server of a virtual ONT for one transport, not yet started. Raises NotAvailable where the port is taken."""
    if transport == "telnet":
        return TelnetServer(ont, host, port)
    if transport == "ssh":
        from drivers.virtual.ssh import SshServer

        return SshServer(ont, host, port)
    from drivers.virtual.snmp import SnmpServer

    return SnmpServer(ont, host, port)


class TelnetServer(StreamServer):
    """A virtual ONT on a telnet port."""

    def serve_one(self, connection: socket.socket) -> None:
        """Negotiate, then be the ONT's command line."""
        connection.sendall(GREETING)
        for _ in range(self.ont.faults.option_flood):
            connection.sendall(bytes((IAC, DO, 24)) * 100)
        if self.ont.faults.unfinished_option:
            connection.sendall(bytes((IAC, SB, 24, 1)))
        Shell(self.ont, _TelnetStream(connection), self.closing).run(admitted=False)


class _TelnetStream:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._filter = TelnetFilter()

    def read(self) -> bytes:
        while raw := self._connection.recv(4096):
            text, _ = self._filter.feed(raw)  # the client's half is agreed to by silence
            if text:
                return text
        return b""

    def write(self, data: bytes) -> None:
        self._connection.sendall(data.replace(b"\xff", b"\xff\xff"))
