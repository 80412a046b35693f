"""`prooflight serve`: the station as a daemon. It takes orders from its inbox and delivers what the journal holds."""

import argparse
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.assignment import Assignment, Withdrawal
from agent.config import load_station
from agent.inbox import Inbox, Refusal
from agent.order_book import OrderRefused
from agent.station import Station, interruptible, opened, shelf_of
from agent.trust import load_trust

_LOOK_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `serve`."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; a running test is then recorded as aborted."""
    config = load_station(arguments.config, os.environ)
    try:
        inbox = Inbox(config.state_dir)
        with interruptible() as cancelled, opened(config) as station, _delivering(station, inbox) as postman:
            print(f"serving: put work orders into {inbox.folder}", flush=True)
            while not postman.gone.wait(0):
                found = inbox.take(lambda: load_trust(config.trust), shelf_of(config).load)
                if found is None:
                    postman.gone.wait(_LOOK_S)
                elif isinstance(found, Refusal):
                    print(f"refused {found.file}: {found.reason}", flush=True)
                elif isinstance(found, Withdrawal):
                    station.orders.revoke(found)
                    print(f"order {found.revocation.order[:12]} was revoked: {found.revocation.reason}", flush=True)
                else:
                    _accept(station, found, cancelled)
    except KeyboardInterrupt:
        print("stopped", flush=True)
        return 0
    assert postman.why is not None
    raise postman.why


def _accept(station: Station, assignment: Assignment, cancelled: Callable[[], bool]) -> None:
    order = assignment.order
    print(f"work order {order.id}: testing", flush=True)
    try:
        accepted = station.accept(assignment, cancelled)
    except OrderRefused as error:
        print(f"work order {order.id}: refused: {error}", flush=True)
        return
    bundle = station.write_bundle(order.id)
    print(f"work order {order.id}: {accepted.verdict.outcome}; {bundle}", flush=True)
    for cause in accepted.causes:
        print(f"work order {order.id}: {cause.title}. {cause.action}", flush=True)


@dataclass(slots=True)
class _Postman:
    """The thread that delivers: whether it has gone before it was told to, and why. A station ends with it."""

    gone: threading.Event
    why: Exception | None = None


@contextmanager
def _delivering(station: Station, inbox: Inbox) -> Iterator[_Postman]:
    """Deliver in a thread until the block ends."""
    leave, postman = threading.Event(), _Postman(threading.Event())
    delivery = station.delivery(lambda words: print(f"delivery: {words}", flush=True), inbox.put)
    if delivery is None:
        print("no [mqtt] is configured: results stay in the journal", flush=True)
        yield postman
        return

    def work() -> None:
        try:
            delivery.run(leave)
        except Exception as error:  # also what nobody foresaw: else results would wait and nobody be told
            postman.why = error
            postman.gone.set()

    thread = threading.Thread(target=work, name="delivery")
    thread.start()
    try:
        yield postman
    finally:
        leave.set()
        delivery.wake()
        thread.join()
