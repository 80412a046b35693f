"""`prooflight acceptor fleet TABLE`: what the ledger says of all work orders, results and stations together."""

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from agent.config import AcceptorConfig
from diagnostics.errors import BadInput

TABLES = "orders|reasons|causes|rates|rate_histogram|drift|drift_lines|stations|review"
_FIRST = 100  # rows on a terminal unless more are asked for


def add_arguments(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The arguments of `fleet`."""
    fleet = verbs.add_parser("fleet", help="where the lines hurt: counts over all orders, results and stations")
    fleet.add_argument("table", choices=TABLES.split("|"), metavar=TABLES, help="which table")
    fleet.add_argument("--by", default="", metavar="WHAT", help="causes: area, family, firmware, station; orders: day")
    for name, words in (("since", "the first day"), ("until", "the last day")):
        fleet.add_argument(f"--{name}", metavar="DAY", help=f"{words} that counts, like 2026-11-01 (UTC)")
    for name, words in (
        ("area", "OLT"),
        ("family", "ONT family"),
        ("firmware", "ONT software"),
        ("station", "station"),
    ):
        fleet.add_argument(f"--{name}", default="", metavar="NAME", help=f"only of this {words}")
    fleet.add_argument(
        "--limit", type=int, metavar="N", help=f"at most so many rows (default {_FIRST}; CSV, JSON: all)"
    )
    fleet.add_argument("--offset", type=int, default=0, metavar="N", help="from this row on, counted from 0")
    form = fleet.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="print CSV for a spreadsheet")
    form.add_argument("--json", action="store_true", help="print one JSON document")
    fleet.add_argument("--config", type=Path, metavar="FILE", help="the acceptor's configuration")


def run(settings: AcceptorConfig, arguments: argparse.Namespace) -> int:
    """Print one table."""
    from agent.acceptor.fleet_forms import lines, to_csv, to_json
    from agent.acceptor.fleet_table import MOST_ROWS, Filters
    from agent.acceptor.fleet_tables import TABLES
    from agent.acceptor.ledger_engines import connect

    usual = MOST_ROWS if arguments.csv or arguments.json else _FIRST
    asked = Filters(
        at=datetime.now(UTC),
        since=_day("--since", arguments.since),
        until=_day("--until", arguments.until),
        limit=usual if arguments.limit is None else arguments.limit,
        silent_after=settings.metrics.silent_after,
        **{name: getattr(arguments, name) for name in ("area", "family", "firmware", "station", "by", "offset")},
    )
    connection = connect(settings.database, read_only=True)
    try:
        table = TABLES[arguments.table](connection, asked)
    finally:
        connection.close()
    if arguments.json:
        print(json.dumps(to_json(table)))
    elif arguments.csv:
        sys.stdout.write(to_csv(table))
    else:
        for line in lines(table):
            print(line)
    return 0


@contextlib.contextmanager
def counted(settings: AcceptorConfig, say: Callable[[str], None]) -> Iterator[None]:
    """What the ledger held before these tables is counted while this lasts."""
    from agent.acceptor.fleet_filler import filling
    from agent.acceptor.ledger_engines import connect

    with filling(lambda: connect(settings.database), say):
        yield


def _day(option: str, text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option}: must be a day like 2026-11-01") from None
