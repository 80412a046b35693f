"""How a question about the fleet becomes a condition in SQL: values are parameters, names are ours; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from agent.acceptor.fleet_table import Filters

_EPOCH = date(1970, 1, 1)
_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition and its parameters."""

    sql: str
    parameters: tuple[str | int, ...] = ()


def by_day(asked: Filters, dimensions: Iterable[str]) -> Condition:
    """The rows that are asked for, in a table with a column `day`."""
    since = (asked.since - _EPOCH).days if asked.since else None
    until = (asked.until - _EPOCH).days + 1 if asked.until else None
    return _condition("day", since, until, asked, dimensions)


def by_time(asked: Filters, dimensions: Iterable[str], alias: str = "") -> Condition:
    """The rows that are asked for, in a table with a column `at` in milliseconds since 1970."""
    since = _began(asked.since) if asked.since else None
    until = _began(asked.until) + _DAY_MS if asked.until else None
    return _condition(f"{alias}at", since, until, asked, dimensions, alias)


def day(number: int) -> str:
    """A day as a table tells it."""
    return (_EPOCH + timedelta(days=number)).isoformat()


def moment(milliseconds: int) -> str:
    """A time as a table tells it: to the second, in UTC."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).isoformat()


def _began(on: date) -> int:
    return int(datetime.combine(on, time(), UTC).timestamp()) * 1000


def _condition(
    column: str, since: int | None, until: int | None, asked: Filters, dimensions: Iterable[str], alias: str = ""
) -> Condition:
    parts: list[tuple[str, str | int]] = []
    if since is not None:
        parts.append((f"{column} >= ?", since))
    if until is not None:
        parts.append((f"{column} < ?", until))
    parts += [(f"{alias}{name} = ?", getattr(asked, name)) for name in dimensions if getattr(asked, name)]
    return Condition(sql=" AND ".join(["1 = 1", *(sql for sql, _ in parts)]), parameters=tuple(p for _, p in parts))
