"""The fleet's tables over many records: the first answer of each, on both engines.

`python -m tests.benchmarks fleet [--records N] [--engine sqlite|postgres]`. Each answer is by a connection of its own,
as a command has it; PostgreSQL has been vacuumed and analysed, as its own autovacuum does. The processor's time says
what it costs where other work keeps the machine busy.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from agent.acceptor.fleet_table import Filters
from agent.acceptor.fleet_tables import TABLES
from agent.acceptor.ledger_engines import connect
from agent.config_ledger import LedgerPlace
from tests.benchmarks.bench_ledger import Cost
from tests.benchmarks.fleet_ledgers import ledgers
from tests.benchmarks.fleet_records import NOW

ON_REQUEST = True
GOAL_S = 1.0


def main(options: list[str]) -> None:
    """Make the ledgers and print how long each table takes."""
    for engine, place, server_s in ledgers("fleet", options):
        taken = [answered(engine, place, table, asked, server_s) for table, asked in questions()]
        wall, processor = max(each.wall for each in taken), max(each.processor for each in taken)
        print(
            f"{engine}: the slowest answer took {wall:.3f} s by the clock, {wall / GOAL_S:.2f} x of the goal,", end=""
        )
        print(f" and the costliest {processor:.3f} s of one processor", flush=True)


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


def answered(
    engine: str, place: LedgerPlace, name: str, asked: dict[str, Any], server_s: Callable[[], float] = lambda: 0.0
) -> Cost:
    """One answer, from opening the database on: by the clock, and of all processors."""
    begin, used = time.perf_counter(), time.process_time() + server_s()
    connection = connect(place, read_only=True)
    table = TABLES[name](connection, Filters(at=NOW, **asked))
    wall = time.perf_counter() - begin
    connection.close()
    taken = Cost(wall=wall, processor=time.process_time() + server_s() - used)
    words = " ".join(f"{key}={value}" for key, value in asked.items())
    print(f"{engine}: {name:<15} {words:<45} {len(table.rows):5} of {table.total:6} rows", end="")
    print(f" {taken.wall:7.3f} s, processor {taken.processor:7.3f} s", flush=True)
    return taken
