"""The accuracy campaign counts rightly: what it says of the tester can be wrong in neither direction."""

import pytest

from diagnostics.instruments import Direction
from diagnostics.measurement import Failure
from tests.benchmarks.bench_accuracy import RATES, SIDE_BY_SIDE_MBIT, groups, judged, percentile, table
from tests.benchmarks.shaped_lines import Sample, draw


@pytest.mark.parametrize("way", ["down", "up"])
@pytest.mark.parametrize("truth", [9.56, 95.64, 956.4])
def test_a_true_figure_is_never_judged_wrong_and_says_where_it_is_close(way: Direction, truth: float) -> None:
    made = judged(way, truth, truth)
    assert made.wrong == 0
    assert made.inside == (2 if way == "down" else 1), "92 and 93 % lie around 0.9216, 90 % on 0.9"
    assert made.told == made.inside


@pytest.mark.parametrize(
    ("way", "error", "wrong"),
    [("down", 0.03, 2), ("down", -0.03, 1), ("up", 0.03, 2), ("up", -0.03, 2), ("up", 0.3, 4)],
)
def test_a_false_figure_is_judged_wrong_outside_the_band(way: Direction, error: float, wrong: int) -> None:
    assert judged(way, 100.0, 100.0 * (1 + error)).wrong == wrong


def test_slow_lines_run_side_by_side_and_fast_ones_alone() -> None:
    made = groups(RATES)
    assert sorted(rate for group in made for rate in group) == sorted(RATES)
    assert all(sum(group) <= SIDE_BY_SIDE_MBIT or len(group) == 1 for group in made)
    assert made[0] == [10, 20, 50, 100]


def test_a_seed_always_draws_the_same_line() -> None:
    assert draw(1, 50, "down", 0) == draw(1, 50, "down", 0)
    drawn = [draw(seed, 50, "down", repeat) for seed in range(5) for repeat in range(10)]
    assert len(set(drawn)) == 50
    assert any(line.delay_ms for line in drawn) and any(line.loss_ratio for line in drawn)
    assert not any(draw(seed, 1000, "up", 0).delay_ms for seed in range(20))


@pytest.mark.parametrize(("share", "value"), [(0.0, 1.0), (0.5, 3.0), (0.95, 4.8), (1.0, 5.0)])
def test_percentiles_lie_between_neighbours(share: float, value: float) -> None:
    assert percentile([1.0, 2.0, 3.0, 4.0, 5.0], share) == pytest.approx(value)
    assert percentile([7.0], share) == 7.0


def test_the_table_counts_a_line_without_a_figure_as_such() -> None:
    def sample(mbps: float | Failure) -> Sample:
        return Sample(
            shaped_mbit=100,
            way="down",
            draw=draw(1, 100, "down", 0),
            truth_mbps=95.0,
            mbps=mbps,
            congestion_control="cubic",
            received_mbps=95.0,
            sent_mbps=104.5,
        )

    _, row, all_rows = table([sample(95.095), sample(Failure(kind="busy", stage="iperf3"))]).splitlines()
    assert row.split()[:6] == ["100", "down", "2", "1", "0.100%", "0.100%"]
    assert "10.00%" in row and "0 of 7" in row
    assert all_rows.split()[0] == "all"
