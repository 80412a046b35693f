"""What is thrown at a page while a test runs: a flood of headers, 100 MB, a picture that is a bomb, slow clients.

All of it begins at once, as soon as the station says that it is testing, so that no test can end before.
"""

import socket
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from tests.web.labels import bomb
from tests.web.served import Client

_SLOW = 20


def thrown_at(client: Client) -> None:
    """Throw everything at a page whose station is testing: each is refused, and the page answers as before."""
    place = ("127.0.0.1", int(client.host.rpartition(":")[2]))
    job = client.state()["job"]
    assert job["running"]
    key = str(job["key"])
    flood = b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"x" * 100) for n in range(300))
    head = f"POST /api/order HTTP/1.1\r\nHost: {client.host}\r\nContent-Length: {100 << 20}\r\n\r\n"
    picture = f"/api/photograph?key={key}&of=device&purpose=barcode"
    with ExitStack() as slow, ThreadPoolExecutor(4) as threads:
        again = threads.submit(client.post, "/api/start", {"key": key, "kind": "test"})
        flooded = threads.submit(_answer, place, flood)
        uploaded = threads.submit(_answer, place, head.encode() + bytes(1 << 16))
        bombed = threads.submit(client.ask, "POST", picture, bomb())
        for _ in range(_SLOW):
            line = slow.enter_context(socket.create_connection(place, 60))
            line.sendall(b"POST /api/order HTTP/1.1\r\nContent-Length: 1000\r\nHost: localhost\r\n")
        assert b" 431 " in flooded.result()
        assert b" 413 " in uploaded.result()
        assert (bombed.result()[0], bombed.result()[1]["refused"]) == (422, "broken_picture")
        assert again.result()[1]["refused"] == "not_now_busy"
        assert client.state(key)["order"]["key"] == key, "the page answers beside twenty clients that never finish"


def _answer(place: tuple[str, int], raw: bytes) -> bytes:
    with socket.create_connection(place, 60) as line:
        line.sendall(raw)
        return line.recv(4096)
