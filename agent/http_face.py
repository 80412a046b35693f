"""A small HTTP server of our own, without a log-in: what the metrics and the reflector's gate stand on.

It asks no name server who it is, neither when it starts nor later, and a peer that hangs up is no news.
"""

import contextlib
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import AF_INET, AF_INET6
from socketserver import TCPServer

_SPENT_BYTES, _SPENT_S = 1 << 20, 2.0


class HttpFace(HTTPServer):
    """An HTTP server at an address, IPv4 or IPv6; one request after the other unless threads are mixed in."""

    def __init__(self, address: str, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = AF_INET6 if ":" in address else AF_INET
        super().__init__((address, port), handler)

    def server_bind(self) -> None:
        """Bind without looking our own name up, which is what HTTPServer does and waits for."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke off is nobody's fault and no news."""


class HttpQuestion(BaseHTTPRequestHandler):
    """One request to such a server: a place that is not there is a 404, a method that it does not take a 405.

    The base class would say 501 for either, in HTML. A subclass says in `methods` what a place takes, in `serve` what
    it gives, and in `refusal` how it speaks when it cannot.
    """

    server_version, sys_version = "prooflight", ""

    @property
    def place(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]

    def methods(self, place: str) -> tuple[str, ...]:
        """The methods that a place takes; none where there is no such place."""
        raise NotImplementedError

    def serve(self) -> None:
        """Answer a request for a place that is there, by a method that it takes."""
        raise NotImplementedError

    def refusal(self, words: str) -> tuple[str, bytes]:
        """Kind and body of an answer that says why there is no other."""
        raise NotImplementedError

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what the base class cannot read; where it only lacks a method of its own for it, answer ourselves."""
        if code == 501:
            self._asked()
        else:
            self.close_connection = True
            self.refuse(code, message or "the request cannot be read")

    def refuse(self, status: int, words: str, *headers: tuple[str, str]) -> None:
        """Answer that there is nothing, and why."""
        self.answer(status, *self.refusal(words), *headers)

    def answer(self, status: int, kind: str, body: bytes, *headers: tuple[str, str]) -> None:
        """Answer and be done with this connection; a HEAD gets no body."""
        self.send_response(status)
        for name, text in (("Content-Type", kind), ("Content-Length", str(len(body))), *headers):
            self.send_header(name, text)
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.close_connection = True

    def spend(self) -> None:
        """Read a little of a body that nobody wants: a connection that is closed over it takes our answer along."""
        length = self.headers.get("Content-Length", "")
        left, end = min(int(length), _SPENT_BYTES) if length.isdecimal() else 0, time.monotonic() + _SPENT_S
        with contextlib.suppress(OSError):
            while left > 0 and (patience_s := end - time.monotonic()) > 0:
                self.connection.settimeout(patience_s)
                got = self.rfile.read1(left)
                left = left - len(got) if got else 0
        self.connection.settimeout(self.timeout)

    def log_message(self, *_: object) -> None:
        """Nothing: who asks is not written down."""

    def _asked(self) -> None:
        methods = self.methods(self.place)
        if self.command in methods:
            self.serve()
            return
        self.spend()
        if methods:
            self.refuse(405, f"not by {self.command[:20]}", ("Allow", ", ".join(methods)))
        else:
            self.refuse(404, "not known here")
