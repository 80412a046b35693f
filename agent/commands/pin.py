"""`prooflight pin set`: the PIN by which the technician signs in to the station's page."""

import argparse
import os
from pathlib import Path

from agent import pin
from agent.config import load_station
from agent.toml_table import ConfigError
from agent.typed import twice
from diagnostics.secret import Secret


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="set")
    made = verbs.add_parser("set", help="set the PIN; it is asked for, or read from standard input, never an argument")
    made.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")


def run(arguments: argparse.Namespace) -> int:
    """Ask for the PIN and keep its hash."""
    config = load_station(arguments.config, os.environ)
    if config.web is None:
        raise ConfigError(f"{config.file}: there is no [web], so there is no page to sign in to; add the table")
    pin.save(config.web.pin, asked())
    print(f"the PIN is set: {config.web.pin}")
    return 0


def asked() -> Secret:
    """The PIN that somebody types twice, or that stands on standard input."""
    return twice(f"new PIN ({pin.LEAST} to {pin.MOST} digits): ", "PINs")
