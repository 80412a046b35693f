"""`prooflight setup`: the first set-up of a station, step by step; run again it keeps what there is."""

import argparse
import re
import sys
from pathlib import Path

from agent.commands.pin import asked
from agent.first_setup import Wanted, set_up
from diagnostics.errors import BadInput
from diagnostics.secret import Secret

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_WORD = re.compile(r"[A-Za-z0-9_.:/-]{0,120}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `setup`."""
    parser.add_argument("--name", required=True, help="the station's name, unique with its back office")
    parser.add_argument("--interface", required=True, help="the interface that goes to the ONT; never the uplink")
    parser.add_argument(
        "--ont", default="192.168.1.1", metavar="ADDRESS", help="the ONT's address (default 192.168.1.1)"
    )
    parser.add_argument(
        "--address", default="dhcp", help="ours on the line: dhcp, none or ADDRESS/PREFIX (default dhcp)"
    )
    parser.add_argument("--broker", default="", metavar="HOST[:PORT]", help="the MQTT broker, where it is known yet")
    parser.add_argument("--tenant", default="", help="the first level of its topics")
    parser.add_argument("--folder", type=Path, default=Path("/etc/prooflight"), help="default /etc/prooflight")
    parser.add_argument("--state", type=Path, default=Path("/var/lib/prooflight"), help="default /var/lib/prooflight")
    parser.add_argument("--user", default="prooflight", help="the service's user (default prooflight)")


def run(arguments: argparse.Namespace) -> int:
    """Set up, and tell each step; the PIN is asked for at a terminal or read from standard input."""
    if not _NAME.fullmatch(arguments.name):
        raise BadInput("--name: must be at most 63 letters, digits, dots, dashes and underscores")
    for option in ("interface", "ont", "address", "broker", "tenant"):
        if not _WORD.fullmatch(getattr(arguments, option)):
            raise BadInput(f"--{option}: has a character that none has")
    wanted = Wanted(
        name=arguments.name,
        interface=arguments.interface,
        folder=arguments.folder,
        state_dir=arguments.state,
        user=arguments.user,
        ont=arguments.ont,
        address=arguments.address,
        broker=arguments.broker,
        tenant=arguments.tenant,
    )
    for words in set_up(wanted, _asked_pin):
        print(words, flush=True)
    return 0


def _asked_pin() -> Secret | None:
    """The PIN; None where nobody is there to give one."""
    given = asked()
    return given if given.reveal() or sys.stdin.isatty() else None
