"""A web server of ours on loopback, which answers as it is told: well, badly, or never."""

import contextlib
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from diagnostics import strict_json

WAIT_S = 60


@dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Never:
    """No more than these bytes, and no end either, until the client lets go."""

    first: bytes = b""
    drip: bytes = b""


Reply = bytes | Never


def reply(status: int, body: object = None, **headers: str) -> bytes:
    """A whole answer in HTTP; a body that is not bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else b"" if body is None else strict_json.write(body)
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(raw)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + raw


class WebPeer:
    """The server; `asked` is what came, in order."""

    def __init__(self, answer: Callable[[Asked], Reply], tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self._answer = answer
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(WAIT_S)

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), plain:
                plain.settimeout(WAIT_S)
                self._talk(self._tls.wrap_socket(plain, server_side=True) if self._tls else plain)

    def _talk(self, link: socket.socket) -> None:
        with link, link.makefile("rb") as lines:
            first = lines.readline().decode("latin-1").split(" ")
            headers = {}
            while (line := lines.readline().strip()) != b"":
                name, _, value = line.decode("latin-1").partition(":")
                headers[name.lower()] = value.strip()
            length = int(headers.get("content-length", 0))
            body = lines.read(length)
            if len(first) != 3 or len(body) < length:  # the client was killed
                return
            asked = Asked(first[0], first[1], headers, body)
            self.asked.append(asked)
            answer = self._answer(asked)
            if isinstance(answer, bytes):
                link.sendall(answer)
                return
            link.sendall(answer.first)
            while answer.drip:  # until the client lets go
                link.sendall(answer.drip)
                if select.select([link], [], [], 0.02)[0]:
                    return
            lines.read(1)


@contextlib.contextmanager
def serving(answer: Callable[[Asked], Reply], tls: ssl.SSLContext | None = None) -> Iterator[WebPeer]:
    peer = WebPeer(answer, tls)
    try:
        yield peer
    finally:
        peer.close()
