"""A run is drawn as it was measured: floor and ceiling in place, lost answers as gaps, nothing invented, always XML."""

import itertools
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.plot import Panel, panels, rates_mbps, sparkline, svg

RUN: dict[str, Any] = {
    "direction": "down",
    "seconds": [[1_000_000, 1_000_000, 1], [11_000_000, 1_000_000, 0], [12_500_000, 1_000_000, 0]],
    "beside": {
        "rtt_us": [[0, 2000], [100, 2100], [200, None], [300, 9000], [400, 9100]],
        "cpu": [[0, [100, 900], 20], [1000, [110, 950], 30]],
    },
}
SVG = "{http://www.w3.org/2000/svg}"


def drawn(**more: Any) -> ET.Element:
    return ET.fromstring(svg(panels(RUN | more, floor_mbps=92.16, ceiling_mbps=941.5)))


def test_rates_are_payload_over_microseconds() -> None:
    assert rates_mbps(RUN) == [8.0, 88.0, 100.0]


def test_rate_round_trip_and_processor_are_drawn_with_floor_and_ceiling() -> None:
    words = [text.text for text in drawn().iter(f"{SVG}text")]
    for expected in ("TCP payload rate, down (Mbit/s)", "floor 92.2", "ceiling 941.5", "round trip (ms)", "core 1"):
        assert expected in words


def test_the_floor_stands_where_its_value_is() -> None:
    lines = [line for line in drawn().iter(f"{SVG}line") if line.get("stroke-dasharray")]
    floor, ceiling = (float(line.get("y1", "")) for line in lines)
    assert 120 - floor == pytest.approx((120 - ceiling) * 92.16 / 941.5, rel=0.02)


def test_the_words_of_a_level_stand_clear_of_the_highest_line() -> None:
    told = {text.text: float(text.get("y", "")) for text in drawn().iter(f"{SVG}text")}
    assert told["ceiling 941.5"] > 12
    near = svg(panels(RUN, floor_mbps=921.6, ceiling_mbps=941.5))
    told = {text.text: float(text.get("y", "")) for text in ET.fromstring(near).iter(f"{SVG}text")}
    assert told["floor 921.6"] - told["ceiling 941.5"] > 12  # one above the other where there is room for one alone


@pytest.mark.parametrize("dbm", [-18.2, -40.0, -0.5])
def test_received_light_is_drawn_on_an_axis_of_its_own(dbm: float) -> None:
    light = [[0, "ont_rx_power_dbm", "", dbm], [1000, "ont_rx_power_dbm", "", dbm - 1], [0, "ont_bias_ma", "", 12.0]]
    found = [panel for panel in panels(RUN | {"beside": {"ont": light}}) if panel.kind == "light"]
    assert found[0].traces == (("light", ((0.0, dbm), (1.0, dbm - 1))),)
    (line,) = ET.fromstring(svg(found)).iter(f"{SVG}polyline")
    first, second = (float(point.split(",")[1]) for point in line.get("points", "").split())
    assert 0 <= first < second <= 120


def test_light_that_was_not_told_as_a_number_is_not_drawn() -> None:
    dark = [[0, "ont_rx_power_dbm", "", None], [0, "ont_rx_power_dbm", "", "no light"]]
    assert [panel.kind for panel in panels(RUN | {"beside": {"ont": dark}})] == ["rate"]


def test_a_lost_answer_is_a_gap_and_a_mark() -> None:
    root = drawn()
    assert len(list(root.iter(f"{SVG}circle"))) == 1
    stretches = [line.get("points", "").count(",") for line in root.iter(f"{SVG}polyline")]
    assert stretches == [3, 2, 2, 2, 2, 2]


def test_what_was_not_watched_is_not_drawn() -> None:
    assert len(list(drawn(beside={}).iter(f"{SVG}g"))) == 1


def test_a_title_with_marks_up_stays_text() -> None:
    root = ET.fromstring(svg([Panel(title="<script>", unit="ms", traces=())]))
    assert "<script> (ms)" in [text.text for text in root.iter(f"{SVG}text")]
    assert not list(root.iter(f"{SVG}script"))


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ([0, 50, 100], "▁▅█"),
        ([None, 7, None], " █ "),
        ([0, 0], "▁▁"),
        ([], ""),
        ([float("nan"), 1.0], " █"),
    ],
)
def test_a_sparkline_runs_from_zero_to_its_highest(values: list[float | None], line: str) -> None:
    assert sparkline(values) == line


def test_a_sparkline_can_be_held_against_a_top() -> None:
    assert sparkline([50.0], top=100.0) == "▅"


finite = st.floats(min_value=0, max_value=1e7)


@given(st.lists(st.tuples(st.integers(0, 2**50), st.integers(0, 2**40), st.sampled_from([0, 1])), max_size=40), finite)
def test_any_run_is_drawn_inside_its_frame(seconds: list[tuple[int, int, int]], floor: float) -> None:
    root = ET.fromstring(
        svg(panels({"direction": "up", "seconds": seconds, "beside": {}}, floor_mbps=floor, ceiling_mbps=None))
    )
    points = itertools.chain.from_iterable(
        line.get("points", "").split() for line in root.iter(f"{SVG}polyline") if line.get("points")
    )
    for x, y in (tuple(map(float, point.split(","))) for point in points):
        assert 63.9 <= x <= 708.1
        assert -0.1 <= y <= 120.1
