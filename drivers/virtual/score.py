"""Scoring the diagnosis: put known faults on a virtual line, test it like a real one, see which cause is named first.

The checks, the rules and the verdict are those of an acceptance; only the traffic's window is shorter. What was put on
the line the rules never see.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from diagnostics import criteria
from diagnostics.causes import name_causes
from diagnostics.check import Context, run_checks
from diagnostics.checks import STAGES
from diagnostics.host import HostChild
from diagnostics.instruments import Instruments, SystemClock, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Line, Names, Reflector
from diagnostics.scapy_wire import WireChild
from diagnostics.verdict import judge
from drivers.logins import Login
from drivers.terminal import ChildTerminal
from drivers.virtual import line as lab
from drivers.virtual.line_servers import KNOWN_ADDRESS, KNOWN_NAME
from drivers.virtual.plan import Plan, standing
from drivers.virtual.scenario import Scenario
from drivers.virtual.scenarios import planned

WINDOW = Window(discard_s=1, average_s=3, streams=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One line: what was put on it, what was named, in order of likelihood, and the verdict."""

    scenarios: tuple[str, ...]
    seed: int
    expected: tuple[str, ...]
    named: tuple[str, ...]
    outcome: str

    @property
    def first(self) -> bool:
        """Whether the first cause is one that was put on the line; on a clean line, whether none is named."""
        return self.named[:1] == () if not self.expected else bool(self.named) and self.named[0] in self.expected

    @property
    def among_three(self) -> bool:
        """Whether all that was put on the line is among the first three causes."""
        return set(self.expected) <= set(self.named[:3])


def score(scenarios: Sequence[Scenario], seed: int, window: Window = WINDOW) -> Scored:
    """Build the line, test it, and tell what was named. Needs root."""
    plan = planned(scenarios, seed)
    limits = criteria.load(plan.ordered.criteria).for_line(plan.ordered)
    with standing(plan) as virtual:
        line = _line(plan, virtual)
        context = Context(line=line, instruments=_instruments(plan, line), limits=limits, window=window)
        measurements = run_checks(STAGES, context)
    verdict = judge(measurements, limits)
    return Scored(
        scenarios=tuple(scenario.name for scenario in scenarios),
        seed=seed,
        expected=tuple(scenario.cause for scenario in scenarios),
        named=tuple(cause.name for cause in name_causes(verdict, measurements)),
        outcome=verdict.outcome,
    )


def _line(plan: Plan, virtual: lab.VirtualLine) -> Line:
    return Line(
        interface=lab.STATION_INTERFACE,
        namespace=virtual.station.path,
        gateway=lab.GATEWAY_ADDRESS,
        ont_address=lab.ONT_ADDRESS,
        reflectors=tuple(Reflector(host=address) for address in (lab.REFLECTOR_ADDRESS, lab.SECOND_REFLECTOR_ADDRESS)),
        ordered=plan.ordered,
        names=Names(truth_name=KNOWN_NAME, truth_addresses=(KNOWN_ADDRESS,)),
    )


def _instruments(plan: Plan, line: Line) -> Instruments:
    login = plan.ont.login if plan.ont_login_right else Login(username="nobody")
    return Instruments(
        terminal=ChildTerminal(
            address=line.ont_address,
            transport=plan.ont.transport,
            family=plan.ont.family if plan.ont_known else "",
            login=login,
            interface=line.interface,
            namespace=line.namespace,
        ),
        wire=WireChild(line.interface, line.namespace),
        throughput=Iperf3Child(line.interface, line.namespace),
        host=plan.host(HostChild(line.namespace)),
        clock=SystemClock(),
    )
