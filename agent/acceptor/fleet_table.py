"""A table of the fleet and what may be asked of it: the face between the ledger's counts and whoever shows them; pure.

Rows hold numbers, names of resources and words from closed lists, never a person. What is not known is None, never
zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from diagnostics.errors import BadInput

Cell = str | int | float | None
DIMENSIONS = ("area", "family", "firmware", "station")
MOST_ROWS = 100_000


class FleetError(BadInput):
    """Something was asked of a table that it cannot tell; the message names it and what can be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name, which is the key of its heading's text, and its unit, or nothing."""

    name: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetTable:
    """A page of a table; `total` rows are there in all.

    It is not `complete` while records that were in the ledger before these tables are still being counted.
    """

    name: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What is asked for: days (UTC, both included), one value of each dimension, the grouping, and which rows.

    `at` is now; a station is silent that was not heard of for `silent_after`.
    """

    at: datetime
    since: date | None = None
    until: date | None = None
    area: str = ""
    family: str = ""
    firmware: str = ""
    station: str = ""
    by: str = ""
    limit: int = 100
    offset: int = 0
    silent_after: timedelta = field(default=timedelta(hours=24))

    def __post_init__(self) -> None:
        if self.since and self.until and self.until < self.since:
            raise FleetError("until: must not be before since")
        if not 1 <= self.limit <= MOST_ROWS:
            raise FleetError(f"limit: must be a whole number from 1 to {MOST_ROWS}")
        if not 0 <= self.offset < 2**53:
            raise FleetError("offset: must be a whole number, 0 or more")


def refuse_foreign(name: str, asked: Filters, *, dimensions: Sequence[str], by: Sequence[str], days: bool) -> None:
    """FleetError where a filter or a grouping is asked for that the table does not know."""
    for dimension in DIMENSIONS:
        if getattr(asked, dimension) and dimension not in dimensions:
            raise FleetError(f"{name}: cannot be asked for by {dimension}; it knows {', '.join(dimensions) or 'none'}")
    if asked.by and asked.by not in by:
        raise FleetError(f"{name}: cannot be grouped by {asked.by[:40]}; it knows {', '.join(by) or 'no grouping'}")
    if not days and (asked.since or asked.until):
        raise FleetError(f"{name}: tells how it is now; it takes neither since nor until")


def page_of(rows: Sequence[tuple[Cell, ...]], asked: Filters) -> tuple[tuple[Cell, ...], ...]:
    """The rows that are asked for."""
    return tuple(rows[asked.offset : asked.offset + asked.limit])
