"""The fleet's tables by name; each is read from the ledger when it is asked for, and says whether all is counted."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from agent.acceptor.fleet_counts import causes, orders, reasons
from agent.acceptor.fleet_drift import drift, drift_lines
from agent.acceptor.fleet_rates import rate_histogram, rates
from agent.acceptor.fleet_stations import review, stations
from agent.acceptor.fleet_table import Filters, FleetTable
from agent.acceptor.ledger_database import Connection

Table = Callable[[Connection, Filters], FleetTable]


def _dated(table: Table) -> Table:
    """The table, telling whether all that was here before it is counted."""

    def told(connection: Connection, asked: Filters) -> FleetTable:
        made = table(connection, asked)
        unfinished = connection.execute("SELECT count(*) FROM fleet_progress WHERE whole = 0").fetchone()[0]
        return replace(made, complete=not unfinished)

    return told


TABLES: Mapping[str, Table] = {
    "orders": _dated(orders),
    "reasons": _dated(reasons),
    "causes": _dated(causes),
    "rates": _dated(rates),
    "rate_histogram": _dated(rate_histogram),
    "drift": _dated(drift),
    "drift_lines": _dated(drift_lines),
    "stations": stations,
    "review": _dated(review),
}
