"""The metrics over HTTP, on this machine only: one page, read anew from the ledger each time it is asked for.

It has no log-in, so it listens on a loopback address and nowhere else. A ledger that cannot be read is a 503 with the
reason, never old numbers.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator

from agent.acceptor.exposition import CONTENT_TYPE
from agent.http_face import HttpFace, HttpQuestion
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


class _Handler(HttpQuestion):
    server: _Server
    timeout = _PATIENCE_S

    def methods(self, place: str) -> tuple[str, ...]:
        """There is one place."""
        return ("GET", "HEAD") if place == PATH else ()

    def serve(self) -> None:
        """Answer one scrape."""
        try:
            self.answer(200, CONTENT_TYPE, self.server.read().encode())
        except NotAvailable as error:
            self.refuse(503, str(error))

    def refusal(self, words: str) -> tuple[str, bytes]:
        """One line of text."""
        return "text/plain; charset=utf-8", f"{words}\n".encode()
