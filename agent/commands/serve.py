"""`prooflight serve`: the station as a daemon: it takes orders in, tests, serves the technician's page and delivers."""

import argparse
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from agent.config import load_station
from agent.daemon import Daemon
from agent.hook import told
from agent.inbox import Inbox
from agent.local_socket import listening
from agent.notify import Notify
from agent.station import interruptible, opened


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `serve`."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")


class _Say:
    """Prints what the daemon says, shows it to the service manager, and then has somebody look."""

    def __init__(self, notify: Notify) -> None:
        self.then: Callable[[], None] = lambda: None
        self._notify = notify

    def __call__(self, words: str) -> None:
        self.print(words)
        self._notify.status(words)
        self.then()

    def print(self, words: str) -> None:
        print(words, flush=True)


def _beating(cancelled: Callable[[], bool], beat: Callable[[], None]) -> Callable[[], bool]:
    """Whether a job is cancelled; that its instruments ask is a sign that it goes on, and so a sign of life."""

    def asked() -> bool:
        beat()
        return cancelled()

    return asked


def run(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; a running test is then recorded as aborted."""
    config, notify = load_station(arguments.config, os.environ), Notify(os.environ, time.monotonic)
    try:
        inbox = Inbox(config.state_dir)
        with ExitStack() as stack:
            cancelled = stack.enter_context(interruptible())
            station = stack.enter_context(opened(config))
            say = _Say(notify)
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
            notify.ready("serving")
            daemon.work(_beating(cancelled, notify.beat), notify.beat)
    except KeyboardInterrupt:
        notify.stopping()
        print("stopped", flush=True)
        return 0
    assert daemon.why is not None
    raise daemon.why
