"""The fleet's tables over many records: the first answer of each, on both engines.

`python -m tests.benchmarks fleet [--records N] [--engine sqlite|postgres]`. Each answer is by a connection of its own,
as a command has it; PostgreSQL has been vacuumed and analysed, as its own autovacuum does.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

from agent.acceptor.fleet_table import Filters
from agent.acceptor.fleet_tables import TABLES
from agent.acceptor.ledger_engines import connect
from agent.config_ledger import LedgerPlace, PostgresSettings
from tests import postgres
from tests.benchmarks.fleet_records import NOW, fill

ON_REQUEST = True
GOAL_S = 1.0


def main(options: list[str]) -> None:
    """Make the ledgers and print how long each table takes."""
    parser = argparse.ArgumentParser(prog="fleet")
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres"))
    asked = parser.parse_args(options)
    if asked.engine != "postgres":
        with tempfile.TemporaryDirectory() as folder:
            _engine("SQLite", Path(folder) / "ledger", asked.records)
    if asked.engine != "sqlite":
        with postgres.cluster(durable=True) as cluster:
            _engine("PostgreSQL", PostgresSettings(dsn=cluster.database()), asked.records)


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


def _engine(name: str, place: LedgerPlace, records: int) -> None:
    begin = time.perf_counter()
    fill(place, records)
    if isinstance(place, PostgresSettings):
        with psycopg.connect(place.dsn, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    print(f"{name}: {records} records made in {time.perf_counter() - begin:.0f} s", flush=True)
    worst = max(answered(name, place, table, asked) for table, asked in questions())
    print(f"{name}: the slowest answer took {worst:.3f} s, {worst / GOAL_S:.2f} x of the goal", flush=True)


def answered(engine: str, place: LedgerPlace, name: str, asked: dict[str, Any]) -> float:
    begin = time.perf_counter()
    connection = connect(place, read_only=True)
    table = TABLES[name](connection, Filters(at=NOW, **asked))
    taken = time.perf_counter() - begin
    connection.close()
    words = " ".join(f"{key}={value}" for key, value in asked.items())
    print(f"{engine}: {name:<15} {words:<45} {len(table.rows):5} of {table.total:6} rows {taken:7.3f} s", flush=True)
    return taken
