"""What a verb of remote support is, and what it gets: its arguments, a face of the house, and two ways out.

It can `emit` what it learns, and ends soon once it is cancelled. It never writes to an ONT, runs no shell and reads no
file that a command names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agent.assignment import Assignment
from agent.fields import Fields
from agent.jobs import Job
from agent.link import Link
from agent.live import Live
from agent.station import Station

Event = Mapping[str, Any]


class House(Protocol):
    """What of the station's daemon a verb may touch."""

    @property
    def station(self) -> Station:
        """Its configuration and its chain."""

    @property
    def live(self) -> Live | None:
        """The job that runs or ran last."""

    def status(self) -> dict[str, Any]:
        """How the station is; nothing in it is personal."""

    def orders(self) -> dict[str, Assignment]:
        """The orders on the station."""

    def ask(self, job: Job) -> Live:
        """Have a job of the technician's kind done, and where it is seen. Raises NotNow, OrderRefused."""

    def resend(self, links: Sequence[Link]) -> None:
        """Have records go out once more. Raises NotAvailable where nothing is delivered from here."""

    def said(self) -> tuple[tuple[str, str], ...]:
        """The last lines that the daemon said, oldest first: ISO time by the station's clock, and the words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a running verb gets; `order` is the work order that the command names, or empty.

    `cancelled` must be asked at least every second or so, and ends what it starts; `emit` tells the engineer one event,
    a JSON object with its name in `event`, and raises Ended where the answer grows too long.
    """

    arguments: Mapping[str, Any]
    order: str
    house: House
    cancelled: Callable[[], bool]
    emit: Callable[[Event], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that can be asked for.

    `consent`: those on site must have agreed; `line`: it touches the ONT or the line, so it never runs beside a job of
    the technician's; `needs_order`: the command must name a work order. `read` gives the arguments with defaults filled
    and raises BadInput; after `deadline_s` it is cancelled.
    """

    name: str
    consent: bool
    line: bool
    read: Callable[[Fields], Mapping[str, Any]]
    run: Callable[[Work], None]
    needs_order: bool = False
    deadline_s: float = 60.0


def nothing(arguments: Fields) -> Mapping[str, Any]:
    """The arguments of a verb that has none."""
    arguments.exactly(of="of this verb")
    return {}
