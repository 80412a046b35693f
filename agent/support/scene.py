"""The scene of a command: the line that it is about, with the order that it names or as the configuration has it.

What is learnt leaves the station as records tell it: a personal value as its commitment, an address as its network. A
serial has the salt of the order's records, so that an engineer who has a record sees whether it is the same ONT.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from agent.assignment import Assignment
from agent.discretion import Discretion
from agent.kit.use import profiles_of
from agent.station import instruments_of, line_of
from agent.support.reasons import Ended
from agent.support.verb import Work
from agent.work_order import Appointment, WorkOrder
from diagnostics.instruments import Instruments
from diagnostics.line import Line, Ordered
from diagnostics.measurement import Measurement, to_json

NO_ORDER = WorkOrder(
    **dict.fromkeys(("id", "customer", "telephone", "site", "exchange", "account", "splitter_port", "circuit"), ""),
    ordered=Ordered(),
    appointment=Appointment(),
    reflectors=(),
    multicast=None,
    registrar=None,
    voice_user="",
    unknown={},
    raw=b"",
    digest="no order",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A line with its instruments, which stop early once the command is cancelled; `assignment` None: no order."""

    assignment: Assignment | None
    line: Line
    instruments: Instruments
    discretion: Discretion

    def told(self, measured: Iterable[Measurement]) -> list[dict[str, object]]:
        """The events that tell what was measured."""
        return [{"event": "measurement", **to_json(made)} for made in self.discretion.measurements(measured)]


def assignment_of(work: Work) -> Assignment | None:
    """The order that a command names, None where it names none. Raises Ended where it is not on the station."""
    if not work.order:
        return None
    found = (each for each in work.house.orders().values() if each.order.id == work.order)
    assignment = next(found, None)
    if assignment is None:
        raise Ended("no_order")
    return assignment


def scene_of(work: Work) -> Scene:
    """The scene of a command. Raises Ended, ConfigError."""
    station, assignment = work.house.station, assignment_of(work)
    order = assignment.order if assignment else None
    line = line_of(station.config, order)
    settings = station.config.line
    if order is None and settings is not None and settings.reflector is not None:
        line = replace(line, reflectors=(settings.reflector,))
    return Scene(
        assignment=assignment,
        line=line,
        instruments=instruments_of(station.config, line, work.cancelled, order, newer=profiles_of(station.config)),
        discretion=discretion_of(work, assignment),
    )


def discretion_of(work: Work, assignment: Assignment | None) -> Discretion:
    """What must not leave the station in words about this order, or about none."""
    return work.house.station.discretion(assignment or Assignment(order=NO_ORDER))


def targets(line: Line) -> Mapping[str, str]:
    """Whom a command may have packets sent to, by name; nobody else, so that no station becomes a scanner."""
    near = {"gateway": line.gateway, "ont": line.ont_address}
    numbered = [("reflector", each.host) for each in line.reflectors], [("dns", each) for each in line.names.resolvers]
    far = {_place(name, place): host for hosts in numbered for place, (name, host) in enumerate(hosts, 1)}
    return {name: host for name, host in (near | far).items() if host}


def _place(name: str, place: int) -> str:
    return name if place == 1 else f"{name}.{place}"
