"""A run in both directions is two runs of one report; a window that the kernel cut short is no figure."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.instruments import BothWays, Run, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.iperf3_report import capped, interpret_both
from diagnostics.line import Reflector
from diagnostics.measurement import Failure
from tests.peers import iperf3_server


@pytest.fixture(scope="module")
def reflector() -> Iterator[Reflector]:
    with iperf3_server() as port:
        yield Reflector(host="127.0.0.1", port=port)


def test_both_directions_are_filled_at_once(reflector: Reflector) -> None:
    told: list[float] = []
    made = Iperf3Child("lo").run_both(reflector, Window(discard_s=0, average_s=1, streams=2), told.append)
    assert isinstance(made, BothWays)
    end = json.loads(made.down.raw)["end"]
    assert made.down.payload_bytes == end["sum_received_bidir_reverse"]["bytes"] > 0
    assert made.up.payload_bytes == end["sum_received"]["bytes"] > 0
    assert made.down.raw == made.up.raw
    assert made.down.seconds and made.up.seconds


def test_a_window_is_asked_of_the_kernel(reflector: Reflector) -> None:
    window = Window(discard_s=0, average_s=1, streams=1, window_bytes=40_000)
    made = Iperf3Child("lo").run("down", reflector, window, lambda mbps: None)
    assert isinstance(made, Run)
    assert json.loads(made.raw)["start"]["sock_bufsize"] == 40_000


def test_a_window_beyond_the_kernels_own_bound_is_a_limit_of_the_instrument(reflector: Reflector) -> None:
    window = Window(discard_s=0, average_s=1, streams=1, window_bytes=500_000_000)
    made = Iperf3Child("lo").run("up", reflector, window, lambda mbps: None)
    assert isinstance(made, Failure)
    assert made.kind == "instrument_limit" and "net.core.rmem_max" in made.detail


@pytest.mark.parametrize(
    ("sizes", "kind"),
    [
        ({"sndbuf_actual": 80_000, "rcvbuf_actual": 80_000}, None),
        ({"sndbuf_actual": 80_000, "rcvbuf_actual": 60_000}, "instrument_limit"),
        ({"sndbuf_actual": 80_000}, "unparseable"),
        ({"sndbuf_actual": -1, "rcvbuf_actual": "x"}, "unparseable"),
        ([], "unparseable"),
    ],
)
def test_a_window_that_was_cut_short_is_found(sizes: Any, kind: str | None) -> None:
    made = capped(json.dumps({"start": sizes}).encode(), 40_000)
    assert (made and made.kind) == kind


def test_without_a_window_nothing_is_cut_short() -> None:
    assert capped(b"{}", 0) is None


def sums(octets: int, retransmits: int) -> dict[str, Any]:
    sent = {"bytes": octets, "seconds": 1.0, "retransmits": retransmits}
    return {"sum_sent": sent, "sum_received": {"bytes": octets, "seconds": 1.0}}


INTERVAL = {"sum": {"bytes": 125_000, "seconds": 1.0}, "sum_bidir_reverse": {"bytes": 250_000, "seconds": 1.0}}
REPORT: dict[str, Any] = {
    "start": {},
    "intervals": [INTERVAL],
    "end": sums(125_000, 1) | {f"{name}_bidir_reverse": half for name, half in sums(250_000, 2).items()},
}


def test_each_half_has_its_own_bytes_and_retransmits() -> None:
    made = interpret_both(json.dumps(REPORT).encode())
    assert isinstance(made, BothWays)
    assert (made.down.mbps, made.down.retransmits, made.down.seconds[0].payload_bytes) == (2.0, 2, 250_000)
    assert (made.up.mbps, made.up.retransmits, made.up.seconds[0].payload_bytes) == (1.0, 1, 125_000)


def test_a_report_without_its_second_half_is_unparseable() -> None:
    made = interpret_both(json.dumps(REPORT | {"end": sums(125_000, 0)}).encode())
    assert isinstance(made, Failure) and made.kind == "unparseable"


def test_an_error_is_named_as_in_any_report() -> None:
    made = interpret_both(b'{"error": "unable to connect to server: Connection refused"}')
    assert isinstance(made, Failure) and made.kind == "refused"


@settings(max_examples=200)
@given(st.binary(max_size=80) | st.text(max_size=60).map(str.encode))
def test_garbage_is_a_failure(report: bytes) -> None:
    assert isinstance(interpret_both(report), Failure)


@settings(max_examples=200)
@given(place=st.integers(0, len(json.dumps(REPORT))), put=st.text(max_size=5), cut=st.integers(0, 9))
def test_a_damaged_report_is_a_failure_or_both_runs(place: int, put: str, cut: int) -> None:
    whole = json.dumps(REPORT)
    made = interpret_both((whole[:place] + put + whole[place + cut :]).encode())
    assert isinstance(made, Failure) or (made.down.us > 0 and made.up.us > 0)
