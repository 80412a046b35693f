"""Scenarios of the station itself, its cable and what else runs at the customer's; data.

A box that is busy, hot, on USB 2.0 or on Wi-Fi is slow: the line is made slow, and the station says why at the Host
seam, for this machine has neither adapter nor heat of that kind.
"""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from drivers.virtual.line_faults import cross, flap, flood, lose
from drivers.virtual.plan import Plan
from drivers.virtual.scenario import Inject, Scenario
from drivers.virtual.unwell_host import UnwellHost


def _slow(*, link: Mapping[str, Any] | None = None, samples: Mapping[str, Any] | None = None) -> Inject:
    """A station that is the limit: both ways well under the order, at no rate that is sold."""

    def inject(plan: Plan, random: Random) -> Plan:
        down, up = (rate * random.uniform(0.35, 0.8) for rate in (plan.ordered.down_mbps, plan.ordered.up_mbps))
        unwell = replace(plan, down_mbps=down, up_mbps=up)
        return replace(unwell, host=lambda host: UnwellHost(host, link=link or {}, samples=samples or {}))

    return inject


def _busy(plan: Plan, random: Random) -> Plan:
    busy = (random.randint(960, 1000), random.randint(300, 900))
    return _slow(samples={"busy": busy})(plan, random)


def _usb(plan: Plan, random: Random) -> Plan:
    ordered = replace(plan.ordered, down_mbps=random.choice((500.0, 600.0, 1000.0)))
    slow = _slow(link={"adapter": "usb", "usb_mbps": 480})(plan, random)
    return replace(slow, ordered=ordered, down_mbps=random.uniform(220.0, 310.0), up_mbps=plan.up_mbps)


def _too_fast(plan: Plan, random: Random) -> Plan:
    """More is ordered than the ONT's gigabit port can show."""
    return replace(plan, ordered=replace(plan.ordered, down_mbps=random.choice((1200.0, 2000.0, 2500.0))))


def _flapping(plan: Plan, random: Random) -> Plan:
    after, times, down_s = random.randint(2_000_000, 8_000_000), random.randint(1, 4), random.uniform(0.2, 0.6)
    return plan.then(lambda line: flap(line, ("lan1",), after_bytes=after, times=times, down_s=down_s))


def _broken_frames(plan: Plan, random: Random) -> Plan:
    decay = replace(plan.ont_decay, port_error_every_bytes=random.randint(20_000, 400_000))
    ratio = random.uniform(0.0002, 0.002)
    return replace(plan, ont_decay=decay).then(lambda line: lose(line, ratio, ways=("up",)))


def _neighbour(plan: Plan, random: Random) -> Plan:
    mbit = plan.down_mbps * random.uniform(0.3, 0.6)
    return plan.then(lambda line: cross(line, mbit))


def _flooded(plan: Plan, random: Random) -> Plan:
    rate = random.choice((30.0, 50.0))
    ordered = replace(plan.ordered, down_mbps=rate, up_mbps=rate)
    mbit = rate * random.uniform(0.15, 0.4)
    return replace(plan, ordered=ordered, down_mbps=rate, up_mbps=rate).then(lambda line: flood(line, mbit))


STATION_SCENARIOS: tuple[Scenario, ...] = (
    Scenario(name="station-busy", cause="station_busy", inject=_busy, practised=False),
    Scenario(
        name="station-hot", cause="station_thermal", inject=_slow(samples={"throttling": "throttled"}), practised=False
    ),
    Scenario(
        name="station-voltage",
        cause="station_thermal",
        inject=_slow(samples={"throttling": "under_voltage"}),
        practised=False,
    ),
    Scenario(name="station-usb", cause="station_usb", inject=_usb, practised=False),
    Scenario(name="station-wifi", cause="station_wifi", inject=_slow(link={"adapter": "wifi"}), practised=False),
    Scenario(name="port-limit", cause="port_is_the_limit", inject=_too_fast, ont=("port-100",)),
    Scenario(name="flapping", cause="link_flapping", inject=_flapping),
    Scenario(name="cable-errors", cause="cable_errors", inject=_broken_frames, ont=("port-errors",)),
    Scenario(name="neighbour", cause="cross_traffic", inject=_neighbour, ont=("octets",)),
    Scenario(name="flooded", cause="cross_traffic", inject=_flooded),
)
