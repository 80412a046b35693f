"""Pairs of faults: what can stand on one line, drawn by seed, and nothing that undoes or hides the other."""

from collections.abc import Callable
from functools import cache

import pytest

from drivers.capture import Capture, load_capture
from drivers.virtual.edited_ont import changed
from drivers.virtual.pairs import STANDS, drawn, pairs_of, stands
from drivers.virtual.scenarios import SCENARIOS, planned

captured: Callable[[str, str], Capture] = cache(load_capture)
NAMED = {scenario.name: scenario for scenario in SCENARIOS}


def test_every_scenario_says_what_it_needs_and_takes() -> None:
    assert set(STANDS) == set(NAMED)


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("wrong-ont", "dns-wrong", True),
        ("weak-light", "high-bias", True),
        ("weak-light", "strong-light", False),  # one reading
        ("dark", "weak-light", False),  # no light to be weak
        ("dark", "ont-wrong-login", False),  # who may not ask sees no light state
        ("standby", "ranging", False),  # one cause
        ("dark", "dns-wrong", False),  # nothing passes
        ("swapped-rates", "other-profile", False),  # one order
        ("bufferbloat", "swapped-rates", False),  # one shaper
        ("dhcp-silent", "cgnat", False),  # one server
        ("dhcp-silent", "dhcp-rogue", False),  # a single server is no second one
        ("twin", "dhcp-rogue", False),  # one second device
        ("ont-locked", "ont-wrong-login", False),  # who is locked out is refused nothing
    ],
)
def test_two_faults_stand_on_one_line_only_where_both_can_show(one: str, other: str, may: bool) -> None:
    assert stands(NAMED[one], NAMED[other]) is stands(NAMED[other], NAMED[one]) is may


def test_every_pair_that_stands_can_be_planned_and_its_ont_can_say_so() -> None:
    pairs = pairs_of()
    assert len(pairs) > 100
    for pair in pairs:
        for ordered in (pair, pair[::-1]):
            plan = planned(ordered, 3)
            capture = changed(captured(plan.ont.family, plan.ont_state), plan.edits)
            assert capture.answers or capture.records


def test_pairs_are_drawn_by_seed_and_none_comes_twice_before_all_have_come() -> None:
    possible = pairs_of()
    assert drawn(40, 7) == drawn(40, 7) != drawn(40, 8)
    all_and_more = drawn(len(possible) + 5, 1)
    assert len({(one.name, other.name) for one, other in all_and_more[: len(possible)]}) == len(possible)
    assert len(all_and_more) == len(possible) + 5
    assert drawn(3, 1, [NAMED["weak-light"], NAMED["strong-light"]]) == []
