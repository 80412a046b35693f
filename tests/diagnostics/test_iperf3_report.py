"""iperf3's report is a run or a failure, whichever version wrote it and however it is damaged."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.instruments import Run
from diagnostics.iperf3_report import interpret
from diagnostics.measurement import Failure

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


def with_end(**end: Any) -> bytes:
    return json.dumps(GOOD | {"end": GOOD["end"] | end}).encode()


def events(*pairs: tuple[str, Any]) -> bytes:
    return b"\n".join(json.dumps({"event": name, "data": data}).encode() for name, data in pairs)


def test_a_stream_of_events_says_the_same_as_a_whole_report() -> None:
    stream = events(("start", {}), ("interval", GOOD["intervals"][0]), ("end", GOOD["end"]))
    whole, streamed = interpret(json.dumps(GOOD).encode(), "down"), interpret(stream, "down")
    assert isinstance(whole, Run) and isinstance(streamed, Run)
    assert (streamed.payload_bytes, streamed.us, streamed.seconds) == (whole.payload_bytes, whole.us, whole.seconds)


def test_an_error_in_a_stream_of_events_is_the_failure() -> None:
    made = interpret(events(("error", "the server is busy running a test. try again later")), "down")
    assert isinstance(made, Failure) and made.kind == "busy"


def test_counts_may_be_written_as_floats() -> None:
    made = interpret(with_end(sum_received={"bytes": 125000.0, "seconds": 1}), "down")
    assert isinstance(made, Run) and (made.payload_bytes, made.us) == (125000, 1_000_000)


def test_an_interval_without_its_sum_is_summed_up_here() -> None:
    streams = [{"bytes": 70, "seconds": 1.0, "omitted": False}, {"bytes": 30, "seconds": 1.0, "omitted": False}]
    made = interpret(json.dumps(GOOD | {"intervals": [{"streams": streams}]}).encode(), "down")
    assert isinstance(made, Run) and [second.payload_bytes for second in made.seconds] == [100]


def test_the_first_counted_interval_does_not_last_longer_than_counting_does() -> None:
    intervals = [
        {"sum": {"start": 3.0, "end": 4.0, "seconds": 1.0, "bytes": 7, "omitted": True}},
        {"sum": {"start": 1.0, "end": 1.0001, "seconds": 2.0001, "bytes": 7, "omitted": False}},
        {"sum": {"start": 1.0001, "end": 2.0, "seconds": 0.9999, "bytes": 7, "omitted": False}},
    ]
    made = interpret(json.dumps(GOOD | {"intervals": intervals}).encode(), "down")
    assert isinstance(made, Run) and [second.us for second in made.seconds] == [1_000_000, 1_000_100, 999_900]


@pytest.mark.parametrize(
    ("received", "words"),
    [(125_001 * 2, "claims 250002 bytes, and 250000 were sent"), (0, "claims no byte, and 250000 were sent")],
)
def test_a_reflector_that_claims_what_cannot_be_is_not_believed(received: int, words: str) -> None:
    report = GOOD | {"intervals": GOOD["intervals"] * 2}
    report |= {"end": GOOD["end"] | {"sum_received": {"bytes": received, "seconds": 2.0}}}
    made = interpret(json.dumps(report).encode(), "up")
    assert isinstance(made, Failure) and made.kind == "unparseable" and words in made.detail


def test_a_line_that_dies_with_full_buffers_is_measured_as_zero() -> None:
    full = [{"sum": {"bytes": 4_000_000, "seconds": 1.0, "omitted": True}}]
    dead = [{"sum": {"bytes": 0, "seconds": 1.0, "omitted": False}}] * 2
    report = GOOD | {"intervals": full + dead, "end": GOOD["end"] | {"sum_received": {"bytes": 0, "seconds": 2.0}}}
    made = interpret(json.dumps(report).encode(), "up")
    assert isinstance(made, Run) and made.mbps == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["sum", "bytes", "event"]), inner),
    max_leaves=6,
)


@settings(max_examples=200)
@given(key=st.sampled_from(["intervals", "end", "error", "event"]), junk=JSON)
def test_junk_in_any_place_is_a_failure_or_a_run(key: str, junk: Any) -> None:
    made = interpret(json.dumps(GOOD | {key: junk}).encode(), "up")
    assert isinstance(made, Failure) or made.us > 0


@settings(max_examples=200)
@given(key=st.sampled_from(["sum_received", "sum_sent", "sender_tcp_congestion"]), junk=JSON)
def test_junk_at_the_end_is_a_failure_or_a_run(key: str, junk: Any) -> None:
    made = interpret(with_end(**{key: junk}), "up")
    assert isinstance(made, Failure) or made.us > 0
