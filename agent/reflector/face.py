"""The gate's face: HTTP/1.1 with three questions, each answered by one small JSON object.

Plain HTTP will do: what goes to and fro is signed, names no person and is of no use to a third party. Bodies, waiting
and the number of connections are bounded.
"""

import json
import threading
from socketserver import ThreadingMixIn
from typing import Any

from agent.http_face import HttpFace, HttpQuestion
from agent.reflector.gate import Gate, Refused
from agent.reflector.sock_diag import plain_address
from diagnostics import strict_json

BODY_BYTES = 256 * 1024
WAIT_S = 10.0
_MOST_CONNECTIONS = 64
_NONCE, _ADMISSION, _RECEIPTS = "/v1/nonce", "/v1/admission", "/v1/receipt"
_JSON = "application/json"


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


class _Handler(HttpQuestion):
    timeout = 15
    server: Face

    def methods(self, place: str) -> tuple[str, ...]:
        """Two questions are posted, the receipts of sessions are fetched."""
        if place in (_NONCE, _ADMISSION):
            return ("POST",)
        return ("GET", "HEAD") if place.rpartition("/")[0] == _RECEIPTS else ()

    def serve(self) -> None:
        """Answer one question."""
        if self.command != "POST":
            self._fetch(self.place.rpartition("/")[2])
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self.refuse(411, "a body with its Content-Length is needed")
        elif int(length) > BODY_BYTES:
            self.spend()
            self.refuse(413, f"a body of at most {BODY_BYTES} bytes is needed")
        elif self.place == _NONCE:
            self.rfile.read(int(length))
            self._tell(200, {"nonce": self.server.gate.nonce()})
        else:
            self._admit(self.rfile.read(int(length)))

    def refusal(self, words: str) -> tuple[str, bytes]:
        """The reason, as every answer an object."""
        return _JSON, json.dumps({"reason": words}).encode()

    def _admit(self, body: bytes) -> None:
        try:
            made = strict_json.parse_object(body, size=BODY_BYTES)
        except strict_json.JsonError:
            made = {}
        if set(made) != {"order", "proof"} or not all(isinstance(token, str) for token in made.values()):
            self.refuse(400, "order and proof are needed, and nothing else")
            return
        source = plain_address(self.client_address[0].partition("%")[0])
        try:
            got = self.server.gate.admit(made["order"], made["proof"], source)
        except Refused as error:
            self.refuse(403, str(error))
            return
        if isinstance(got, str):
            self._tell(503, {"receipt": got})
        else:
            self._tell(200, {"port": got.port, "session": got.session})

    def _fetch(self, session: str) -> None:
        try:
            token = self.server.gate.receipt(session, WAIT_S)
        except Refused as error:
            self.refuse(404, str(error))
            return
        self._tell(202, {}) if token is None else self._tell(200, {"receipt": token})

    def _tell(self, status: int, made: dict[str, Any]) -> None:
        self.answer(status, _JSON, json.dumps(made).encode())
