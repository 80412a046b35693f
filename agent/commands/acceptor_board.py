"""`prooflight acceptor board` and `user`: the fleet's page over the ledger, and who may sign in to it."""

import argparse
import os
import signal
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent.acceptor.board import people
from agent.acceptor.board.people import ROLES, PersonError
from agent.config import AcceptorConfig
from agent.config_board import BoardSettings
from agent.criteria_shelf import Shelf
from agent.notify import Notify
from agent.toml_table import ConfigError
from agent.typed import twice

if TYPE_CHECKING:
    from agent.acceptor.board.site import Site

_BEAT_S = 5.0


def add_arguments(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The arguments of `board` and `user`."""
    board = verbs.add_parser("board", help="serve the fleet's page over the ledger; until it is ended")
    user = verbs.add_parser("user", help="who may sign in to the fleet's page, and what for")
    steps = user.add_subparsers(dest="step", required=True, metavar="add|remove|list")
    add = steps.add_parser("add", help="add a user, or set role and password anew; the password is asked for")
    remove = steps.add_parser("remove", help="take a user out; who is in is out at once")
    listing = steps.add_parser("list", help="the users with their roles")
    for step in (add, remove):
        step.add_argument("name", metavar="NAME", help="the name to sign in by")
    add.add_argument("--role", choices=ROLES, required=True, help="each sees what the one before it sees, and more")
    for verb in (board, add, remove, listing):
        verb.add_argument("--config", type=Path, metavar="FILE", help="the acceptor's configuration")


def run(settings: AcceptorConfig, shelf: Shelf, arguments: argparse.Namespace) -> int:
    """Serve the page, or see to its users."""
    if settings.board is None:
        raise ConfigError(f"{settings.file}: there is no [board], so there is no page of the fleet; add the table")
    if arguments.verb == "board":
        return _serve(settings, settings.board, shelf)
    known = dict(people.load(settings.board.users)) if settings.board.users.exists() else {}
    if arguments.step == "list":
        for each in known.values():
            print(f"{each.role:<9} {each.name:<24} since {each.since:%Y-%m-%d %H:%M} UTC")
        return 0
    if arguments.step == "remove":
        if known.pop(arguments.name, None) is None:
            raise PersonError(f"{arguments.name[:64]}: no such user; see: prooflight acceptor user list")
    else:
        password = twice(f"new password (at least {people.LEAST} characters): ", "passwords")
        known[arguments.name] = people.person(arguments.name, arguments.role, password, datetime.now(UTC))
    people.save(settings.board.users, known.values())
    print(f"{arguments.name}: {'taken out' if arguments.step == 'remove' else f'may come in as {arguments.role}'}")
    return 0


def _serve(settings: AcceptorConfig, board: BoardSettings, shelf: Shelf) -> int:
    from agent.acceptor.board.site import FORM_BYTES
    from agent.page_server import listening

    stop, notify = threading.Event(), Notify(os.environ, time.monotonic)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    site = _site(settings, board, shelf)
    _look(settings)
    with listening(site, board.host, board.port, table="board", body_bytes=FORM_BYTES) as address:
        reached = f", reached by {board.url}/" if board.url else ""
        print(f"the fleet's page: {address}{reached}", flush=True)
        notify.ready(f"serving {address}")
        while not stop.wait(_BEAT_S):
            notify.beat()
        notify.stopping()
    return 0


def _look(settings: AcceptorConfig) -> None:
    """Open the ledger once, so that its driver is loaded before somebody waits for it; say where it cannot be read."""
    from agent.acceptor.ledger_database import LedgerError
    from agent.acceptor.ledger_engines import connect

    try:
        connect(settings.database, read_only=True).close()
    except LedgerError as error:
        print(f"{error}; until then the page says that it cannot be read", flush=True)


def _site(settings: AcceptorConfig, board: BoardSettings, shelf: Shelf) -> "Site":
    from agent.acceptor.board.door import Door
    from agent.acceptor.board.rooms import Rooms
    from agent.acceptor.board.site import Site
    from agent.acceptor.board.trail import Trail
    from agent.acceptor.ledger_engines import connect
    from agent.watched_file import WatchedFile

    def now() -> datetime:
        return datetime.now(UTC)

    users = WatchedFile(board.users, people.load, lambda words: print(words, flush=True))
    rooms = Rooms(
        ledger=lambda: connect(settings.database, read_only=True),
        criteria=shelf.load,
        people=users.now,
        trail=Trail(board.audit, now),
        now=now,
        silent_after=settings.metrics.silent_after,
    )
    return Site(settings=board, door=Door(users.now, time.monotonic), rooms=rooms)
