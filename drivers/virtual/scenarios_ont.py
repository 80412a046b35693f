"""Scenarios of the ONT: its light, its registration, what it is, whether it can be read, what it does under load; data.

Each names what the line's ONT must be able to say or be for it; which family that is, the seed draws.
"""

from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from drivers.virtual.line_faults import flap, lose
from drivers.virtual.line_servers import Addressing, serve_addresses
from drivers.virtual.plan import ONU_ID, PON_PORT, Plan
from drivers.virtual.scenario import Inject, Scenario


def _optic(what: str, low: float, high: float) -> Inject:
    return lambda plan, random: plan.says(what, random.uniform(low, high))


def _unserved(state: str) -> Inject:
    """Light, and nothing that passes the ONT."""

    def inject(plan: Plan, random: Random) -> Plan:
        light = {what: value for what, value in plan.ont_optics.items() if what == "rx-power"}
        said = plan.ont.says.get("rx-power", ("", "", ""))[:2]
        edits = tuple(edit for edit in plan.ont_edits if edit[:2] == said)
        return replace(plan, ont_state=state, ont_optics=light, ont_edits=edits, fibre=False)

    return inject


def _dark(plan: Plan, random: Random) -> Plan:
    return replace(plan, ont_state="dark", ont_optics={}, ont_edits=(), fibre=False)


def _slow_port(plan: Plan, random: Random) -> Plan:
    ordered = replace(plan.ordered, down_mbps=random.choice((200.0, 300.0, 500.0, 1000.0)))
    return replace(plan, ordered=ordered, down_mbps=93.0).says("port-100")


def _wrong_ont(plan: Plan, random: Random) -> Plan:
    return plan.says("serial", random.getrandbits(32) | 1)


def _wrong_place(plan: Plan, random: Random) -> Plan:
    return plan.says("onu-id", random.choice([number for number in range(128) if number != ONU_ID]))


def asked_of_olt(plan: Plan, random: Random) -> Plan:
    """The station asks the OLT beside the ONT, and the OLT has this ONT where it was ordered; else a plain line."""
    return replace(plan, olt_edits=()) if plan.ont.has(("olt",)) else plan


def _elsewhere(plan: Plan, random: Random) -> Plan:
    """Where this ONT was ordered the OLT has another one: it hangs at another port, or the order is another's."""
    other = f"{random.getrandbits(32) | 1:08X}"
    edit = (f"display ont info {PON_PORT.replace('/', ' ')} {ONU_ID}", "4D2A9C17", other)
    return replace(plan, olt_edits=(edit,))


def _refused_loid(plan: Plan, random: Random) -> Plan:
    return _unserved("fake-o5")(plan, random).says("loid", random.choice((2, 3, 4)))


def _wrong_login(plan: Plan, random: Random) -> Plan:
    return replace(plan, ont_login_right=False)


def _unknown_ont(plan: Plan, random: Random) -> Plan:
    return replace(plan, ont_known=False).says("identity", random.getrandbits(16))


def _faulty(faults: Mapping[str, Any]) -> Inject:
    return lambda plan, random: replace(plan, ont_faults=faults)


def _locked(plan: Plan, random: Random) -> Plan:
    words = f"Too many failed log-ins, locked for {random.randint(1, 15)} minutes\n"
    return replace(plan, ont_faults={"greeting": words})


def _rebooting(plan: Plan, random: Random) -> Plan:
    """It restarts in the middle of the test: its links go down together, and its uptime begins anew."""
    after, down_s = random.randint(3_000_000, 8_000_000), random.uniform(0.4, 1.2)
    restarting = replace(plan, ont_decay=replace(plan.ont_decay, restart_after_bytes=after))
    return restarting.then(lambda line: flap(line, ("lan1", "lan2", "pon0"), after_bytes=after, times=1, down_s=down_s))


