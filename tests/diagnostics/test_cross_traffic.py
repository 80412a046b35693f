"""Cross traffic: whatever may be the run's own is not foreign, whatever cannot be is, and garbage is neither."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.cross_traffic import Report, foreign_share, header_bytes, read_report, steady_share
from diagnostics.instruments import Approach, Direction, HostSample, Run, Second
from diagnostics.measurement import Failure

SEGMENT, HEADER = 1448, 66
MBYTE = 1_000_000


def samples(way: Direction, octets: int, packets: int) -> list[HostSample]:
    """An interface that moved so much in one direction."""
    received = way == "down"
    moved = {"rx_bytes": octets, "rx_packets": packets, "tx_bytes": 7, "tx_packets": 1}
    if not received:
        moved = {"tx_bytes": octets, "tx_packets": packets, "rx_bytes": 7, "rx_packets": 1}
    before = HostSample(at_s=1, rx_bytes=50, tx_bytes=60, rx_packets=5, tx_packets=6)
    after = {name: getattr(before, name) + growth for name, growth in moved.items()}
    return [before, HostSample(at_s=17, **after)]


def report(payload_bytes: int, retransmits: int = 0) -> Report:
    return Report(
        payload_bytes=payload_bytes,
        seconds=15.0,
        counted_bytes=payload_bytes * 10 // 15,
        counted_s=10.0,
        retransmits=retransmits,
        station_cpu=None,
        reflector_cpu=None,
    )


@pytest.mark.parametrize("way", ["down", "up"])
@pytest.mark.parametrize(
    ("own", "foreign", "frame", "share"),
    [
        (1800 * MBYTE, 0, SEGMENT, 0.0),
        (1800 * MBYTE, 0, 45 * SEGMENT, 0.0),  # a driver that counts joined segments
        (1800 * MBYTE, 18 * MBYTE, SEGMENT, 0.01),
        (19 * MBYTE, 1 * MBYTE, SEGMENT, 0.05),
        (0, 5 * MBYTE, SEGMENT, 0.956),
    ],
)
def test_what_the_run_does_not_account_for_is_foreign(
    way: Direction, own: int, foreign: int, frame: int, share: float
) -> None:
    packets = (own + foreign) // frame
    seen = samples(way, own + foreign + packets * HEADER, packets)
    made = foreign_share(way, report(own), seen, header=HEADER, tail_s=0)
    assert made == pytest.approx(share, abs=0.005)


def test_segments_sent_again_and_data_under_way_at_the_end_are_the_runs_own() -> None:
    own, again, tail = 100 * MBYTE, 700, 4 * MBYTE
    packets = (own + tail) // SEGMENT + again
    seen = samples("down", own + tail + again * SEGMENT + packets * HEADER, packets)
    assert foreign_share("down", report(own, again), seen, header=HEADER, tail_s=0.6) == 0.0
    unaccounted = foreign_share("down", report(own), seen, header=HEADER, tail_s=0)
    assert not isinstance(unaccounted, Failure) and unaccounted > 0.04


@pytest.mark.parametrize(("foreign", "share"), [(0, 0.0), (2 * MBYTE, 0.02), (20 * MBYTE, 0.166)])
def test_what_lies_unread_at_the_end_is_not_foreign_and_what_comes_all_the_time_is(foreign: int, share: float) -> None:
    """A hundred megabytes a second are the run's; at the end 40 MB more have arrived than iperf3 came to read."""
    counted = report(1500 * MBYTE)
    window = [
        HostSample(
            at_s=second, rx_bytes=40 * MBYTE + second * (100 * MBYTE + foreign), rx_packets=0, tx_bytes=0, tx_packets=0
        )
        for second in range(6, 15)
    ]
    assert steady_share("down", counted, window, header=HEADER) == pytest.approx(share, abs=0.003)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_window_of_few_samples_has_no_rate(count: int) -> None:
    made = steady_share("down", report(1), (samples("down", 9, 9) * 2)[:count], header=HEADER)
    assert isinstance(made, Failure) and made.kind == "not_applicable"


