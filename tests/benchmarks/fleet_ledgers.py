"""Ledgers of many synthetic records, one on each engine, as the benchmarks of the fleet's tables and page want them."""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg

from agent.config_ledger import LedgerPlace, PostgresSettings
from tests import postgres
from tests.benchmarks.fleet_records import fill


def ledgers(program: str, options: list[str]) -> Iterator[tuple[str, LedgerPlace, Callable[[], float]]]:
    """The engines' names with their ledgers, and the processor time of their servers so far.

    Each is there until the next is asked for. PostgreSQL has been vacuumed and analysed, as its own autovacuum does.
    """
    parser = argparse.ArgumentParser(prog=program)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres"))
    asked = parser.parse_args(options)
    if asked.engine != "postgres":
        with tempfile.TemporaryDirectory() as folder:
            yield "SQLite", _filled("SQLite", Path(folder) / "ledger", asked.records), lambda: 0.0
    if asked.engine != "sqlite":
        with postgres.cluster(durable=True) as cluster:
            place = PostgresSettings(dsn=cluster.database())
            yield "PostgreSQL", _filled("PostgreSQL", place, asked.records), lambda: cluster.processor_s


def _filled(engine: str, place: LedgerPlace, records: int) -> LedgerPlace:
    begin = time.perf_counter()
    fill(place, records)
    if isinstance(place, PostgresSettings):
        with psycopg.connect(place.dsn, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
    print(f"{engine}: {records} records made in {time.perf_counter() - begin:.0f} s", flush=True)
    return place
