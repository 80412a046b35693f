"""Real peers on loopback, each on a free port and ended with the test."""

import contextlib
import os
import random
import socket
import subprocess
from collections.abc import Iterator

# Below those that the system gives out to whoever connects or binds to port 0: a peer that is killed and started again
# must find its port free. Each worker has a range of its own, and gives no port out twice.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_FIRST = 10_000 + 2_500 * (_WORKER % 4)
_ports = iter(random.Random(os.getpid()).sample(range(_FIRST, _FIRST + 2_500), 2_500))


def free_port() -> int:
    """A TCP port that nobody listens on, and that no other test is given."""
    for port in _ports:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("the ports of this worker are used up")


@contextlib.contextmanager
def iperf3_server() -> Iterator[int]:
    """An iperf3 server; yields its port once it listens."""
    port = free_port()
    command = ["iperf3", "-s", "-B", "127.0.0.1", "-p", str(port), "--forceflush"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert server.stdout is not None
    try:
        while b"Server listening" not in server.stdout.readline():
            assert server.poll() is None, "iperf3 -s ended"
        yield port
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
