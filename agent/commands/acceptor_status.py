"""`prooflight acceptor status`: what waits, what was decided and who is silent; for people, programs and Prometheus."""

import argparse
import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import AcceptorConfig
from diagnostics.errors import BadInput

if TYPE_CHECKING:
    from agent.acceptor.status import Status


def add_arguments(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The arguments of `status`."""
    status = verbs.add_parser("status", help="what waits, what was decided, who is silent")
    status.add_argument("--config", type=Path, metavar="FILE", help="the acceptor's configuration")
    form = status.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print one JSON document")
    form.add_argument("--prometheus", action="store_true", help="print the metrics, for a textfile collector")
    silent = "after how long a station is silent (default: [metrics] silent_hours, 24)"
    status.add_argument("--silent", type=float, metavar="HOURS", help=silent)


def run(settings: AcceptorConfig, arguments: argparse.Namespace) -> int:
    """Print the status."""
    from agent.acceptor.exposition import exposition
    from agent.acceptor.status import lines, to_json

    silent_after = settings.metrics.silent_after
    if arguments.silent is not None:
        if not 0 < arguments.silent <= 24 * 366:
            raise BadInput("--silent: must be a number of hours, more than 0 and at most a year")
        silent_after = timedelta(hours=arguments.silent)
    found = status_now(settings, silent_after)
    if arguments.json:
        print(json.dumps(to_json(found)))
    elif arguments.prometheus:
        print(exposition(found), end="")
    else:
        for line in lines(found):
            print(line)
    return 0


def status_now(settings: AcceptorConfig, silent_after: timedelta) -> "Status":
    """The status as the ledger says it now, over a connection of its own."""
    from agent.acceptor.ledger_engines import connect
    from agent.acceptor.ledger_status import status_of

    connection = connect(settings.database, read_only=True)
    try:
        return status_of(connection, datetime.now(UTC), silent_after=silent_after)
    finally:
        connection.close()


@contextlib.contextmanager
def metrics_served(settings: AcceptorConfig) -> Iterator[None]:
    """Serve the metrics while this lasts, where the configuration says where."""
    if not settings.metrics.host:
        yield
        return
    from agent.acceptor.exposition import exposition
    from agent.acceptor.metrics_server import serving

    def read() -> str:
        return exposition(status_now(settings, settings.metrics.silent_after))

    with serving(settings.metrics.host, settings.metrics.port, read):
        yield
