"""A fleet's table to take along: as CSV in which no cell is a formula, or as JSON with its units; pure."""

import json

from agent.acceptor.fleet_forms import to_csv, to_json
from agent.acceptor.fleet_table import FleetTable
from agent.http_message import Answer


def as_csv(table: FleetTable) -> Answer:
    """The rows under their columns' names and units."""
    return Answer(
        body=to_csv(table).encode(), kind="text/csv; charset=utf-8; header=present", headers=_saved(f"{table.name}.csv")
    )


def as_json(table: FleetTable) -> Answer:
    """The table as one object; `total` rows are there in all."""
    return Answer(body=json.dumps(to_json(table)).encode(), headers=_saved(f"{table.name}.json"))


def _saved(name: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Disposition", f'attachment; filename="{name}"'),)
