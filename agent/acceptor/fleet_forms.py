"""A table of the fleet as a JSON object, as CSV for spreadsheets, and as lines for a terminal; pure.

In CSV no cell is a formula, whatever an ONT or an order says; what is not known is null in JSON and empty elsewhere.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from agent.acceptor import spreadsheet
from agent.acceptor.fleet_table import Cell, Column, FleetTable

COUNTING = "records from before the last upgrade are still being counted: acceptor serve does it"


def to_json(table: FleetTable) -> dict[str, Any]:
    """The table as a JSON object: each row is a list, its cells in the order of the columns."""
    return {
        "table": table.name,
        "columns": [{"name": column.name, "unit": column.unit} for column in table.columns],
        "rows": [list(row) for row in table.rows],
        "total": table.total,
        "complete": table.complete,
    }


def to_csv(table: FleetTable) -> str:
    """The table with its headings, as RFC 4180 has it."""
    names = headings(table.columns)
    return spreadsheet.write(names, (dict(zip(names, row, strict=True)) for row in table.rows))


def headings(columns: Sequence[Column]) -> list[str]:
    """The columns' names with their units."""
    return [f"{column.name} ({column.unit})" if column.unit else column.name for column in columns]


def lines(table: FleetTable) -> Iterator[str]:
    """The table in columns; numbers stand right."""
    told = [headings(table.columns), *([_told(cell) for cell in row] for row in table.rows)]
    widths = [max(map(len, column)) for column in zip(*told, strict=True)]
    right = [any(isinstance(row[place], int | float) for row in table.rows) for place in range(len(table.columns))]
    for row in told:
        cells = (c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True))
        yield "  ".join(cells).rstrip()
    if len(table.rows) < table.total:
        yield f"{len(table.rows)} of {table.total} rows; see --limit and --offset"
    if not table.complete:
        yield COUNTING


def _told(cell: Cell) -> str:
    return "-" if cell is None else f"{cell:g}" if isinstance(cell, float) else str(cell)
