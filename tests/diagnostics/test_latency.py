"""Round trips: a percentile is told from enough answers on, loss is no round trip, and load is told from idle."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.latency import idle, loaded, percentile
from diagnostics.measurement import Failure


@pytest.mark.parametrize(
    ("values", "share", "wanted"),
    [([5.0], 0.99, 5), (range(1, 101), 0.95, 95), (range(1, 101), 0.99, 99), (range(20, 0, -1), 0.95, 19)],
)
def test_a_percentile_is_the_nearest_rank(values: list[float], share: float, wanted: float) -> None:
    assert percentile(list(values), share) == wanted


def kind(value: float | Failure) -> str:
    """What came out: a number, or why not."""
    return value.kind if isinstance(value, Failure) else "value"


@pytest.mark.parametrize(
    ("answers", "kinds"),
    [
        (0, ("timeout", "timeout")),
        (1, ("value", "not_applicable")),
        (19, ("value", "not_applicable")),
        (20, ("value", "value")),
    ],
)
def test_a_burst_without_load_tells_what_its_answers_allow(answers: int, kinds: tuple[str, str]) -> None:
    made = idle([1.0] * answers)
    assert (kind(made["p50_ms"]), kind(made["p95_ms"])) == kinds


@pytest.mark.parametrize(
    ("answered", "lost", "kinds", "loss"),
    [
        (0, 0, ("instrument_limit",) * 4, None),
        (0, 9, ("timeout",) * 4, 1.0),
        (19, 1, ("value", "not_applicable", "not_applicable", "value"), 0.05),
        (99, 1, ("value", "value", "not_applicable", "value"), 0.01),
        (100, 25, ("value", "value", "value", "value"), 0.2),
    ],
)
def test_a_series_under_load_tells_what_its_answers_allow(
    answered: int, lost: int, kinds: tuple[str, ...], loss: float | None
) -> None:
    made = loaded([8.0] * answered + [None] * lost, 1.5)
    names = ("loaded_p50_ms", "loaded_p95_ms", "loaded_p99_ms", "added_ms")
    assert tuple(kind(made[name]) for name in names) == kinds
    assert made["loss_ratio"] == pytest.approx(loss) if loss is not None else kind(made["loss_ratio"]) != "value"
    assert kinds[3] != "value" or made["added_ms"] == 6.5


def test_what_load_adds_is_not_known_without_the_idle_round_trip() -> None:
    assert kind(loaded([8.0], None)["added_ms"]) == "not_applicable"


@given(st.lists(st.none() | st.floats(0, 1000), max_size=150), st.none() | st.floats(0, 1000))
def test_percentiles_stand_in_order_and_loss_is_a_share(series: list[float | None], before: float | None) -> None:
    made = loaded(series, before)
    told = [made[f"loaded_p{n}_ms"] for n in (50, 95, 99)]
    numbers = [number for number in told if not isinstance(number, Failure)]
    assert numbers == sorted(numbers)
    loss = made["loss_ratio"]
    assert isinstance(loss, Failure) or 0 <= loss <= 1
