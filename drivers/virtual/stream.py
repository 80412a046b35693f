"""What every virtual server stands on: a bound socket, and a thread for each connection.

Every thread and socket ends with the context. A log-in is checked by the virtual ONT itself.
"""

import contextlib
import random
import socket
import struct
import threading
from types import TracebackType
from typing import Self

from diagnostics.errors import NotAvailable
from drivers.virtual.ont import VirtualOnt


def bound(kind: socket.SocketKind, host: str, port: int) -> socket.socket:
    """A socket bound to an address of this machine. Raises NotAvailable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, kind)
    if kind == socket.SOCK_STREAM:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError as error:
        made.close()
        raise NotAvailable(f"port {port} of {host} cannot be used ({error.strerror}); choose another") from error
    return made


class StreamServer:
    """Accepts connections and serves each in a thread of its own."""

    def __init__(self, ont: VirtualOnt, host: str, port: int) -> None:
        self.ont = ont
        self.closing = threading.Event()
        self._listener = bound(socket.SOCK_STREAM, host, port)
        self._listener.listen(8)
        self.host, self.port = self._listener.getsockname()[:2]
        self._threads: list[threading.Thread] = []
        self._connections: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.closing.set()
        for opened in (self._listener, *self._connections):
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)
            opened.close()
        for thread in self._threads:
            thread.join(5)

    def serve_one(self, connection: socket.socket) -> None:
        """Serve one connection to its end."""
        raise NotImplementedError

    def _start(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            self._start(self._guarded, connection)

    def _guarded(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.ont.faults.resets:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            elif self.ont.faults.silent:
                self.closing.wait()
            elif self.ont.faults.garbage:
                connection.sendall(random.Random(1).randbytes(20_000))
                self.closing.wait()
            else:
                self.serve_one(connection)
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        connection.close()
        self.ont.left.set()
