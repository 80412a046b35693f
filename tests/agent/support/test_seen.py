"""What a watch has told: newest value or why there is none, trend, extremes, growth of counters; and its picture."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.support.chart import chart
from agent.support.seen import RX, Seen
from agent.support.watch_view import picture, second_line

BIP = "ont_bip_errors"


def second(passed_s: float, failures: dict[str, Any] | None = None, **values: Any) -> dict[str, Any]:
    return {"event": "watch", "passed_s": passed_s, "values": values, "failures": failures or {}}


def seen(*levels: float, name: str = RX) -> Seen:
    made = Seen()
    for place, level in enumerate(levels):
        made.add(second(float(place), **{name: level}))
    return made


@pytest.mark.parametrize(
    ("levels", "trend"),
    [
        ([-20.0, -20.0, -20.0], None),
        ([-20.0] * 12, "steady"),
        ([-20.0] * 6 + [-19.5] * 6, "better"),
        ([-20.0] * 6 + [-20.5] * 6, "worse"),
        ([-20.0] * 6 + [-19.8] * 6, "steady"),
        ([-20.0] * 11 + [-10.0], "steady"),  # one odd reading makes no trend
        ([-30.0] * 50 + [-20.0] * 12, "steady"),  # what is long ago counts no more
    ],
)
def test_the_trend_holds_the_newest_third_of_ten_seconds_against_the_oldest(levels: list[float], trend: str) -> None:
    assert seen(*levels).trend() == trend


def test_a_second_without_a_value_has_neither_number_nor_trend() -> None:
    made = seen(*[-20.0] * 12)
    made.add(second(12.0, {RX: {"kind": "no_signal"}}))
    assert (made.now(RX), made.trend(), made.failure(RX)) == (None, None, "no_signal")
    assert "- " in second_line(made, "en") and "-20" not in second_line(made, "en")
    made.add(second(13.0, **{RX: -21.5}))
    assert (made.now(RX), made.failure(RX)) == (-21.5, "")


def test_a_second_that_says_nothing_of_the_light_leaves_no_old_value_standing() -> None:
    made = seen(*[-20.0] * 12)
    made.add(second(12.0, **{BIP: 3}))
    assert made.now(RX) is None


def test_lowest_and_highest_are_of_the_whole_watch() -> None:
    made = seen(*[-25.0, -18.0, *[-20.0] * 2000])
    assert (made.series[RX].low, made.series[RX].high) == (-25.0, -18.0)
    assert len(made.series[RX].points) == 1200


def test_counters_tell_their_growth_a_second_and_none_after_a_fall() -> None:
    made = seen(*range(0, 36, 3), name=BIP)
    assert made.counters() == {BIP: (33.0, 3.0)}
    made.add(second(12.0, **{BIP: 0}))
    assert made.counters() == {BIP: (0.0, None)}


@pytest.mark.parametrize(
    "event",
    [{}, {"passed_s": "1"}, {"passed_s": True}, {"passed_s": 1, "values": []}, {"passed_s": 1, "failures": 7}],
)
def test_what_is_no_second_of_a_watch_is_refused(event: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="not a second"):
        Seen().add(event)


_NAMES = st.sampled_from([RX, "ont_tx_power_dbm", BIP, "ont_lan_rx_bytes[lan1]", "ont_onu_state", "x\x1b[2J"])
_VALUES = st.one_of(st.floats(-1e12, 1e12), st.integers(-(10**15), 10**15), st.text(max_size=5), st.booleans())
_FAILURES = st.one_of(st.text(max_size=5), st.fixed_dictionaries({"kind": st.text(max_size=5)}), st.none())


@given(
    st.lists(
        st.tuples(
            st.floats(0, 1e6),
            st.dictionaries(_NAMES, _VALUES, max_size=4),
            st.dictionaries(_NAMES, _FAILURES, max_size=2),
        ),
        max_size=8,
    ),
    st.sampled_from(["en", "zh"]),
    st.integers(20, 200),
    st.integers(6, 60),
)
def test_whatever_a_station_tells_the_picture_is_plain_and_fits(
    seconds: list[tuple[float, dict[str, Any], dict[str, Any]]], language: Any, width: int, height: int
) -> None:
    made = Seen()
    for passed_s, values, failures in seconds:
        made.add({"event": "watch", "passed_s": passed_s, "values": values, "failures": failures})
    lines = picture(made, language, floor=-27.0, width=width, height=height)
    assert all(line.isprintable() and len(line) <= width for line in lines)
    assert len(lines) <= max(height, 12)
    assert second_line(made, language).isprintable()


def test_the_chart_has_a_dot_where_a_value_was_and_none_where_none_was() -> None:
    lines = chart([(0.0, -20.0), (1.0, -20.0), (8.0, -20.0)], until_s=8.0, width=17, height=4, span_s=19.0)
    columns = ["".join(line[7:]) for line in lines]
    drawn = {place for line in columns for place, cell in enumerate(line) if cell != "\u2800"}
    assert drawn == {0, 4}, "the first two seconds, and the ninth"


def test_a_floor_far_below_is_left_out_so_that_the_line_keeps_its_shape() -> None:
    near, far = (
        "".join(chart([(0.0, -20.0)], until_s=0.0, width=17, height=4, floor=floor)) for floor in (-22.0, -35.0)
    )
    assert sum(cell > "\u2800" for cell in near) > 3 >= sum(cell > "\u2800" and cell <= "\u28ff" for cell in far)