def _bit_errors(plan: Plan, random: Random) -> Plan:
    """Codewords are lost as traffic passes, and some packets with them."""
    decay = replace(plan.ont_decay, fec_every_bytes=random.randint(20_000, 1_000_000))
    ratio = random.uniform(0.0002, 0.002)
    return replace(plan, ont_decay=decay).then(lambda line: lose(line, ratio, ways=("down",)))


def _bridging(plan: Plan, random: Random) -> Plan:
    """Route mode is ordered, and the station is given a public address."""
    net = f"203.0.113.{random.randrange(0, 248, 8)}".rpartition(".")
    first = int(net[2])
    address, gateway = (f"{net[0]}.{first + place}" for place in (2, 1))
    addressing = Addressing(pool=(address, address))
    routed = replace(plan, ordered=replace(plan.ordered, mode="route"), addressing=None)
    return routed.then(
        lambda line: line.access.ip([f"address add {gateway}/29 dev olt0"]),
        lambda line: serve_addresses(line, addressing),
    )


ONT_SCENARIOS: tuple[Scenario, ...] = (
    Scenario(name="dark", cause="dark_fibre", inject=_dark, ont=("rx-power",)),
    Scenario(name="weak-light", cause="weak_light", inject=_optic("rx-power", -31.0, -27.3), ont=("rx-power",)),
    Scenario(name="marginal-light", cause="marginal_light", inject=_optic("rx-power", -26.8, -25.2), ont=("rx-power",)),
    Scenario(name="strong-light", cause="strong_light", inject=_optic("rx-power", -7.7, -3.0), ont=("rx-power",)),
    Scenario(name="tx-out-of-class", cause="tx_out_of_class", inject=_optic("tx-power", 5.4, 7.5), ont=("tx-power",)),
    Scenario(name="high-bias", cause="ageing_laser", inject=_optic("bias-current", 72.0, 95.0), ont=("bias-current",)),
    Scenario(name="port-100", cause="port_below_gigabit", inject=_slow_port, ont=("port-100",)),
    Scenario(
        name="half-duplex",
        cause="half_duplex",
        inject=lambda plan, random: plan.says("half-duplex"),
        ont=("half-duplex",),
    ),
    Scenario(name="wrong-ont", cause="wrong_ont", inject=_wrong_ont, ont=("serial",)),
    Scenario(name="wrong-onu-id", cause="wrong_place", inject=_wrong_place, ont=("onu-id",)),
    Scenario(name="wrong-pon-port", cause="wrong_place", inject=_elsewhere, ont=("olt",), practised=False),
    Scenario(name="loid-refused", cause="loid_refused", inject=_refused_loid, ont=("loid", "fake-o5")),
    Scenario(
        name="emergency-stop", cause="emergency_stop", inject=_unserved("emergency-stop"), ont=("emergency-stop",)
    ),
    Scenario(name="fake-o5", cause="fake_o5", inject=_unserved("fake-o5"), ont=("fake-o5", "rx-power")),
    Scenario(name="standby", cause="not_registered", inject=_unserved("standby"), ont=("standby", "rx-power")),
    Scenario(name="ranging", cause="not_registered", inject=_unserved("ranging"), ont=("ranging",)),
    Scenario(name="bridging", cause="bridge_instead_of_route", inject=_bridging),
    Scenario(name="ont-wrong-login", cause="ont_login_refused", inject=_wrong_login, ont=("shell",)),
    Scenario(name="ont-unknown", cause="ont_unknown_firmware", inject=_unknown_ont, ont=("identity",)),
    Scenario(name="ont-busy", cause="ont_busy", inject=_faulty({"sessions": 1}), ont=("busy",)),
    Scenario(name="ont-locked", cause="ont_locked_out", inject=_locked, ont=("shell",)),
    Scenario(name="ont-silent", cause="ont_not_readable", inject=_faulty({"silent": True}), ont=("shell",)),
    Scenario(name="ont-rebooting", cause="ont_rebooted", inject=_rebooting, ont=("uptime",)),
    Scenario(name="bit-errors", cause="fec_under_load", inject=_bit_errors, ont=("fec",)),
)
