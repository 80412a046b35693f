"""A server of lines over a real socket, which answers as it was told to: well, late, cut, too much, or nonsense."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

OURS = {"circuits": [{"olt": "OLT-1", "pon_port": "0/2/5", "onu_id": 17}]}
OTHER = {"circuits": [{"olt": "OLT-1", "pon_port": "0/2/6", "onu_id": None}]}
NOBODY: dict[str, object] = {"circuits": []}
# name -> what goes over the wire behind the request
FAULTS: dict[str, bytes] = {
    "an error of its own": b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 2\r\n\r\n{}",
    "not authorised": b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
    "a redirect": b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "nothing": b"",
    "garbage": b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\xff\xfe{]",
    "a list": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "another object": b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"lines": []}',
    "a circuit without a port": b'HTTP/1.1 200 OK\r\nContent-Length: 32\r\n\r\n{"circuits": [{"olt": "OLT-1"}]}',
    "an answer that is cut": b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"circuits": [',
    "an answer without end": b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n" + b" " * (2 << 20),
}
SLOW = "slow"


@dataclass
class LineServer:
    """What it was asked, and what it will answer next: `faults` first, one for each request, then `answer`."""

    answer: dict[str, object] = field(default_factory=lambda: dict(OURS))
    faults: list[str] = field(default_factory=list)
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    arrived: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def reply(self, handler: BaseHTTPRequestHandler) -> None:
        query = parse_qs(urlsplit(handler.path).query)
        token = handler.headers.get("Authorization", "")
        self.asked.append((query["network"][0], query["at"][0], token))
        self.arrived.put(query["network"][0])
        fault = self.faults.pop(0) if self.faults else ""
        if fault == SLOW:
            self.released.wait(60)
        elif fault:
            handler.wfile.write(FAULTS[fault])
        else:
            body = json.dumps(self.answer).encode()
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


@contextmanager
def line_server() -> Iterator[LineServer]:
    """One that serves on loopback while this lasts."""
    told = LineServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                told.reply(self)
            except OSError:
                return  # the asker has left
            finally:
                self.close_connection = True

        def log_request(self, code: object = "-", size: object = "-") -> None:
            return

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            return

    server = Quiet(("127.0.0.1", 0), Handler)
    told.url = f"http://127.0.0.1:{server.server_address[1]}/lines"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        told.released.set()
        server.shutdown()
        server.server_close()
