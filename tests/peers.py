"""Real peers on loopback, each on a free port and ended with the test."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator


def free_port() -> int:
    """A TCP port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
