"""`prooflight acceptor`: the back office's side of the house; one module for each group of its verbs."""

import argparse
import contextlib
import itertools
import json
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from agent import config
from agent.commands import (
    acceptor_board,
    acceptor_fleet,
    acceptor_openings,
    acceptor_orders,
    acceptor_review,
    acceptor_status,
    acceptor_tickets,
)
from agent.criteria_shelf import Shelf
from agent.trust import load_trust
from diagnostics.errors import BadInput

if TYPE_CHECKING:
    from agent.acceptor.ledger import Ledger
    from agent.acceptor.line_binding import Lookup
    from agent.acceptor.line_questions import Questions
    from agent.acceptor.office import Office


VERBS = "serve|status|fleet|list|show|review|order|tickets|export|openings|forget|board|user"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=VERBS)
    serve = verbs.add_parser("serve", help="take records, judge them again, close work orders; until it is ended")
    listing = verbs.add_parser("list", help="the work orders and what became of them")
    show = verbs.add_parser("show", help="one work order with its records")
    show.add_argument("order", help="the work order's id")
    acceptor_status.add_arguments(verbs)
    acceptor_fleet.add_arguments(verbs)
    acceptor_review.add_arguments(verbs)
    acceptor_orders.add_arguments(verbs)
    acceptor_tickets.add_arguments(verbs)
    acceptor_openings.add_arguments(verbs)
    acceptor_board.add_arguments(verbs)
    for verb in (serve, listing, show):
        verb.add_argument("--config", type=Path, metavar="FILE", help="the acceptor's configuration")
    for verb in (listing, show):
        verb.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    settings = config.load_acceptor(arguments.config, os.environ)
    if arguments.verb == "serve":
        return _serve(settings)
    if arguments.verb == "status":
        return acceptor_status.run(settings, arguments)
    if arguments.verb == "fleet":
        return acceptor_fleet.run(settings, arguments)
    if arguments.verb in ("board", "user"):
        return acceptor_board.run(settings, shelf_of(settings), arguments)
    if arguments.verb == "openings":
        return acceptor_openings.write_openings(settings, arguments)
    if arguments.verb in ("tickets", "export"):
        return acceptor_tickets.run(settings, arguments)
    if arguments.verb == "review" and arguments.step != "decide":
        return acceptor_review.read(settings, shelf_of(settings).load, arguments)
    if arguments.verb in ("order", "forget", "review"):
        ledger = _ledger(settings)
        try:
            if arguments.verb == "forget":
                return acceptor_openings.forget(ledger, arguments)
            if arguments.verb == "review":
                return acceptor_review.decide(settings, ledger, arguments)
            return acceptor_orders.run(settings, ledger, arguments)
        finally:
            ledger.close()
    if arguments.verb == "list":
        return _list(settings, arguments.json)
    return _show(settings, arguments.order, arguments.json)


def shelf_of(settings: config.AcceptorConfig) -> Shelf:
    """Where the acceptor finds criteria."""
    return Shelf(folder=settings.criteria, trust=lambda: load_trust(settings.trust))


def _ledger(settings: config.AcceptorConfig) -> "Ledger":
    from agent.acceptor.ledger import Ledger

    return Ledger(settings.database, _office(settings))


def _office(settings: config.AcceptorConfig, lookup: "Lookup | None" = None) -> "Office":
    from agent.acceptor.line_binding import load_lookup
    from agent.acceptor.office import Office
    from agent.keys import load_private
    from agent.watched_file import WatchedFile

    lines = WatchedFile(settings.lines, load_lookup, _say) if settings.lines else None
    return Office(
        name=settings.name,
        key=load_private(settings.key),
        close_unanchored=settings.close_unanchored,
        load_criteria=shelf_of(settings).load,
        lookup=lines.now if lines else lambda: lookup,
        told=settings.tickets.told,
    )


