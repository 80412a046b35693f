"""iperf3's figure is the receiver's; every way in which a reflector can fail has a name."""

import json
import socket
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.instruments import Run, Window
from diagnostics.iperf3_client import Iperf3Child, interpret
from diagnostics.line import Reflector
from diagnostics.measurement import Failure
from tests.peers import iperf3_server

SHORT = Window(discard_s=0, average_s=1, streams=2)


def run_against(port: int, way: Any = "down") -> Run | Failure:
    return Iperf3Child("lo").run(way, Reflector(host="127.0.0.1", port=port), SHORT, lambda mbps: None)


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


GOOD: dict[str, Any] = {
    "intervals": [{"sum": {"bytes": 125000, "seconds": 1.0, "omitted": False}}],
    "end": {
        "sum_sent": {"bytes": 130000, "seconds": 1.0, "retransmits": 3},
        "sum_received": {"bytes": 125000, "seconds": 1.0},
        "sender_tcp_congestion": "cubic",
    },
}


def test_omitted_seconds_are_kept_and_marked() -> None:
    omitted = {"sum": {"bytes": 1, "seconds": 1.0, "omitted": True}}
    made = interpret(json.dumps(GOOD | {"intervals": [omitted, *GOOD["intervals"]]}).encode(), "down")
    assert isinstance(made, Run)
    assert (made.mbps, made.retransmits) == (1.0, 3)
    assert [(second.payload_bytes, second.omitted) for second in made.seconds] == [(1, True), (125000, False)]


@pytest.mark.parametrize("number", ["NaN", "-1", "1e400", '"5"', "null", "true", "[]"])
@pytest.mark.parametrize("key", ["bytes", "seconds"])
def test_absurd_numbers_are_unparseable(key: str, number: str) -> None:
    received = json.dumps({"bytes": 125000, "seconds": 1.0} | {key: "@"}).replace('"@"', number)
    report = json.dumps(GOOD | {"end": GOOD["end"] | {"sum_received": "@"}}).replace('"@"', received)
    made = interpret(report.encode(), "down")
    assert isinstance(made, Failure) and made.kind == "unparseable"


def test_no_time_counted_is_not_a_rate() -> None:
    end = GOOD["end"] | {"sum_received": {"bytes": 5, "seconds": 0}}
    made = interpret(json.dumps(GOOD | {"end": end}).encode(), "up")
    assert isinstance(made, Failure) and made.kind == "unparseable"


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("error - the server is busy running a test. try again later", "busy"),
        ("unable to connect to server: Connection refused", "refused"),
        ("unable to connect to server: No route to host", "unreachable"),
        ("unable to connect to server: Connection timed out", "timeout"),
        ("control socket has closed unexpectedly", "disturbed"),
        ("something new", "disturbed"),
    ],
)
def test_iperf3s_own_words_have_a_kind_and_stay_in_the_detail(words: str, kind: str) -> None:
    made = interpret(json.dumps({"error": words}).encode(), "down")
    assert isinstance(made, Failure)
    assert made.kind == kind and words in made.detail


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=80) | st.text(max_size=60).map(str.encode))
def test_garbage_is_a_failure(report: bytes) -> None:
    assert isinstance(interpret(report, "down"), Failure)


@settings(max_examples=200, deadline=None)
@given(place=st.integers(0, len(json.dumps(GOOD))), put=st.text(max_size=5), cut=st.integers(0, 9))
def test_a_damaged_report_is_a_failure_or_a_run(place: int, put: str, cut: int) -> None:
    whole = json.dumps(GOOD)
    made = interpret((whole[:place] + put + whole[place + cut :]).encode(), "down")
    assert isinstance(made, Failure) or made.us > 0