def test_only_the_runs_own_direction_counts() -> None:
    seen = samples("up", 500 * MBYTE, 1000)
    made = foreign_share("down", report(0), seen, header=HEADER, tail_s=0)
    assert made == 0.0  # seven bytes came in, less than one header


@pytest.mark.parametrize("count", [0, 1])
def test_an_interface_that_was_not_sampled_tells_nothing(count: int) -> None:
    made = foreign_share("down", report(1), samples("down", 1, 1)[:count], header=HEADER, tail_s=0)
    assert isinstance(made, Failure) and made.kind == "instrument_limit"


def test_counters_that_began_anew_tell_nothing() -> None:
    made = foreign_share("down", report(1), samples("down", 9, 9)[::-1], header=HEADER, tail_s=0)
    assert isinstance(made, Failure) and made.kind == "disturbed"


@pytest.mark.parametrize(
    ("approach", "pppoe", "wanted"),
    [
        (None, False, 66),
        (Approach(address="", family=4), True, 74),
        (Approach(address="", family=6), False, 86),
        (Approach(address="", family=4, timestamps=False), False, 54),
    ],
)
def test_headers_are_those_in_front_of_a_segment(approach: Approach | None, pppoe: bool, wanted: int) -> None:
    assert header_bytes(approach, pppoe=pppoe) == wanted


GOOD: dict[str, Any] = {
    "intervals": [
        {"sum": {"bytes": 500, "seconds": 1.0, "omitted": True, "retransmits": 2}},
        {"sum": {"bytes": 700, "seconds": 1.0, "omitted": False, "retransmits": 1}},
    ],
    "end": {
        "sum_sent": {"retransmits": 1},
        "cpu_utilization_percent": {"host_total": 12.5, "remote_total": 98.0},
    },
}


def told(raw: str) -> Run:
    """A run of one discarded second and a counted one, with this report."""
    seconds = tuple(Second(payload_bytes=n, us=1_000_000, omitted=n == 500) for n in (500, 700))
    return Run(payload_bytes=700, us=1_000_000, seconds=seconds, retransmits=1, congestion_control="", raw=raw.encode())


def test_discarded_seconds_were_sent_as_well() -> None:
    assert read_report(told(json.dumps(GOOD))) == Report(
        payload_bytes=1200,
        seconds=2.0,
        counted_bytes=700,
        counted_s=1.0,
        retransmits=3,
        station_cpu=0.125,
        reflector_cpu=0.98,
    )


def test_a_report_without_processor_time_says_so() -> None:
    made = read_report(told(json.dumps(GOOD | {"end": {}})))
    assert isinstance(made, Report) and (made.station_cpu, made.reflector_cpu, made.retransmits) == (None, None, 3)


@pytest.mark.parametrize("absurd", ["NaN", "-1", "1e400", '"5"', "null", "true", "[]"])
def test_absurd_numbers_are_unparseable(absurd: str) -> None:
    one = json.dumps({"sum": {"retransmits": "@"}}).replace('"@"', absurd)
    raw = json.dumps(GOOD | {"intervals": ["@"]}).replace('"@"', one)
    made = read_report(told(raw))
    assert isinstance(made, Failure) and made.kind == "unparseable"


@given(st.binary(max_size=80) | st.text(max_size=60).map(str.encode))
def test_garbage_is_a_failure(raw: bytes) -> None:
    assert isinstance(read_report(replace(told(""), raw=raw)), Failure)


@given(place=st.integers(0, len(json.dumps(GOOD))), put=st.text(max_size=5), cut=st.integers(0, 9))
def test_a_damaged_report_is_a_failure_or_a_report(place: int, put: str, cut: int) -> None:
    whole = json.dumps(GOOD)
    assert isinstance(read_report(told(whole[:place] + put + whole[place + cut :])), Failure | Report)
