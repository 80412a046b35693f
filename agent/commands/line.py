"""`prooflight line`: hold the customer-side interface in a namespace apart from the uplink; run by systemd."""

import argparse
import os
import signal
import threading
import time
from pathlib import Path

from agent.config import load_station
from agent.line_holder import PLACE, held
from agent.notify import Notify
from agent.toml_table import ConfigError

_TICK_S = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `line`."""
    parser.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")
    parser.add_argument("--place", type=Path, default=PLACE, metavar="PATH", help=f"how it is found (default {PLACE})")


def run(arguments: argparse.Namespace) -> int:
    """Hold it until SIGTERM or SIGINT."""
    config = load_station(arguments.config, os.environ)
    if config.line is None or config.line.namespace != f"{arguments.place}/":
        raise ConfigError(f'{config.file}: [line] namespace must be "{arguments.place}/", which is what is held here')
    notify, leave = Notify(os.environ, time.monotonic), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: leave.set())
    with held(config.line.interface, arguments.place, config.line.address, lambda words: print(words, flush=True)):
        notify.ready(f"{config.line.interface} is in {arguments.place}/")
        while not leave.wait(_TICK_S):
            notify.beat()
        notify.stopping()
    return 0
