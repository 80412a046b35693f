"""Reflectors that speak iperf3's control protocol, or something else, and misbehave at one point of it."""

import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from typing import Any

COOKIE_BYTES = 37
TEST_START, TEST_RUNNING, PARAM_EXCHANGE, CREATE_STREAMS, EXCHANGE_RESULTS, DISPLAY_RESULTS = 1, 2, 9, 10, 13, 14
ACCESS_DENIED, SERVER_ERROR = -1, -2
_PATIENCE_S = 60.0

RESULTS = {
    "cpu_util_total": 1.0,
    "cpu_util_user": 1.0,
    "cpu_util_system": 0.0,
    "sender_has_retransmits": -1,
    "congestion_used": "cubic",
    "streams": [
        {
            "id": 1,
            "bytes": "@",
            "retransmits": -1,
            "jitter": 0,
            "errors": 0,
            "packets": 0,
            "start_time": 0,
            "end_time": 1.0,
        }
    ],
}


class Conversation:
    """One test that a client asked for, as its server."""

    def __init__(self, listener: socket.socket, leave: threading.Event) -> None:
        self._listener = listener
        self._leave = leave
        self._open: list[socket.socket] = []
        self.control = self._accept()

    def say(self, raw: bytes) -> None:
        self.control.sendall(raw)

    def state(self, *numbers: int) -> None:
        for number in numbers:
            self.say(struct.pack("b", number))

    def parameters(self) -> dict[str, Any]:
        """Go through cookie and parameters."""
        _take(self.control, COOKIE_BYTES)
        self.state(PARAM_EXCHANGE)
        made: dict[str, Any] = json.loads(_take(self.control, struct.unpack("!I", _take(self.control, 4))[0]))
        return made

    def start(self) -> None:
        """Go on until the test runs, with as many connections as were asked for."""
        streams = self.parameters().get("parallel", 1)
        self.state(CREATE_STREAMS)
        for _ in range(streams):
            _take(self._accept(), COOKIE_BYTES)
        self.state(TEST_START, TEST_RUNNING)

    def finish(self, results: bytes) -> None:
        """Let the client end its test and answer with these results."""
        _take(self.control, 1)
        self.state(EXCHANGE_RESULTS)
        _take(self.control, struct.unpack("!I", _take(self.control, 4))[0])
        self.say(struct.pack("!I", len(results)) + results)
        self.state(DISPLAY_RESULTS)

    def stay(self) -> None:
        """Keep every connection open until the test is over."""
        self._leave.wait(_PATIENCE_S)

    def close(self) -> None:
        for sock in self._open:
            sock.close()

    def _accept(self) -> socket.socket:
        made, _ = self._listener.accept()
        made.settimeout(_PATIENCE_S)
        self._open.append(made)
        return made


def _take(sock: socket.socket, count: int) -> bytes:
    made = b""
    while len(made) < count:
        chunk = sock.recv(count - len(made))
        if not chunk:
            raise ConnectionError("the client left")
        made += chunk
    return made


def results(count: str) -> bytes:
    """Results whose byte count stands there as this text."""
    return json.dumps(RESULTS).replace('"@"', count).encode()


@contextlib.contextmanager
def odd_reflector(behave: Callable[[Conversation], None]) -> Iterator[int]:
    """A reflector that serves one test in this way; yields its port on 127.0.0.1."""
    leave = threading.Event()

    def serve() -> None:
        with contextlib.suppress(OSError, ValueError, struct.error):
            conversation = Conversation(listener, leave)
            try:
                behave(conversation)
            finally:
                conversation.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(_PATIENCE_S)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            leave.set()
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join()
