"""The sums of a campaign, and what a line of several faults owes; the lines are made up, the sums are not."""

import pytest

from diagnostics.measurement import Failure, Measurement
from drivers.virtual import tally
from drivers.virtual.scored import NOT_TESTED, Scored, busy
from tests.diagnostics.fakes import NOW


def line(*expected: str, named: tuple[str, ...] = (), **fields: str) -> Scored:
    made = {"outcome": "rejected", **fields}
    return Scored(scenarios=expected, seed=1, expected=expected, named=named, **made)  # type: ignore[arg-type]


CAMPAIGN = (
    line("dark_fibre", named=("dark_fibre",)),
    line("dark_fibre", named=("weak_light", "dark_fibre")),
    line("dns_wrong", named=(), busy="station_cpu_max_ratio[up] 1.00"),
    line("cgnat", outcome=NOT_TESTED, trouble="deadline"),
    line("dns_wrong", "wrong_ont", named=("wrong_ont", "dns_wrong")),
    line("dns_wrong", "wrong_ont", named=("wrong_ont", "low_rate", "cgnat", "dns_wrong")),
    line(named=()),
    line(named=("low_rate", "cgnat")),
    line(named=("low_rate",)),
)


def test_single_faults_pairs_and_clean_lines_are_added_up_apart() -> None:
    made = tally.summary(CAMPAIGN)
    assert made["single"] == {"lines": 4, "first": 1, "among_three": 2, "first_ratio": 0.25}
    assert made["pairs"] == {"lines": 2, "first": 2, "among_three": 1, "first_ratio": 1.0}
    assert made["clean"] == {"lines": 3, "false_causes": {"low_rate": 2}}
    assert (made["busy"], made["not_tested"]) == (1, 1)


def test_each_cause_says_what_was_named_in_its_place() -> None:
    made = tally.causes(CAMPAIGN[:4])
    assert made["dark_fibre"] == {"lines": 2, "first": 1, "among_three": 2, "instead": {"weak_light": 1}}
    assert made["dns_wrong"]["instead"] == made["cgnat"]["instead"] == {"no cause": 1}


def test_people_read_the_wrong_causes_and_the_totals() -> None:
    assert tally.words(tally.summary(CAMPAIGN)) == [
        "dark_fibre: first on 1 of 2, instead weak_light 1",
        "dns_wrong: first on 0 of 1, instead no cause 1",
        "cgnat: first on 0 of 1, instead no cause 1",
        "single faults: first cause right on 1 of 4 (25.0%), among the first three on 2 of 4",
        "pairs: first cause one of both on 2 of 2 (100.0%), both among the first three on 1 of 2",
        "clean lines: a cause named on 2 of 3: low_rate 2",
        "1 lines tested while this machine was busy",
        "1 lines not tested, counted as wrong",
    ]
    assert tally.words(tally.summary([line()])) == ["clean lines: a cause named on 0 of 1"]


@pytest.mark.parametrize(
    ("put", "due"),
    [
        (("dark_fibre", "marginal_light"), ("dark_fibre", "marginal_light")),
        (("loss_on_access", "bufferbloat"), ("loss_on_access",)),
        (("tx_out_of_class", "dark_fibre"), ("dark_fibre",)),
    ],
)
def test_what_the_rules_explain_away_beside_the_other_fault_is_not_due(
    put: tuple[str, ...], due: tuple[str, ...]
) -> None:
    assert line(*put).due == due
    assert line(*put, named=due).among_three


def test_a_line_says_in_which_direction_the_machine_had_no_time_left() -> None:
    def share(value: float | None, index: str) -> Measurement:
        failure = None if value is not None else Failure(kind="not_supported", stage="watch", detail="")
        name = "station_cpu_max_ratio"
        return Measurement(quantity=name, index=index, value=value, failure=failure, source="", taken_at=NOW)

    assert busy([share(0.94, "down"), share(None, "up")]) == ""
    assert busy([share(0.2, "down"), share(0.97, "up")]) == "station_cpu_max_ratio[up] 0.97"
