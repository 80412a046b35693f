"""Faults of the session and of services on lines that stand: the check that looks for them names them."""

import pytest

from diagnostics.checks import CHECKS
from drivers.virtual.plan import standing
from drivers.virtual.scenarios import HEALTHY, SCENARIOS, planned
from drivers.virtual.score import diagnosed

NAMED = {scenario.name: scenario for scenario in (*SCENARIOS, *HEALTHY)}


@pytest.mark.root
@pytest.mark.parametrize(
    ("name", "checks"),
    [("pppoe-in-use", ("pppoe",)), ("voice-refused", ("voice",)), ("captive-portal", ("dhcp", "dns"))],
)
def test_a_fault_that_a_peer_puts_on_a_line_is_named(root: None, name: str, checks: tuple[str, ...]) -> None:
    plan = planned([NAMED[name]], 100)
    with standing(plan) as line:
        causes, _, measurements = diagnosed(plan, line, [(CHECKS[check],) for check in checks])
    assert [cause.name for cause in causes][:1] == [NAMED[name].cause], measurements


@pytest.mark.root
def test_a_station_dials_a_healthy_line_and_asks_around_inside_the_session(root: None) -> None:
    plan = planned([NAMED["dialled"]], 100)
    with standing(plan) as line:
        stages = [(CHECKS[check],) for check in ("pppoe", "reach", "dns", "mode")]
        causes, _, measurements = diagnosed(plan, line, stages)
    found = {m.name: m.value for m in measurements if m.failure is None}
    assert [cause.name for cause in causes if cause.name != "reflector_not_usable"] == []
    assert (found["pppoe_state"], found["pppoe_address_kind"], found["line_mode"]) == ("up", "public", "bridge")
    assert found["reach_loss_ratio[reflector]"] < 1
    assert found["dns_state"] == "honest"
