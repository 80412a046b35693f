"""`prooflight acceptor tickets|export`: what ticket systems were told, and all decisions as a table."""

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.config import AcceptorConfig
from agent.disk import Disk
from diagnostics.errors import BadInput, NotAvailable

_AT_ONCE = 5000  # rows deleted in one transaction, so that senders wait for none of it
_MOST_DAYS = 36_500


def add_arguments(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The arguments of both verbs."""
    tickets = verbs.add_parser("tickets", help="what ticket systems were told, and what waits or was set aside")
    steps = tickets.add_subparsers(dest="step", required=True, metavar="list|retry|prune")
    listing = steps.add_parser("list", help="what waits or was set aside, and why")
    listing.add_argument("--json", action="store_true", help="print one JSON document")
    retry = steps.add_parser("retry", help="tell again what was set aside, and at once what waits")
    retry.add_argument("order", nargs="?", default="", help="only of this work order")
    prune = steps.add_parser("prune", help="let go of what was told long ago, never of what was not told")
    prune.add_argument("--older", type=int, required=True, metavar="DAYS", help="told more than so many days ago")
    export = verbs.add_parser("export", help="every decision as a table")
    export.add_argument("--csv", type=Path, required=True, metavar="FILE", help="where to write it; - prints it")
    for verb in (listing, retry, prune, export):
        verb.add_argument("--config", type=Path, metavar="FILE", help="the acceptor's configuration")


def run(settings: AcceptorConfig, arguments: argparse.Namespace) -> int:
    """Run one of the verbs; returns the exit code."""
    if arguments.verb == "export":
        return _export(settings, arguments.csv)
    if arguments.step == "retry":
        return _retry(settings, arguments.order)
    if arguments.step == "prune":
        return _prune(settings, arguments.older)
    return _list(settings, arguments.json)


def _list(settings: AcceptorConfig, as_json: bool) -> int:
    from agent.acceptor.ledger_engines import connect
    from agent.acceptor.ledger_outbox import Outbox

    database = connect(settings.database, read_only=True)
    outbox = Outbox(database)
    untold, rows = outbox.untold(), outbox.rows("waiting", "set aside")
    database.close()
    if as_json:
        print(json.dumps({"untold": untold, "rows": rows}))
        return 0
    for each in untold:
        print(f"{each['target']:<8} {each['state']:<9} {each['count']:>7}  oldest {each['oldest'][:19]}")
    for row in rows:
        tried = f"{row['state']} after {row['attempts']} attempts"
        print(f"{row['target']} {row['order_id']} {row['event']}: {tried}: {row['said']}")
    return 0


def _retry(settings: AcceptorConfig, order: str) -> int:
    from agent.acceptor.ledger_engines import connect
    from agent.acceptor.ledger_outbox import Outbox

    database = connect(settings.database)
    count = database.transact(lambda: Outbox(database).again(datetime.now(UTC), order))
    database.close()
    print(f"{count} that were set aside wait again")
    return 0


def _prune(settings: AcceptorConfig, days: int) -> int:
    from agent.acceptor.ledger_engines import connect
    from agent.acceptor.ledger_outbox import Outbox

    if not 1 <= days <= _MOST_DAYS:
        raise BadInput(f"--older: must be a number of days from 1 to {_MOST_DAYS}")
    before, count, done = datetime.now(UTC) - timedelta(days=days), 0, _AT_ONCE
    database = connect(settings.database)
    while done == _AT_ONCE:
        done = database.transact(lambda: Outbox(database).prune(before, _AT_ONCE))
        count += done
    database.close()
    print(f"{count} that were told more than {days} days ago were deleted")
    return 0


def _export(settings: AcceptorConfig, path: Path) -> int:
    from agent.acceptor.ledger_reading import DECISION_COLUMNS, Reading
    from agent.acceptor.spreadsheet import write

    reading = Reading(settings.database)
    text = write(DECISION_COLUMNS, reading.decisions())
    reading.close()
    if str(path) == "-":
        sys.stdout.write(text)
        return 0
    try:
        Disk().replace(path, text.encode("utf-8-sig"))  # without its mark spreadsheets take it for another encoding
    except OSError as error:
        raise NotAvailable(f"{path}: cannot be written: {error.strerror}; name another file") from error
    print(f"written to {path}")
    return 0
