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
from drivers.virtual.ont_kind import KINDS, REALTEK, OntKind, kinds_with
from drivers.virtual.plan import Plan, clean
from drivers.virtual.scenarios import SCENARIOS, planned
from drivers.virtual.scored import Scored

NAMED = {scenario.name: scenario for scenario in SCENARIOS}


def said_by(plan: Plan) -> bool:
    """Whether the plan's ONT can say what the plan lets it say."""
    capture = changed(load_capture(plan.ont.family, plan.ont_state), plan.edits)
    return bool(capture.answers or capture.records)


def test_names_differ_and_causes_are_causes() -> None:
    assert len(NAMED) == len(SCENARIOS)
    assert {scenario.cause for scenario in SCENARIOS} <= set(texts())


@pytest.mark.parametrize("name", NAMED)
def test_a_scenario_changes_the_plan_and_its_ont_can_say_so(name: str) -> None:
    for seed in range(1, 6):
        plan = planned([NAMED[name]], seed)
        assert plan != clean(Random(seed), NAMED[name].ont)
        assert plan.ont.has(NAMED[name].ont)
        assert said_by(plan)


def test_the_same_seed_makes_the_same_line() -> None:
    scenario = NAMED["weak-light"]
    assert planned([scenario], 7).ont_edits == planned([scenario], 7).ont_edits != planned([scenario], 8).ont_edits


def test_two_faults_can_be_put_on_one_line() -> None:
    for pair in itertools.combinations((NAMED["weak-light"], NAMED["port-100"], NAMED["dns-wrong"]), 2):
        plan = planned(pair, 3)
        assert said_by(plan)


def test_an_edit_that_finds_nothing_is_an_error() -> None:
    with pytest.raises(CaptureError, match="does not say"):
        changed(load_capture(REALTEK.family, "lit"), [("cat /etc/version", "no such words", "x")])


def test_an_edited_ont_says_the_new_value() -> None:
    capture = changed(load_capture(REALTEK.family, "lit"), [REALTEK.edit("rx-power", -29.25)])
    assert "-29.250000  dBm" in capture.answers["diag pon get transceiver rx-power"]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.family)
def test_a_kind_of_ont_says_what_its_table_has_and_has_the_states_that_it_names(kind: OntKind) -> None:
    values = {"rx-power": -19.5, "tx-power": 2.5, "bias-current": 11.0, "temperature": 40.0}
    for what in kind.says:
        assert changed(load_capture(kind.family, "lit"), [kind.edit(what, values.get(what, 3))])
    for state in kind.able & {"dark", "emergency-stop", "fake-o5", "standby", "ranging"}:
        assert load_capture(kind.family, state).family == kind.family


def test_a_line_gets_an_ont_that_can_say_what_its_faults_need() -> None:
    assert kinds_with(["loid", "fec"]) == (REALTEK,)
    assert {kind.family for kind in kinds_with([])} == {kind.family for kind in KINDS}
    assert kinds_with(["loid", "octets"])  # nobody has both: one of those that have most
    drawn = {planned([NAMED["weak-light"]], seed).ont.family for seed in range(1, 30)}
    assert drawn == {"realtek_rtl960x", "huawei_wap", "dasan_znid"}


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
