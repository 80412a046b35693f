"""Each scenario can be put on a planned line, alone and in pairs."""

import itertools
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest

from diagnostics.causes import texts
from drivers.capture import CaptureError, load_capture
from drivers.virtual.edited_ont import changed
from drivers.virtual.plan import FAMILY, clean, optic
from drivers.virtual.scenarios import SCENARIOS, planned
from drivers.virtual.scored import Scored

NAMED = {scenario.name: scenario for scenario in SCENARIOS}


def test_names_differ_and_causes_are_causes() -> None:
    assert len(NAMED) == len(SCENARIOS)
    assert {scenario.cause for scenario in SCENARIOS} <= set(texts())


@pytest.mark.parametrize("name", NAMED)
def test_a_scenario_changes_the_plan_and_its_ont_can_say_so(name: str) -> None:
    for seed in range(1, 6):
        plan = planned([NAMED[name]], seed)
        before = clean(Random(seed))
        assert plan != before
        assert changed(load_capture(FAMILY, plan.ont_state), plan.ont_edits).answers


def test_the_same_seed_makes_the_same_line() -> None:
    scenario = NAMED["weak-light"]
    assert planned([scenario], 7).ont_edits == planned([scenario], 7).ont_edits != planned([scenario], 8).ont_edits


def test_two_faults_can_be_put_on_one_line() -> None:
    for pair in itertools.combinations((NAMED["weak-light"], NAMED["port-100"], NAMED["dns-wrong"]), 2):
        plan = planned(pair, 3)
        assert changed(load_capture(FAMILY, plan.ont_state), plan.ont_edits).answers


def test_an_edit_that_finds_nothing_is_an_error() -> None:
    with pytest.raises(CaptureError, match="does not say"):
        changed(load_capture(FAMILY, "lit"), [("cat /etc/version", "no such words", "x")])


def test_an_edited_ont_says_the_new_value() -> None:
    capture = changed(load_capture(FAMILY, "lit"), [optic("rx-power", -29.25)])
    assert "-29.250000  dBm" in capture.answers["diag pon get transceiver rx-power"]


@pytest.mark.parametrize(
    ("expected", "named", "first", "among_three"),
    [
        (("dark_fibre",), ("dark_fibre",), True, True),
        (("dark_fibre",), ("weak_light", "dark_fibre"), False, True),
        (("dark_fibre",), (), False, False),
        ((), (), True, True),
        ((), ("low_rate",), False, True),
        (("wrong_ont", "dns_wrong"), ("wrong_ont", "dns_wrong"), True, True),
        (("wrong_ont", "dns_wrong"), ("dns_wrong", "a", "b", "wrong_ont"), True, False),
    ],
)
def test_the_score_counts_the_first_cause(
    expected: tuple[str, ...], named: tuple[str, ...], first: bool, among_three: bool
) -> None:
    made = Scored(scenarios=("x",), seed=1, expected=expected, named=named, outcome="rejected")
    assert (made.first, made.among_three) == (first, among_three)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("nope",), "'nope' is not a scenario"),
        (("--repeats", "0"), "--repeats 0: must be at least 1"),
        (("--clean", "-1"), "--clean -1: must be at least 0"),
        (("--clean", "5000"), "must make at most 1000"),
        (("--jobs", "0"), "--jobs 0: must be at least 1"),
        (("--jobs", "65"), "--jobs 65: must be at most 64"),
        (("weak-light", "strong-light", "--pairs", "1"), "no two of these can stand on one line"),
    ],
)
def test_what_cannot_be_scored_is_one_line(words: tuple[str, ...], complaint: str) -> None:
    command = [sys.executable, "-m", "agent.cli", "diagnose-score", *words]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (65, "")
    assert complaint in done.stderr and done.stderr.count("\n") == 1
