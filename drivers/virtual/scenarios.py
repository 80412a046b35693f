"""What can be wrong with a customer line: each scenario puts one fault into a plan and says which cause it is; data.

Strengths are drawn, so that no rule can be made for one number. Two scenarios can be put on the same line.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from drivers.virtual.line_faults import cross, lose, narrow
from drivers.virtual.plan import Plan, optic
from drivers.virtual.shaping import shaped_mbit

Inject = Callable[[Plan, Random], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One fault: the cause that should be named first for it, and how it is put into a plan."""

    name: str
    cause: str
    inject: Inject


def _state(state: str) -> Inject:
    return lambda plan, random: replace(plan, ont_state=state, ont_edits=())


def _optic(what: str, low: float, high: float) -> Inject:
    return lambda plan, random: plan.edited(optic(what, random.uniform(low, high)))


def _dark(plan: Plan, random: Random) -> Plan:
    return replace(plan, ont_state="dark", ont_edits=(), fibre=False)


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
    latency = random.randint(400, 900)
    down, up = shaped_mbit(plan.down_mbps), shaped_mbit(plan.up_mbps)
    return plan.then(lambda line: line.shape(down_mbit=down, up_mbit=up, latency_ms=latency))


def _cross(plan: Plan, random: Random) -> Plan:
    share = random.uniform(0.15, 0.5)
    return plan.then(lambda line: cross(line, plan.down_mbps * share))


def _slow_port(plan: Plan, random: Random) -> Plan:
    ordered = replace(plan.ordered, down_mbps=random.choice((200.0, 300.0, 500.0, 1000.0)))
    plan = replace(plan, ordered=ordered, down_mbps=93.0)
    return plan.edited(("diag port get status port all", r"(0 +Up +)1000M", r"\g<1>100M"))


def _half_duplex(plan: Plan, random: Random) -> Plan:
    return plan.edited(("diag port get status port all", r"(0 +Up +1000M +)Full", r"\1Half"))


def _wrong_ont(plan: Plan, random: Random) -> Plan:
    return plan.edited(("flash get GPON_SN", "4D2A9C17", f"{random.getrandbits(32) | 1:08X}"))


def _no_reflector(plan: Plan, random: Random) -> Plan:
    return replace(plan, reflectors=())


def _ont_fault(**faults: object) -> Inject:
    return lambda plan, random: replace(plan, ont_faults=dict(faults))


SCENARIOS: tuple[Scenario, ...] = (
    Scenario(name="dark", cause="dark_fibre", inject=_dark),
    Scenario(name="weak-light", cause="weak_light", inject=_optic("rx-power", -31.0, -27.3)),
    Scenario(name="marginal-light", cause="marginal_light", inject=_optic("rx-power", -26.8, -25.2)),
    Scenario(name="strong-light", cause="strong_light", inject=_optic("rx-power", -7.7, -3.0)),
    Scenario(name="tx-out-of-class", cause="tx_out_of_class", inject=_optic("tx-power", 5.4, 7.5)),
    Scenario(name="high-bias", cause="ageing_laser", inject=_optic("bias-current", 72.0, 95.0)),
    Scenario(name="loss-on-access", cause="loss_on_access", inject=_lossy("access", 0.01, 0.05)),
    Scenario(name="loss-behind", cause="loss_behind_access", inject=_lossy("core", 0.01, 0.05)),
    Scenario(name="mtu-hole", cause="mtu_black_hole", inject=_hole),
    Scenario(name="swapped-rates", cause="swapped_rates", inject=_swapped),
    Scenario(name="other-profile", cause="other_profile", inject=_other_profile),
    Scenario(name="bufferbloat", cause="bufferbloat", inject=_bloated),
    Scenario(name="cross-traffic", cause="cross_traffic", inject=_cross),
    Scenario(name="port-100", cause="port_below_gigabit", inject=_slow_port),
    Scenario(name="half-duplex", cause="half_duplex", inject=_half_duplex),
    Scenario(name="wrong-ont", cause="wrong_ont", inject=_wrong_ont),
    Scenario(name="no-reflector", cause="reflector_not_usable", inject=_no_reflector),
)
