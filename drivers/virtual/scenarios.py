"""What can be wrong with a customer line: each scenario puts one fault into a plan and says which cause it is; data.

Strengths are drawn, so that no rule can be made for one number. Two scenarios can be put on the same line.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from random import Random

from drivers.virtual.line_faults import lose, narrow
from drivers.virtual.line_servers import (
    KNOWN_ADDRESS,
    KNOWN_NAME,
    Addressing,
    serve_addresses,
    serve_from_ont,
    serve_rogue,
    take_address,
)
from drivers.virtual.plan import Plan, clean
from drivers.virtual.scenario import Inject, Scenario
from drivers.virtual.scenarios_ont import ONT_SCENARIOS, asked_of_olt
from drivers.virtual.scenarios_services import SERVICE_SCENARIOS, served
from drivers.virtual.scenarios_session import SESSION_SCENARIOS, dialled
from drivers.virtual.scenarios_station import STATION_SCENARIOS
from drivers.virtual.shaping import shaped_mbit


def _lossy(place: str, low: float, high: float) -> Inject:
    def inject(plan: Plan, random: Random) -> Plan:
        ratio = random.uniform(low, high)
        return plan.then(lambda line: lose(line, ratio, place=place))  # type: ignore[arg-type]

    return inject


def _hole(plan: Plan, random: Random) -> Plan:
    size = random.choice((1300, 1400, 1420, 1450, 1480))
    return plan.then(lambda line: narrow(line, size))


def _swapped(plan: Plan, random: Random) -> Plan:
    ordered = replace(plan.ordered, down_mbps=100.0, up_mbps=random.choice((20.0, 30.0)))
    return replace(plan, ordered=ordered, down_mbps=ordered.up_mbps * 0.98, up_mbps=ordered.down_mbps * 0.98)


def _other_profile(plan: Plan, random: Random) -> Plan:
    share = random.uniform(0.96, 1.0)
    return replace(plan, ordered=replace(plan.ordered, down_mbps=100.0), down_mbps=random.choice((20, 30, 50)) * share)


def _bloated(plan: Plan, random: Random) -> Plan:
    """Half a second of buffer and more, on a slow line: on a fast one a short run does not fill it."""
    latency, rate, share = random.randint(400, 900), random.choice((6.0, 8.0, 10.0)), random.uniform(0.97, 1.08)
    slow = replace(plan, ordered=replace(plan.ordered, down_mbps=rate, up_mbps=rate))
    slow = replace(slow, down_mbps=rate * share, up_mbps=rate * share)
    shaped = shaped_mbit(rate * share)
    return slow.then(lambda line: line.shape(down_mbit=shaped, up_mbit=shaped, latency_ms=latency))


def _no_reflector(plan: Plan, random: Random) -> Plan:
    return replace(plan, reflectors=())


def _addressing(change: Callable[[Random], Addressing | None]) -> Inject:
    return lambda plan, random: replace(plan, addressing=change(random))


def _hijacked(random: Random) -> Addressing:
    return Addressing(
        honest=False, names=((KNOWN_NAME, KNOWN_ADDRESS), ("#", f"198.18.0.{random.choice((9, 10, 11))}"))
    )


def _lying(random: Random) -> Addressing:
    return Addressing(names=((KNOWN_NAME, f"203.0.113.{random.randint(1, 254)}"),))


def _shared(plan: Plan, random: Random) -> Plan:
    net = f"100.{random.randint(64, 127)}.{random.randint(0, 255)}"
    addressing = Addressing(pool=(f"{net}.2", f"{net}.2"))
    return replace(plan, addressing=None).then(
        lambda line: line.access.ip([f"address add {net}.1/24 dev olt0"]),
        lambda line: serve_addresses(line, addressing),
    )


def _routing(plan: Plan, random: Random) -> Plan:
    net = f"192.168.{random.randint(0, 254)}"
    addressing = Addressing(pool=(f"{net}.2", f"{net}.2"), gateway=f"{net}.1", resolver=f"{net}.1")
    return replace(plan, addressing=None).then(lambda line: serve_from_ont(line, addressing, f"{net}.1"))


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(name="loss-on-access", cause="loss_on_access", inject=_lossy("access", 0.01, 0.05)),
    Scenario(name="loss-behind", cause="loss_behind_access", inject=_lossy("core", 0.01, 0.05)),
    Scenario(name="mtu-hole", cause="mtu_black_hole", inject=_hole),
    Scenario(name="swapped-rates", cause="swapped_rates", inject=_swapped),
    Scenario(name="other-profile", cause="other_profile", inject=_other_profile),
    Scenario(name="bufferbloat", cause="bufferbloat", inject=_bloated),
    Scenario(name="dhcp-silent", cause="dhcp_silent", inject=_addressing(lambda random: None)),
    Scenario(name="dhcp-rogue", cause="dhcp_rogue", inject=lambda plan, random: plan.then(serve_rogue)),
    Scenario(name="twin", cause="duplicate_address", inject=lambda plan, random: plan.then(take_address)),
    Scenario(name="dns-hijacked", cause="dns_hijacked", inject=_addressing(_hijacked)),
    Scenario(name="dns-wrong", cause="dns_wrong", inject=_addressing(_lying)),
    Scenario(name="cgnat", cause="cgnat", inject=_shared),
    Scenario(name="routing", cause="route_instead_of_bridge", inject=_routing),
    Scenario(name="no-reflector", cause="reflector_not_usable", inject=_no_reflector),
    *ONT_SCENARIOS,
    *STATION_SCENARIOS,
    *SESSION_SCENARIOS,
    *SERVICE_SCENARIOS,
)
PRACTISED = tuple(scenario for scenario in SCENARIOS if scenario.practised)
HEALTHY: tuple[Scenario, ...] = (
    Scenario(name="plain", cause="", inject=lambda plan, random: plan),
    Scenario(name="dialled", cause="", inject=dialled),
    Scenario(name="served", cause="", inject=served),
    Scenario(name="asked-of-olt", cause="", inject=asked_of_olt, ont=("olt",)),
)


def planned(scenarios: Sequence[Scenario], seed: int, needs: Iterable[str] = ()) -> Plan:
    """The line of a seed with the faults put on it, their strengths drawn from the same seed; healthy without any.

    Its ONT is one that can say what the faults and `needs` ask of it; the rest of the line is the same for any.
    """
    random = Random(seed)
    plan = clean(random, {*needs, *(need for scenario in scenarios for need in scenario.ont)})
    for scenario in scenarios or (random.choice(HEALTHY),):
        plan = scenario.inject(plan, random)
    return plan
