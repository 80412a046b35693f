"""Faults of ONT, cable and neighbour are really in the line: the station reads, sees and counts them there."""

import time
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from diagnostics.host import HostChild
from diagnostics.instruments import Link
from diagnostics.measurement import Measurement
from drivers.capture import load_capture
from drivers.terminal import ChildTerminal
from drivers.virtual.line import HOME_ADDRESS, ONT_ADDRESS, STATION_INTERFACE, VirtualLine
from drivers.virtual.line_faults import flap, flood
from drivers.virtual.ont_kind import HUAWEI, KINDS, REALTEK, ZHONE, OntKind
from drivers.virtual.plan import Plan, clean, standing

pytestmark = pytest.mark.root
PATIENCE_S = 60.0


def plan_of(kind: OntKind) -> Plan:
    """A healthy line with this kind of ONT and nothing behind it."""
    return replace(clean(Random(5)), ont=kind, reflectors=(), addressing=None, delay_ms=0.0)


def read(line: VirtualLine, kind: OntKind, deadline_s: float = 60.0) -> list[Measurement]:
    """What the station reads of the ONT over the line."""
    terminal = ChildTerminal(
        address=ONT_ADDRESS,
        transport=kind.transport,
        family=kind.family,
        login=kind.login,
        interface=STATION_INTERFACE,
        namespace=line.station.path,
        deadline_s=deadline_s,
    )
    return list(terminal.read().measurements)


def number(made: list[Measurement], name: str) -> float:
    (found,) = [m.number for m in made if m.name == name]
    assert found is not None
    return found


def link(line: VirtualLine) -> Link:
    made = HostChild(line.station.path).link(STATION_INTERFACE)
    assert isinstance(made, Link)
    return made


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.family)
def test_each_kind_of_ont_is_read_as_its_plan_says(root: None, kind: OntKind) -> None:
    plan = plan_of(kind)
    with standing(plan) as line:
        made = read(line, kind)
    told = {"rx-power": "ont_rx_power_dbm", "tx-power": "ont_tx_power_dbm", "bias-current": "ont_bias_ma"}
    for what, quantity in told.items():
        if what in kind.says:
            assert number(made, quantity) == pytest.approx(plan.ont_optics[what], abs=0.6)
    assert [m.value for m in made if m.quantity == "ont_pon_serial"] == [kind.serial]


@pytest.mark.parametrize(
    ("kind", "faults", "failure"),
    [
        (HUAWEI, {"sessions": 1}, "busy"),
        (REALTEK, {"greeting": "Too many failed log-ins, locked for 5 minutes\n"}, "locked_out"),
        (REALTEK, {"silent": True}, "timeout"),
    ],
)
def test_an_ont_that_lets_nobody_in_says_why(
    root: None, kind: OntKind, faults: dict[str, object], failure: str
) -> None:
    with standing(replace(plan_of(kind), ont_faults=faults)) as line:
        made = read(line, kind, deadline_s=8.0 if "silent" in faults else 60.0)
    assert {m.failure.kind for m in made if m.failure} == {failure}


def test_an_ont_restarts_and_loses_codewords_with_what_it_carries(root: None) -> None:
    plan = plan_of(REALTEK)
    worn = replace(plan, ont_decay=replace(plan.ont_decay, fec_every_bytes=100, restart_after_bytes=200_000))
    with standing(worn) as line:
        line.station.run("ping", "-q", "-f", "-c", "300", "-s", "1400", HOME_ADDRESS)
        made = read(line, REALTEK)
    captured = load_capture(REALTEK.family, "lit").values
    assert captured["ont_fec_uncorrectable_codewords"] == 0
    assert number(made, "ont_fec_uncorrectable_codewords") > 1000
    assert number(made, "ont_uptime_s") < 3600 < float(str(captured["ont_uptime_s"]))


def test_a_neighbour_is_counted_at_its_own_port_and_a_flood_reaches_the_station(root: None) -> None:
    with standing(plan_of(ZHONE)) as line:
        idle = link(line)
        flood(line, 5.0)
        wait_until(lambda: link(line).rx_bytes > idle.rx_bytes + 500_000)
        made = read(line, ZHONE)
    assert load_capture(ZHONE.family, "lit").values["ont_lan_rx_bytes[lan2]"] == 0
    assert number(made, "ont_lan_rx_bytes[lan2]") > 400_000
    assert number(made, "ont_lan_rx_errors[lan1]") == 0


def test_a_link_flaps_once_its_port_has_carried_enough(root: None) -> None:
    with standing(plan_of(REALTEK)) as line:
        before = link(line)
        flap(line, ("lan1",), after_bytes=200_000, times=2, down_s=0.05)
        line.station.run("ping", "-q", "-f", "-c", "300", "-s", "1400", HOME_ADDRESS)
        wait_until(lambda: (link(line).carrier_changes or 0) >= (before.carrier_changes or 0) + 4)
