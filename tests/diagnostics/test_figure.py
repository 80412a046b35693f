"""One figure from several runs, by stated rules; and which of two series of runs decides."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.figure import Figure, confidence_of, figure_of, near_miss, second_decides
from diagnostics.instruments import Second, Statistic
from diagnostics.trial import Trial
from tests.diagnostics.fakes import NOW


def seconds(*rates: float, omitted: bool = False) -> tuple[Second, ...]:
    return tuple(Second(payload_bytes=int(rate * 125_000), us=1_000_000, omitted=omitted) for rate in rates)


def trial(*rates: float, retransmits: int | None = 0) -> Trial:
    counted = seconds(*rates)
    return Trial(
        direction="down",
        reflector=0,
        family=4,
        discard_s=0,
        average_s=len(rates),
        streams=1,
        congestion_control="cubic",
        started_at=NOW,
        seconds=counted,
        payload_bytes=sum(second.payload_bytes for second in counted),
        us=1_000_000 * len(rates),
        retransmits=retransmits,
    )


@pytest.mark.parametrize(
    ("statistic", "rates", "mbps"),
    [
        ("median", (100,), 100),
        ("median", (300, 100, 200), 200),
        ("median", (300, 100, 200, 400), 200),
        ("mean", (300, 100, 200), 200),
        ("min", (300, 100, 200), 100),
    ],
)
def test_a_statistic_makes_one_figure_of_several_runs(
    statistic: Statistic, rates: tuple[float, ...], mbps: float
) -> None:
    assert figure_of([trial(rate, rate) for rate in rates], statistic).mbps == mbps


@pytest.mark.parametrize(
    ("rates", "confidence"),
    [
        ((100, 100, 100, 100), "high"),
        ((100, 100, 105, 105), "high"),
        ((100, 100, 105.1, 105.1), "medium"),
        ((100, 100, 80, 80), "medium"),
        ((100, 100, 79.9, 79.9), "low"),
        ((100, 100, 500, 95, 95), "high"),
        ((100,), "low"),
        ((), "low"),
        ((0, 0), "high"),
        ((0, 10), "low"),
    ],
)
def test_confidence_goes_by_the_halves_of_the_window(rates: tuple[float, ...], confidence: str) -> None:
    assert confidence_of(seconds(*rates)) == confidence


def test_omitted_seconds_and_what_is_left_over_at_the_end_are_no_part_of_a_half() -> None:
    rest = (Second(payload_bytes=0, us=1_000),)
    assert confidence_of((*seconds(5, 5, omitted=True), *seconds(100, 100), *rest)) == "high"


def test_the_least_confident_run_sets_the_confidence() -> None:
    assert figure_of([trial(100, 100), trial(100, 90), trial(100, 100)], "median").confidence == "medium"


@pytest.mark.parametrize(("floor", "open_"), [(79, False), (80, False), (81, True), (120, True), (121, False)])
def test_a_floor_between_unsteady_halves_is_neither_reached_nor_missed(floor: float, open_: bool) -> None:
    assert figure_of([trial(120, 80)], "median").straddles(floor) == open_
    assert not figure_of([trial(100, 100)], "median").straddles(floor)


@pytest.mark.parametrize(("told", "sum_"), [((1, 2), 3), ((1, None), None)])
def test_retransmits_are_known_only_where_every_counted_run_told(
    told: tuple[int | None, ...], sum_: int | None
) -> None:
    assert figure_of([trial(100, retransmits=count) for count in told], "mean").retransmits == sum_


@pytest.mark.parametrize(("mbps", "near"), [(872.9, False), (873, True), (899.9, True), (900, False), (950, False)])
def test_a_near_miss_lies_at_most_three_percent_under_the_floor(mbps: float, near: bool) -> None:
    assert near_miss(mbps, 900) == near


def figure(mbps: float) -> Figure:
    return figure_of([trial(mbps, mbps)], "median")


@pytest.mark.parametrize(
    ("first", "second", "decides"),
    [
        (890, 910, True),
        (910, 890, False),
        (900, 900, False),
        (None, 900, True),
        (890, None, False),
        (None, None, False),
    ],
)
def test_of_two_figures_the_higher_decides_and_of_one_that_one(
    first: float | None, second: float | None, decides: bool
) -> None:
    assert second_decides(first and figure(first), second and figure(second)) == decides  # type: ignore[arg-type]


@given(rates=st.lists(st.floats(1, 1000), min_size=1, max_size=5), statistic=st.sampled_from(["median", "mean", "min"]))
def test_a_figure_never_leaves_the_range_of_its_runs(rates: list[float], statistic: Statistic) -> None:
    trials = [trial(rate, rate) for rate in rates]
    made = figure_of([replace(t, retransmits=1) for t in trials], statistic)
    assert min(t.mbps for t in trials) * 0.999999 <= made.mbps <= max(t.mbps for t in trials) * 1.000001
