"""The formulas of RFC 6349 give the RFC's own kind of numbers, and None where nothing can be said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.rfc6349 import (
    bdp_bytes,
    buffer_delay_ratio,
    efficiency_ratio,
    expected_mbps,
    ideal_transfer_us,
    transfer_time_ratio,
    window_scan,
)

RATES = st.floats(min_value=0.001, max_value=1e5)
ROUND_TRIPS = st.floats(min_value=0.001, max_value=1e4)


@pytest.mark.parametrize(
    ("rtt_ms", "mbps", "window"),
    [(20, 1.536, 3840), (5, 44.21, 27631), (25, 100, 312500), (1, 1000, 125000), (0, 1000, 0), (10, 0, 0)],
)
def test_the_ideal_window_is_round_trip_times_bandwidth(rtt_ms: float, mbps: float, window: int) -> None:
    assert bdp_bytes(rtt_ms, mbps) == window


@pytest.mark.parametrize(
    ("window", "rtt_ms", "mbps", "expected"),
    [
        (65536, 25, 100, 20.97152),  # one window each round trip
        (65536, 5, 100, 100),  # the path is the limit
        (65536, 0, 100, 100),
    ],
)
def test_a_window_carries_itself_once_each_round_trip(window: int, rtt_ms: float, mbps: float, expected: float) -> None:
    assert expected_mbps(window, rtt_ms, mbps) == pytest.approx(expected)


def test_transfer_time_is_held_against_the_ideal() -> None:
    assert ideal_transfer_us(100_000_000, 100) == 8_000_000
    assert transfer_time_ratio(100_000_000, 12_000_000, 100) == 1.5


def test_efficiency_is_what_was_not_sent_again() -> None:
    assert efficiency_ratio(102_000, 2_000) == pytest.approx(100 / 102)
    assert efficiency_ratio(100_000, 0) == 1


def test_buffer_delay_is_the_growth_of_the_round_trip() -> None:
    assert buffer_delay_ratio(32, 25) == pytest.approx(0.28)
    assert buffer_delay_ratio(25, 25) == 0


@pytest.mark.parametrize(
    "made",
    [
        ideal_transfer_us(1, 0),
        transfer_time_ratio(0, 1_000_000, 100),
        transfer_time_ratio(1, 1_000_000, 0),
        efficiency_ratio(0, 0),
        buffer_delay_ratio(1, 0),
    ],
)
def test_what_nothing_was_measured_for_is_none(made: float | None) -> None:
    assert made is None


def test_a_window_scan_covers_the_bandwidth_delay_product() -> None:
    steps = window_scan(25, 100, (1.0, 0.25, 2.0))
    assert [(s.index, s.window_bytes) for s in steps] == [("25%", 78125), ("100%", 312500), ("200%", 625000)]
    assert [s.expected_mbps for s in steps] == pytest.approx([25, 100, 100])


@given(ROUND_TRIPS, RATES)
def test_the_bandwidth_delay_product_is_the_window_that_just_fills_the_path(rtt_ms: float, mbps: float) -> None:
    window = bdp_bytes(rtt_ms, mbps)
    rounding = 4 / (rtt_ms * 1000)  # half a byte each round trip
    assert expected_mbps(window, rtt_ms, mbps) == pytest.approx(mbps, abs=rounding + 1e-9)
    assert expected_mbps(window // 2, rtt_ms, mbps) <= mbps / 2 + rounding


@given(ROUND_TRIPS, RATES)
def test_no_step_of_a_scan_expects_more_than_the_path(rtt_ms: float, mbps: float) -> None:
    rates = [step.expected_mbps for step in window_scan(rtt_ms, mbps)]
    assert rates == sorted(rates)
    assert rates[-1] <= mbps
