"""`prooflight verify BUNDLE --trust FILE`: check a bundle offline, by the trust file alone."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from agent import bundle
from agent.criteria_shelf import Shelf
from agent.trust import load_trust
from agent.verification import Verification, verify

NOT_VALID = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the bundle.json of an order")
    parser.add_argument("--trust", type=Path, required=True, metavar="FILE", help="the keys to believe")
    parser.add_argument("--criteria", type=Path, metavar="DIR", help="where signed criteria sets lie")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; 0 where everything verifies, whatever the verdict, else 3."""
    trust = load_trust(arguments.trust)
    shelf = Shelf(folder=arguments.criteria, trust=lambda: trust)
    found = verify(bundle.load(arguments.bundle), trust, shelf.load, datetime.now(UTC))
    if arguments.json:
        print(json.dumps(found.to_json()))
    else:
        _tell(found)
    return 0 if found.valid else NOT_VALID


def _tell(found: Verification) -> None:
    for check in found.checks:
        print(f"{check.status:<12} {check.name:<11} {check.words}")
    verdict = f"verdict: {found.outcome or 'none'}"
    closed = found.acceptance.decision if found.acceptance else "not confirmed"
    print(f"order {found.order_id}: {'valid' if found.valid else 'NOT VALID'}, {verdict}, acceptor: {closed}")
    sys.stdout.flush()
