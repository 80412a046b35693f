"""`prooflight criteria list|show|sign`: the sets that lines are judged by, and signing one of your own."""

import argparse
import json
from pathlib import Path

from agent.criteria_shelf import SUFFIX, Shelf, sign
from agent.disk import Disk
from agent.keys import load_private
from agent.trust import load_trust
from diagnostics import criteria
from diagnostics.errors import BadInput, NotAvailable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|show|sign")
    verbs.add_parser("list", help="the sets that come with the software, by name, version and digest")
    show = verbs.add_parser("show", help="one set with its limits")
    show.add_argument("name", help="its name")
    show.add_argument("--folder", type=Path, metavar="DIR", help="where signed sets lie")
    show.add_argument("--trust", type=Path, metavar="FILE", help="the trust file, for signed ones")
    show.add_argument("--json", action="store_true", help="print one JSON document")
    signing = verbs.add_parser("sign", help="sign a set of your own with a criteria key")
    signing.add_argument("file", type=Path, metavar="FILE", help="a criteria file (TOML)")
    signing.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key, of role criteria")
    signing.add_argument("--folder", type=Path, required=True, metavar="DIR", help="where to put the signed set")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns its exit code."""
    if arguments.verb == "list":
        for name in criteria.names():
            _tell(criteria.load(name))
        return 0
    if arguments.verb == "sign":
        return _sign(arguments)
    trust = arguments.trust
    made = Shelf(folder=arguments.folder, trust=lambda: load_trust(trust)).load(arguments.name)
    limits = [str(rule.limit) for rule in made.rules]
    if arguments.json:
        told = {"name": made.name, "version": made.version, "digest": made.digest, "limits": limits}
        print(json.dumps(told))
        return 0
    _tell(made)
    for limit in limits:
        print(f"    {limit}")
    return 0


def _tell(made: criteria.Criteria) -> None:
    print(f"{made.name} {made.version}  sha256 {made.digest}  {made.title}")


def _sign(arguments: argparse.Namespace) -> int:
    try:
        raw = arguments.file.read_bytes()
    except OSError as error:
        raise BadInput(f"{arguments.file}: {error.strerror}; name a criteria file") from error
    made, token = sign(raw, arguments.file.name, load_private(arguments.key))
    path = arguments.folder / f"{made.name}{SUFFIX}"
    try:
        Disk().replace(path, token.encode() + b"\n")
    except OSError as error:
        raise NotAvailable(f"{path}: cannot be written: {error.strerror}; name another folder") from error
    print(f"{path}: {made.name} {made.version}, sha256 {made.digest}")
    return 0
