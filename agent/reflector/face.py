"""The gate's face: HTTP/1.1 with three questions, each answered by one small JSON object.

Plain HTTP will do: what goes to and fro is signed, names no person and is of no use to a third party. Bodies, waiting
and the number of connections are bounded.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingMixIn
from typing import Any

from agent.http_face import HttpFace
from agent.reflector.gate import Gate, Refused
from agent.reflector.sock_diag import plain_address
from diagnostics import strict_json

BODY_BYTES = 256 * 1024
WAIT_S = 10.0
_MOST_CONNECTIONS = 64


class Face(ThreadingMixIn, HttpFace):
    """The gate's HTTP server; `serve_forever` runs it, `shutdown` ends it."""

    daemon_threads = True
    request_queue_size = _MOST_CONNECTIONS

    def __init__(self, address: str, port: int, gate: Gate) -> None:
        self.gate = gate
        self.places = threading.BoundedSemaphore(_MOST_CONNECTIONS)
        super().__init__(address, port, _Handler)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve one connection, unless there are too many already."""
        if not self.places.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.places.release()


class _Handler(BaseHTTPRequestHandler):
    timeout = 15
    server: Face

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_BYTES:
            return self._answer(413, {"reason": f"a body of at most {BODY_BYTES} bytes is needed"})
        body = self.rfile.read(int(length))
        if self.path == "/v1/nonce":
            return self._answer(200, {"nonce": self.server.gate.nonce()})
        if self.path != "/v1/admission":
            return self._answer(404, {"reason": "not known here"})
        try:
            made = strict_json.parse_object(body, size=BODY_BYTES)
            order, proof = made["order"], made["proof"]
            if not isinstance(order, str) or not isinstance(proof, str):
                raise KeyError("order")
            got = self.server.gate.admit(order, proof, plain_address(self.client_address[0].partition("%")[0]))
        except (strict_json.JsonError, KeyError):
            return self._answer(400, {"reason": "order and proof are needed"})
        except Refused as error:
            return self._answer(403, {"reason": str(error)})
        if isinstance(got, str):
            return self._answer(503, {"receipt": got})
        return self._answer(200, {"port": got.port, "session": got.session})

    def do_GET(self) -> None:
        place, _, session = self.path.rpartition("/")
        if place != "/v1/receipt":
            return self._answer(404, {"reason": "not known here"})
        try:
            token = self.server.gate.receipt(session, WAIT_S)
        except Refused as error:
            return self._answer(404, {"reason": str(error)})
        return self._answer(202, {}) if token is None else self._answer(200, {"receipt": token})

    def log_message(self, *_: object) -> None:
        """Nothing: who asks is not written down."""

    def _answer(self, status: int, made: dict[str, Any]) -> None:
        raw = json.dumps(made).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(raw)
        self.close_connection = True
