"""What tests of the verbs share: a real station whose ONT is virtual and on loopback, and one verb asked of it."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.assignment import Assignment
from agent.config import load_station
from agent.demo_files import write_demo_files
from agent.fields import Fields
from agent.jobs import Job
from agent.link import Link
from agent.live import Live
from agent.station import Station, opened
from agent.support.verb import Work
from agent.support.verbs import VERBS
from diagnostics.child import never
from diagnostics.errors import BadInput
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.servers import serve


@dataclass
class Home:
    """A house with a real station; what it is asked to do, it notes."""

    station: Station
    on_it: dict[str, Assignment] = field(default_factory=dict)
    lines: Sequence[tuple[str, str]] = ()
    live: Live | None = None
    sent_again: list[Link] = field(default_factory=list)

    def status(self) -> dict[str, Any]:
        return {"station": self.station.config.name}

    def orders(self) -> dict[str, Assignment]:
        return self.on_it

    def ask(self, job: Job) -> Live:
        raise NotImplementedError

    def resend(self, links: Sequence[Link]) -> None:
        self.sent_again.extend(links)

    def said(self) -> tuple[tuple[str, str], ...]:
        return tuple(self.lines)


def read(verb: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a verb, read strictly. Raises BadInput."""
    return dict(VERBS[verb].read(Fields(arguments, "arguments", BadInput)))


def asked(
    home: Any,
    verb: str,
    *,
    order: str = "",
    cancelled: Callable[[], bool] = never,
    heard: list[dict[str, Any]] | None = None,
    **arguments: Any,
) -> list[dict[str, Any]]:
    """All events of a verb run to its end; `heard` has them also where it raises."""
    events = [] if heard is None else heard
    work = Work(
        arguments=read(verb, arguments),
        order=order,
        house=home,
        cancelled=cancelled,
        emit=lambda event: events.append(dict(event)),
    )
    VERBS[verb].run(work)
    return events


@contextmanager
def home_in(folder: Path, *, interface: str = "lo", namespace: str = "", more: str = "") -> Iterator[Home]:
    """A station in a folder until the block ends; `more` goes behind its configuration."""
    write_demo_files(folder, station="s1", tenant="t", broker_port=9, interface=interface, namespace=namespace)
    config = folder / "station.toml"
    config.write_text(config.read_text() + more)
    with opened(load_station(config, {})) as station:
        yield Home(station)


@contextmanager
def at_ont(folder: Path, ont: VirtualOnt, transport: str = "telnet") -> Iterator[Home]:
    """A station whose ONT is this one."""
    with serve(ont, transport) as server:
        write_demo_files(folder, station="s1", tenant="t", broker_port=9, interface="lo", namespace="")
        config = folder / "station.toml"
        at = rf'\1address = "{server.host}"\nport = {server.port}\ntransport = "{transport}"'
        config.write_text(re.sub(r'(\[ont\]\n)address = ".*"\ntransport = ".*"', at, config.read_text()))
        with opened(load_station(config, {})) as station:
            yield Home(station)
