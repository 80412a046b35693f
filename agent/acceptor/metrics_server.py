"""The metrics over HTTP, on this machine only: one page, read anew from the ledger each time it is asked for.

It has no log-in, so it listens on a loopback address and nowhere else. A ledger that cannot be read is a 503 with the
reason, never old numbers.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler

from agent.acceptor.exposition import CONTENT_TYPE
from agent.http_face import HttpFace
from diagnostics.errors import NotAvailable

PATH = "/metrics"
_PATIENCE_S = 5.0


class MetricsError(NotAvailable):
    """The address for the metrics cannot be used; the message names it."""


@contextlib.contextmanager
def serving(host: str, port: int, read: Callable[[], str]) -> Iterator[int]:
    """Serve what `read` tells while this lasts; the port, where 0 was given one that is free."""
    try:
        server = _Server(host, port, read)
    except OSError as error:
        raise MetricsError(f"{host} port {port}: {error.strerror}; name another [metrics] listen") from error
    thread = threading.Thread(target=server.serve_forever, name="metrics", kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


class _Server(HttpFace):
    """One request after the other: a second scraper waits, it does not read beside the first."""

    def __init__(self, address: str, port: int, read: Callable[[], str]) -> None:
        self.read = read
        super().__init__(address, port, _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _PATIENCE_S
    server_version, sys_version = "prooflight", ""

    def do_GET(self) -> None:
        """Answer one scrape."""
        if self.path.partition("?")[0] != PATH:
            self._answer(404, "text/plain", f"not here; see {PATH}\n")
            return
        try:
            self._answer(200, CONTENT_TYPE, self.server.read())
        except NotAvailable as error:
            self._answer(503, "text/plain; charset=utf-8", f"{error}\n")

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Scrapes are not worth a line."""
