"""The fleet's tables over many records: the first answer of each, on both engines.

`python -m tests.benchmarks fleet [--records N] [--engine sqlite|postgres]`. Each answer is by a connection of its own,
as a command has it; PostgreSQL has been vacuumed and analysed, as its own autovacuum does.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from agent.acceptor.fleet_table import Filters
from agent.acceptor.fleet_tables import TABLES
from agent.acceptor.ledger_engines import connect
from agent.config_ledger import LedgerPlace
from tests.benchmarks.fleet_ledgers import ledgers
from tests.benchmarks.fleet_records import NOW

ON_REQUEST = True
GOAL_S = 1.0


def main(options: list[str]) -> None:
    """Make the ledgers and print how long each table takes."""
    for engine, place in ledgers("fleet", options):
        worst = max(answered(engine, place, table, asked) for table, asked in questions())
        print(f"{engine}: the slowest answer took {worst:.3f} s, {worst / GOAL_S:.2f} x of the goal", flush=True)


def questions() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each table as it is asked for first, and each of its groupings and filters."""
    month = {"since": NOW.date() - timedelta(days=30), "until": NOW.date()}
    for name in TABLES:
        yield name, {}
        yield name, {"station": "box-00007"}
        if name != "stations":
            yield name, month
            yield name, {"area": "OLT-007", **month}
            yield name, {"family": "family_03"}
    yield "orders", {"by": "day"}
    for by in ("family", "firmware", "station"):
        yield "causes", {"by": by}


def answered(engine: str, place: LedgerPlace, name: str, asked: dict[str, Any]) -> float:
    begin = time.perf_counter()
    connection = connect(place, read_only=True)
    table = TABLES[name](connection, Filters(at=NOW, **asked))
    taken = time.perf_counter() - begin
    connection.close()
    words = " ".join(f"{key}={value}" for key, value in asked.items())
    print(f"{engine}: {name:<15} {words:<45} {len(table.rows):5} of {table.total:6} rows {taken:7.3f} s", flush=True)
    return taken
