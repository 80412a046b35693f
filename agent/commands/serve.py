"""`prooflight serve`: the station as a daemon: it takes orders in, tests, serves the technician's page and delivers."""

import argparse
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from agent.config import load_station
from agent.daemon import Daemon
from agent.hook import told
from agent.inbox import Inbox
from agent.local_socket import listening
from agent.station import interruptible, opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `serve`."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")


class _Say:
    """Prints what the daemon says, and then has somebody look at it."""

    def __init__(self) -> None:
        self.then: Callable[[], None] = lambda: None

    def __call__(self, words: str) -> None:
        self.print(words)
        self.then()

    def print(self, words: str) -> None:
        print(words, flush=True)


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; a running test is then recorded as aborted."""
    config = load_station(arguments.config, os.environ)
    try:
        inbox = Inbox(config.state_dir)
        with ExitStack() as stack:
            cancelled = stack.enter_context(interruptible())
            station = stack.enter_context(opened(config))
            say = _Say()
            daemon = Daemon(station, inbox, waits=config.web is not None, say=say)
            say.then = stack.enter_context(told(daemon, config.hook, say.print))
            stack.enter_context(daemon.delivering())
            stack.enter_context(listening(config.state_dir, daemon.answer))
            if config.web is not None:
                from agent.web.server import serving

                url = stack.enter_context(serving(daemon, config.web))
                print(f"the technician's page: {url}", flush=True)
                if not config.web.pin.exists():
                    print("nobody can sign in to it yet; run: prooflight pin set", flush=True)
            print(f"serving: put work orders into {inbox.folder}", flush=True)
            daemon.work(cancelled)
    except KeyboardInterrupt:
        print("stopped", flush=True)
        return 0
    assert daemon.why is not None
    raise daemon.why
