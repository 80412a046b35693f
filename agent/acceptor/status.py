"""The state of the back office at one moment: what waits, for how long, what was decided and who is silent; pure.

It counts and names keys, stations and times, and no person; what is not known is missing, never zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

MOST_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How many wait, and since when the oldest does."""

    count: int
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The records `first` to `last` of an epoch that a station sealed and nobody has seen here."""

    kid: str
    epoch: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """When a station's key was last heard of: by a record, or by what it says that it has."""

    station: str
    kid: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """How often a decision was taken for a kind of reason."""

    decision: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """What one ticket system is still to be told (`waiting`), or was set aside."""

    target: str
    state: str
    queue: Queue


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """All of it; `decided` is of the last day, a station is silent that was not heard of for `silent_after`."""

    taken_at: datetime
    silent_after: timedelta
    orders: tuple[tuple[str, int], ...]
    waiting: Queue
    gaps: tuple[Gap, ...]
    asked: int
    reviews: Queue
    decided: tuple[Decided, ...]
    stations: tuple[Heard, ...]
    quarantined: tuple[str, ...]
    outbox: tuple[Untold, ...]

    @property
    def silent(self) -> tuple[Heard, ...]:
        """The stations that were not heard of for so long, the longest first."""
        late = (each for each in self.stations if self.taken_at - each.at > self.silent_after)
        return tuple(sorted(late, key=lambda each: each.at))

    @property
    def newest(self) -> datetime | None:
        """When any station was last heard of."""
        return max((each.at for each in self.stations), default=None)

    def age_s(self, at: datetime | None) -> float | None:
        """How long ago that was, in seconds; None where it never was."""
        return None if at is None else max(0.0, (self.taken_at - at).total_seconds())


def to_json(status: Status) -> dict[str, Any]:
    """The status as a JSON object."""
    return {
        "taken_at": status.taken_at.isoformat(),
        "work_orders": dict(status.orders),
        "waiting": _queue(status, status.waiting) | {"for_a_line": status.asked},
        "gaps": [{name: getattr(gap, name) for name in Gap.__slots__} for gap in status.gaps],
        "review": _queue(status, status.reviews),
        "decided_last_day": [{name: getattr(each, name) for name in Decided.__slots__} for each in status.decided],
        "stations": {"known": len(status.stations), "newest_s": status.age_s(status.newest)},
        "silent": [{"station": each.station, "kid": each.kid, "at": each.at.isoformat()} for each in status.silent],
        "quarantined": list(status.quarantined),
        "outbox": [{"target": each.target, "state": each.state} | _queue(status, each.queue) for each in status.outbox],
    }


def _queue(status: Status, queue: Queue) -> dict[str, Any]:
    return {"count": queue.count, "oldest_s": status.age_s(queue.oldest)}


def lines(status: Status) -> Iterator[str]:
    """The status in words, a line for each matter."""
    counts = dict(status.orders)
    yield f"work orders: {counts.get('open', 0)} open, {counts.get('closed', 0)} closed"
    yield f"review: {_waits(status, status.reviews, 'a person')}"
    yield f"records: {_waits(status, status.waiting, 'one before them, or for their line')}"
    for gap in status.gaps[:MOST_NAMED]:
        yield f"    key {gap.kid}: {gap.epoch}/{gap.first}..{gap.last} never came"
    yield from _more(len(status.gaps))
    for each in status.decided:
        yield f"last day: {each.count} {each.decision}, {each.reason}"
    known = f"stations: {len(status.stations)} known, {len(status.silent)} silent for {_span(status.silent_after)}"
    yield known if status.newest is None else f"{known}; newest word {_ago(status, status.newest)} ago"
    for heard in status.silent[:MOST_NAMED]:
        yield f"    {heard.station}: since {heard.at:%Y-%m-%d %H:%M}"
    yield from _more(len(status.silent))
    yield f"keys in quarantine: {len(status.quarantined)}"
    for untold in status.outbox:
        yield f"outbox: {untold.target}: {_waits(status, untold.queue, 'its system')} ({untold.state})"


def _more(count: int) -> Iterator[str]:
    if count > MOST_NAMED:
        yield f"    and {count - MOST_NAMED} more; see --json"


def _waits(status: Status, queue: Queue, what: str) -> str:
    if queue.oldest is None:
        return f"{queue.count} waiting"
    return f"{queue.count} waiting for {what}, the oldest for {_ago(status, queue.oldest)}"


def _ago(status: Status, at: datetime) -> str:
    return _span(status.taken_at - at)


def _span(passed: timedelta) -> str:
    minutes = max(0, int(passed.total_seconds() // 60))
    return f"{minutes // 1440} d" if minutes >= 2880 else f"{minutes // 60} h" if minutes >= 120 else f"{minutes} min"
