"""Scoring the diagnosis: put known faults on a virtual line, test it like a real one, see which cause is named first.

The checks, the rules and the verdict are those of an acceptance; only the traffic's window is shorter. What was put on
the line the rules never see. The child half, for lines side by side, is `main`.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from diagnostics import criteria
from diagnostics.causes import Cause, name_causes
from diagnostics.check import Check, Context, run_checks
from diagnostics.checks import STAGES
from diagnostics.errors import ProoflightError
from diagnostics.host import HostChild
from diagnostics.instruments import Instruments, SystemClock, Terminal, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Line, Reflector
from diagnostics.measurement import Measurement
from diagnostics.pppoe_session import PppoeSession
from diagnostics.scapy_wire import WireChild
from diagnostics.verdict import judge
from drivers.logins import Login
from drivers.resource import Resource
from drivers.terminal import AssistedTerminal, ChildTerminal
from drivers.virtual import line as lab
from drivers.virtual.ont import virtual_login
from drivers.virtual.plan import OLT_ADDRESS, OLT_FAMILY, OLT_TRANSPORT, Plan, standing
from drivers.virtual.scenario import Scenario
from drivers.virtual.scenarios import HEALTHY, SCENARIOS, planned
from drivers.virtual.scored import Scored, busy
from drivers.virtual.turns import Turns, in_turns

Stages = Sequence[Sequence[Check]]
WINDOW = Window(discard_s=1, average_s=5, streams=8)  # less has no rates to tell cross traffic from a busy station by


def score(scenarios: Sequence[Scenario], seed: int, stages: Stages = STAGES) -> Scored:
    """Build the line, test it, and tell what was named. Needs root."""
    begin = time.monotonic()
    plan = planned(scenarios, seed)
    with standing(plan) as virtual:
        causes, outcome, measurements = diagnosed(plan, virtual, stages)
    return Scored(
        scenarios=tuple(scenario.name for scenario in scenarios),
        seed=seed,
        expected=tuple(scenario.cause for scenario in scenarios if scenario.cause),
        named=tuple(cause.name for cause in causes),
        outcome=outcome,
        busy=busy(measurements),
        taken_s=round(time.monotonic() - begin, 1),
    )


def diagnosed(
    plan: Plan, virtual: lab.VirtualLine, stages: Stages = STAGES
) -> tuple[tuple[Cause, ...], str, tuple[Measurement, ...]]:
    """Test a line that stands: its causes, the outcome, and what was measured."""
    line = line_of_plan(plan, virtual)
    limits = criteria.load(plan.ordered.criteria).for_line(plan.ordered)
    context = Context(line=line, instruments=_instruments(plan, line), limits=limits, window=WINDOW)
    measurements = run_checks(stages, context)
    verdict = judge(measurements, limits)
    return name_causes(verdict, measurements), verdict.outcome, measurements


def line_of_plan(plan: Plan, virtual: lab.VirtualLine) -> Line:
    """The line that stands, as an order and a station's configuration would name it."""
    return Line(
        interface=lab.STATION_INTERFACE,
        namespace=virtual.station.path,
        gateway=lab.GATEWAY_ADDRESS,
        ont_address=lab.ONT_ADDRESS,
        reflectors=tuple(Reflector(host=address) for address in (lab.REFLECTOR_ADDRESS, lab.SECOND_REFLECTOR_ADDRESS)),
        ordered=plan.ordered,
        names=plan.names,
        multicast=plan.multicast,
        registrar=plan.registrar,
    )


def login_of_plan(plan: Plan) -> Login:
    """The log-in that the station has for the ONT."""
    return plan.ont.login if plan.ont_login_right else Login(username="nobody")


def _instruments(plan: Plan, line: Line) -> Instruments:
    return Instruments(
        terminal=_terminal(plan, line),
        wire=WireChild(
            line.interface, line.namespace, ip_interface=line.ip_interface, secrets=_telephone_secrets(plan)
        ),
        throughput=Iperf3Child(line.ip_interface, line.namespace),
        host=plan.host(HostChild(line.namespace)),
        clock=SystemClock(),
        session=_session(plan, line),
    )


def _terminal(plan: Plan, line: Line) -> Terminal:
    """The ONT's own way in, and the OLT beside it where the station asks one."""
    own = ChildTerminal(
        address=line.ont_address,
        transport=plan.ont.transport,
        family=plan.ont.family if plan.ont_known else "",
        login=login_of_plan(plan),
        interface=line.interface,
        namespace=line.namespace,
    )
    if plan.olt_edits is None:
        return own
    olt = ChildTerminal(
        address=OLT_ADDRESS,
        transport=OLT_TRANSPORT,
        family=OLT_FAMILY,
        login=virtual_login(),
        resource=Resource.parse(plan.ordered.pon_port, plan.ordered.onu_id),
        namespace=line.namespace,
    )
    return AssistedTerminal(own=own, olt=olt)


def _telephone_secrets(plan: Plan) -> dict[str, dict[str, str]]:
    """What completes the requests of the tasks that register the telephone line."""
    if plan.telephone is None:
        return {}
    user, password = plan.telephone
    known = {"user": user, "password": password.reveal()}
    return {"sip": known, "sip_release": known}


def _session(plan: Plan, line: Line) -> PppoeSession | None:
    if plan.account is None:
        return None
    account, password = plan.account
    return PppoeSession(
        line.interface,
        line.namespace,
        account=account,
        password=password,
        tunnel=line.ip_interface,
        routes=[reflector.host for reflector in line.reflectors],
    )


def main() -> int:
    """Score the line that the request on standard input names, and print it, or why it could not be tested."""
    request = json.loads(sys.stdin.readline())
    named = {scenario.name: scenario for scenario in (*SCENARIOS, *HEALTHY)}
    turns = Turns(Path(request["turns"]))
    turns.enter("work")
    try:
        scenarios = [named[name] for name in request["scenarios"]]
        print(json.dumps(asdict(score(scenarios, request["seed"], in_turns(STAGES, turns)))))
    except ProoflightError as error:
        print(json.dumps({"trouble": str(error)}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
