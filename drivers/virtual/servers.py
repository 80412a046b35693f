"""The virtual ONT on a real port, whatever the transport; each server is a context manager.

Port 0 takes a free one. Only the library of the transport that is asked for is imported.
"""

from types import TracebackType
from typing import Protocol, Self

from drivers.virtual.ont import VirtualOnt
from drivers.virtual.stream import TelnetServer


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
