"""Which table is on which page and who may see it, and what an address asks of one: read strictly; pure."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from agent.acceptor.board.people import Role
from agent.acceptor.fleet_counts import STATES
from agent.acceptor.fleet_table import DIMENSIONS, Filters, FleetTable
from agent.http_message import Refused

PAGE_ROWS, MOST_SHOWN = 100, 1000
EXPORT_ROWS = 10_000
_LONGEST = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page with tables: who may see it, its tables in their order, and by what they can be asked for."""

    least: Role = "viewer"
    tables: tuple[str, ...]
    dimensions: tuple[str, ...] = DIMENSIONS
    days: bool = True
    by: tuple[str, ...] = ()


SHEETS: Mapping[str, Sheet] = {
    "orders": Sheet(tables=("orders",)),
    "reasons": Sheet(tables=("reasons",)),
    "causes": Sheet(tables=("causes",), by=DIMENSIONS),
    "rates": Sheet(tables=("rates", "rate_histogram")),
    "drift": Sheet(tables=("drift", "drift_lines")),
    "stations": Sheet(least="support", tables=("stations",), dimensions=("station",), days=False),
    "review": Sheet(least="reviewer", tables=("review",)),
}
LEAST: Mapping[str, Role] = {name: sheet.least for sheet in SHEETS.values() for name in sheet.tables}


def filters(query: Mapping[str, str], at: datetime, *, silent_after: timedelta, rows: int, most: int) -> Filters:
    """What an address asks for; `rows` unless it says how many, at most `most`. Raises Refused, FleetError."""
    strange = set(query) - {"since", "until", "by", "limit", "offset", "lang", *DIMENSIONS}
    if strange or any(len(text) > _LONGEST for text in query.values()):
        raise Refused(400, "odd_request", sorted(strange)[0][:_LONGEST] if strange else "")
    return Filters(
        at=at,
        since=_day(query, "since"),
        until=_day(query, "until"),
        by=query.get("by", ""),
        limit=min(_whole(query, "limit", rows), most),
        offset=_whole(query, "offset", 0),
        silent_after=silent_after,
        **{name: query.get(name, "").strip() for name in DIMENSIONS},
    )


def _day(query: Mapping[str, str], name: str) -> date | None:
    text = query.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise Refused(400, "odd_day", name) from error


def _whole(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    if text and not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise Refused(400, "odd_request", name)
    return int(text) if text else default


def by_state(days: FleetTable) -> FleetTable:
    """Work orders by state, summed up from all days and states: what the table says without a grouping."""
    counted: Counter[str] = Counter()
    for _, state, count in days.rows:
        counted[str(state)] += int(count or 0)
    rows = tuple((state, counted[state]) for state in STATES)
    return replace(days, columns=days.columns[1:], rows=rows, total=len(rows))
