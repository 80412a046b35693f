"""A fleet's table to take along: as CSV in which no cell is a formula, or as JSON with its units; pure."""

import json
from typing import Any

from agent.acceptor import spreadsheet
from agent.acceptor.fleet_table import FleetTable
from agent.http_message import Answer


def as_csv(table: FleetTable) -> Answer:
    """The rows under their columns' names."""
    names = [column.name for column in table.columns]
    body = spreadsheet.write(names, (dict(zip(names, row, strict=True)) for row in table.rows)).encode()
    return Answer(body=body, kind="text/csv; charset=utf-8; header=present", headers=_saved(f"{table.name}.csv"))


def as_json(table: FleetTable) -> Answer:
    """The table as one object; `total` rows are there in all."""
    return Answer(body=json.dumps(to_json(table)).encode(), headers=_saved(f"{table.name}.json"))


def to_json(table: FleetTable) -> dict[str, Any]:
    """The table as JSON has it."""
    columns = [{"name": column.name, "unit": column.unit} for column in table.columns]
    return {"table": table.name, "columns": columns, "rows": [list(row) for row in table.rows], "total": table.total}


def _saved(name: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Disposition", f'attachment; filename="{name}"'),)
