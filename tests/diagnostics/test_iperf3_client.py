"""iperf3's figure is the receiver's; every way in which a reflector can fail has a name."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from diagnostics.instruments import Run, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Reflector
from diagnostics.measurement import Failure
from tests.peers import iperf3_server

SHORT = Window(discard_s=0, average_s=1, streams=2)


def run_against(port: int, way: Any = "down", window: Window = SHORT) -> Run | Failure:
    return Iperf3Child("lo").run(way, Reflector(host="127.0.0.1", port=port), window, lambda mbps: None)


@pytest.fixture(scope="module")
def reflector() -> Iterator[int]:
    with iperf3_server() as port:
        yield port


@pytest.mark.parametrize("way", ["down", "up"])
def test_a_run_gives_the_receivers_bytes_and_microseconds(reflector: int, way: str) -> None:
    made = run_against(reflector, way)
    assert isinstance(made, Run)
    report = json.loads(made.raw)
    assert made.payload_bytes == report["end"]["sum_received"]["bytes"]
    assert bool(report["start"]["test_start"]["reverse"]) == (way == "down")
    assert report["start"]["test_start"]["num_streams"] == 2
    assert made.us > 500_000 and made.seconds


def test_the_congestion_control_of_the_criteria_is_used_and_recorded(reflector: int) -> None:
    made = run_against(reflector, window=replace(SHORT, congestion_control="reno"))
    assert isinstance(made, Run) and made.congestion_control == "reno"


def test_a_congestion_control_that_nobody_has_is_an_own_limit(reflector: int) -> None:
    made = run_against(reflector, window=replace(SHORT, congestion_control="no_such"))
    assert isinstance(made, Failure) and made.kind == "instrument_limit"
    assert "out of the criteria" in made.detail


def test_nobody_there_is_refused() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = run_against(free.getsockname()[1])
    assert isinstance(made, Failure) and made.kind == "refused"


def test_a_busy_reflector_says_so(reflector: int) -> None:
    other = subprocess.Popen(
        ["iperf3", "-c", "127.0.0.1", "-p", str(reflector), "-t", "8", "--forceflush"], stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None
        while b"local" not in other.stdout.readline():
            pass
        made = run_against(reflector)
    finally:
        other.kill()
        other.wait()
        assert other.stdout is not None
        other.stdout.close()
    assert isinstance(made, Failure) and made.kind == "busy"
    assert "second reflector" in made.detail


@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x09\x00\xff" * 50])
def test_another_protocol_behind_the_port_is_a_failure(words: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def answer() -> None:
            peer, _ = server.accept()
            with peer:
                peer.sendall(words)

        thread = threading.Thread(target=answer)
        thread.start()
        made = run_against(server.getsockname()[1])
        thread.join()
    assert isinstance(made, Failure)


def test_a_reflector_over_another_interface_is_not_used(reflector: int) -> None:
    made = Iperf3Child("no-such0").run("down", Reflector(host="127.0.0.1", port=reflector), SHORT, lambda mbps: None)
    assert isinstance(made, Failure)
    assert (made.kind, made.stage) == ("instrument_limit", "route")