def _serve(settings: config.AcceptorConfig) -> int:
    from agent.acceptor.later import Later
    from agent.acceptor.ledger import Ledger
    from agent.acceptor.senders import sending
    from agent.acceptor.service import Service
    from agent.trust import PinnedKeys

    keys = PinnedKeys(settings.trust, _say)
    later, stop = Later(), threading.Event()
    wakes: list[Callable[[], None]] = []

    def settled() -> None:
        later.look()
        for wake in wakes:
            wake()

    def end(*_: object) -> None:
        stop.set()
        settled()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    questions = _questions(settings, settled)
    office = _office(settings, questions.find if questions else None)
    ledger = _awaited(lambda: Ledger(settings.database, office), stop)
    if ledger is None:
        return 0
    service = Service(ledger, keys, settings.mqtt, name=settings.name, say=_say, later=later)
    wakes.append(service.wake)
    if settings.close_unanchored:
        _say("policy close_unanchored is on: work orders that nobody signed are closed without a person")
    try:
        asking = questions.asking() if questions else contextlib.nullcontext()
        telling = sending(settings.tickets, settings.database, office, _say)
        with asking, telling, acceptor_fleet.counted(settings, _say), acceptor_status.metrics_served(settings):
            service.run(stop)
    finally:
        ledger.close()
    return 0


def _questions(settings: config.AcceptorConfig, tell: Callable[[], None]) -> "Questions | None":
    """The questions to the operator's server of lines, where there is one."""
    if settings.line_service is None:
        return None
    from agent.acceptor.http_exchange import exchange_over
    from agent.acceptor.line_questions import Questions
    from agent.acceptor.line_service import asking

    lines = settings.line_service
    ask = asking(lines, exchange_over(lines.tls, lines.timeout_s))
    return Questions(ask, patience_s=lines.patience_s, tell=tell)


def _awaited(opened: "Callable[[], Ledger]", stop: threading.Event) -> "Ledger | None":
    """The ledger, as soon as its database serves; None where we are ended before."""
    from agent.acceptor.ledger_database import LedgerAway
    from agent.acceptor.service import pause

    for failures in itertools.count():
        try:
            return opened()
        except LedgerAway as error:
            _say(f"{error}; trying again")
            if stop.wait(pause(failures)):
                break
    return None


def _say(words: str) -> None:
    print(words, flush=True)


def _list(settings: config.AcceptorConfig, as_json: bool) -> int:
    from agent.acceptor.ledger_reading import Reading

    reading = Reading(settings.database)
    tickets, quarantine, waiting = reading.tickets(), reading.quarantine(), reading.waiting()
    if as_json:
        print(json.dumps({"tickets": tickets, "quarantine": quarantine, "waiting": waiting}))
        return 0
    for ticket in tickets:
        first, *others = ticket["why"].split("\n")
        more = f"; and {len(others)} more" if others else ""
        print(f"{ticket['state']:<7} {ticket['id']:<24} {ticket['changed_at'][:19]}  {first}{more}")
    for key in quarantine:
        print(f"key {key['kid']} is in quarantine since {key['since'][:19]}: {key['reason']}")
    for record in waiting:
        print(f"record {record['epoch']}/{record['seq']} of key {record['kid']} waits for another, or for its line")
    return 0


def _show(settings: config.AcceptorConfig, order: str, as_json: bool) -> int:
    from agent.acceptor.ledger_reading import Reading

    reading = Reading(settings.database)
    ticket = next((ticket for ticket in reading.tickets() if ticket["id"] == order), None)
    if ticket is None:
        raise BadInput(f"{order}: no such work order in {settings.database}; see: prooflight acceptor list")
    records = reading.records(order)
    if as_json:
        print(json.dumps(ticket | {"records": records}))
        return 0
    print(f"work order {order}: {ticket['state']}")
    for why in ticket["why"].split("\n"):
        print(f"    {why}")
    for record in records:
        print(
            f"{record['station']} {record['epoch']}/{record['seq']} {record['tx']} attempt {record['attempt']}:"
            f" {record['decision']}{', verdict ' + record['outcome'] if record['outcome'] else ''}"
        )
        for reason in record["reasons"]:
            print(f"    {reason}")
    return 0
