"""What the station can be asked to do on the line, one at a time: look at it, test it, check again what failed.

Only a test makes a record. A look and a check again leave no trace but on the page, and fill no line.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.acceptance import Accepted, demands
from agent.assignment import Assignment
from agent.baseline import changes, told
from agent.live import JobKind, Live
from agent.order_book import OrderRefused
from agent.station import Station, instruments_of, line_of, shelf_of
from agent.storage import StorageFull
from diagnostics.check import Context, run_checks
from diagnostics.checks import STAGES
from diagnostics.errors import BadInput, ProoflightError
from diagnostics.limits import Limit
from diagnostics.measurement import Measurement
from diagnostics.secret import Secret

QUIET = STAGES[:3]  # what comes behind them fills the line
_LOOKED_AT = ("ont", "link", "port")


class NotNow(BadInput):
    """The station cannot do that now; the message says why, `kind` in one word."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind = kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One thing to do for an order; `names` are the checks of a check again, `password` the account's, if typed."""

    kind: JobKind
    key: str
    assignment: Assignment
    names: tuple[str, ...] = ()
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look or a check again found: measurements, and the limits that speak of them."""

    measurements: tuple[Measurement, ...]
    limits: tuple[Limit, ...]


def perform(station: Station, job: Job, live: Live, cancelled: Callable[[], bool]) -> Accepted | Seen:
    """Do the job, `live` hearing of it. Raises what stops it, an OrderRefused or a Stopped among it."""

    def ends() -> bool:
        return cancelled() or live.stopping

    if job.kind == "test":
        told: dict[str, Any] = {"tell": live.tell, "progress": live.progress, "heard": live.heard}
        return station.accept(job.assignment, ends, password=job.password, **told)
    return _look(station, job, live, ends)


def outcome_words(job: Job, made: Accepted, bundle: Path) -> Iterator[str]:
    """What is said of a test that is over: its outcome, causes, and what changed since the line was installed."""
    yield f"{made.verdict.outcome}; {bundle}"
    for cause in made.causes:
        yield f"{cause.title}. {cause.action}"
    before = job.assignment.baseline
    changed = changes(before.measurements, made.measurements) if before else ()
    yield from told(before, len(changed))
    yield from (change.sentence for change in changed)


def code_of(error: ProoflightError) -> str:
    """What the page has words of its own for, in one word; empty where only the error itself can tell."""
    if isinstance(error, OrderRefused):
        return f"not_now_{error.kind}"
    return "job_storage_full" if isinstance(error, StorageFull) else ""


def repeatable(quantities: Sequence[str], order: Assignment, station: Station) -> tuple[str, ...]:
    """The checks that find out these quantities without filling the line, by their names."""
    line = line_of(station.config, order.order)
    wanted = set(quantities)
    return tuple(
        check.name for stage in QUIET for check in stage if wanted & {name for name, _ in check.quantities(line)}
    )


def _look(station: Station, job: Job, live: Live, cancelled: Callable[[], bool]) -> Seen:
    order, config = job.assignment.order, station.config
    line = line_of(config, order)
    wanted, limits = demands(order, shelf_of(config).load)
    names = set(job.names or _LOOKED_AT) | ({"ont", "link"} if "port" in job.names else set())
    names |= {"pppoe"} if line.dialled and job.names else set()  # the others need the session up
    newer = station.kit(live.tell).profiles
    instruments = instruments_of(config, line, cancelled, order, job.password, newer)
    context = Context(
        line=line,
        instruments=live.heard(instruments),
        tell=live.tell,
        limits=limits,
        window=wanted.window,
    )
    made = run_checks([[check for check in stage if check.name in names] for stage in QUIET], context)
    found = {(m.quantity, m.index) for m in made}
    return Seen(measurements=made, limits=tuple(limit for limit in limits if (limit.quantity, limit.index) in found))
