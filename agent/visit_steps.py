"""One step of a visit as the command takes it: what it notes, and what it leaves to be shown, as one JSON object.

The same step is taken by the command itself, or by the daemon that has the journal open; both tell the same.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent import bundle
from agent.assignment import Assignment
from agent.station import Station, environment
from agent.visit_facts import Fact, VisitError
from agent.visiting import Standing, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is to be done: facts to note, a photograph, a file of facts; then to show the visit, or to close it."""

    name: str
    notes: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    at: str = ""
    photograph: bytes = b""
    file: str = ""
    of: str = ""
    facts: bytes = b""
    wait_s: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The step as it goes to the daemon."""
        made = {name: getattr(self, name) for name in self.__slots__}
        files = {name: base64.b64encode(made[name]).decode() for name in ("photograph", "facts")}
        return made | files | {"notes": [[kind, dict(content)] for kind, content in self.notes]}

    @classmethod
    def from_json(cls, made: Mapping[str, Any]) -> "Step":
        """The step that `to_json` wrote."""
        files = {name: base64.b64decode(made[name]) for name in ("photograph", "facts")}
        return cls(**{**made, **files, "notes": tuple((kind, content) for kind, content in made["notes"])})


def perform(assignment: Assignment, visit: Visit, step: Step) -> dict[str, Any]:
    """Take the step; a visit that it closes is saved and not yet delivered. Raises VisitError and others."""
    if step.name == "close":
        if step.facts:
            visit.take(step.facts)
        standing, envelope = visit.close(environment())
        return {"standing": _standing(assignment, standing), "record": envelope.digest}
    if step.name == "show":
        return {"standing": _standing(assignment, visit.standing()), "facts": _facts(visit)}
    at = _time(step.at) if step.at else None
    if step.photograph:
        noted = [visit.photograph(step.photograph, step.file, step.of, at)]
    else:
        noted = [visit.note(kind, content, at) for kind, content in step.notes]
    return {"noted": [_told(fact) for fact in noted], "facts": _facts(visit)}


def delivered(station: Station, made: dict[str, Any], step: Step, deliver: Callable[[float], str]) -> dict[str, Any]:
    """What came of a step, with where the record is, if it made one; `deliver` tries for so many seconds."""
    if step.name != "close":
        return made
    way = deliver(step.wait_s)
    raw = bundle.write(bundle.collect(station.chain, made["standing"]["order"])).decode()
    return made | {"delivery": way, "decision": station.decision(made["record"]), "bundle": raw}


def _standing(assignment: Assignment, standing: Standing) -> dict[str, Any]:
    return {
        "order": assignment.order.id,
        "attempt": standing.attempt,
        "outcome": standing.verdict.outcome,
        "findings": [finding.to_json() for finding in standing.verdict.findings],
        "closed": standing.closed,
    }


def _told(fact: Fact) -> str:
    return f"noted: {fact.kind.replace('_', ' ')} at {fact.at:%Y-%m-%d %H:%M} (clock {fact.clock})"


def _facts(visit: Visit) -> list[dict[str, Any]]:
    return [each.fact.to_json() for each in visit.noted()]


def _time(text: str) -> datetime:
    try:
        made = datetime.fromisoformat(text)
    except ValueError:
        made = None
    if made is None or made.tzinfo is None:
        raise VisitError("at: must be a time with its offset from UTC, like 2026-03-02T09:00:00+08:00")
    return made
