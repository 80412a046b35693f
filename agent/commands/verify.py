"""`prooflight verify BUNDLE --trust FILE`: check a bundle, or a QR code's text, offline, by the trust file alone."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from agent import bundle, opening
from agent.case import Checked, Openings
from agent.compact_check import verify_compact
from agent.criteria_shelf import Shelf
from agent.trust import load_trust
from agent.verification import Verification, verify
from diagnostics.errors import BadInput

NOT_VALID = 3


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("bundle", type=Path, nargs="?", metavar="BUNDLE", help="the bundle.json of an order")
    parser.add_argument("--trust", type=Path, required=True, metavar="FILE", help="the keys to believe")
    parser.add_argument("--criteria", type=Path, metavar="DIR", help="where signed criteria sets lie")
    parser.add_argument("--open", type=Path, metavar="FILE", help="openings of the personal data in it")
    parser.add_argument("--compact", metavar="TEXT", help="what a QR code says: a compact verdict")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; 0 where everything verifies, whatever the verdict, else 3."""
    if arguments.bundle is None and arguments.compact is None:
        raise BadInput("nothing to verify; name a BUNDLE, or a QR code's text with --compact")
    trust = load_trust(arguments.trust)
    shelf = Shelf(folder=arguments.criteria, trust=lambda: trust)
    now = datetime.now(UTC)
    found = None
    if arguments.bundle is not None:
        found = verify(bundle.load(arguments.bundle), trust, shelf.load, now, _openings(arguments.open))
    if arguments.compact is None:
        assert found is not None
        _print(arguments.json, found.to_json(), found.checks, _last_line(found))
        return 0 if found.valid else NOT_VALID
    compact = verify_compact(arguments.compact, trust, found, now)
    told = str(compact.verdict) if compact.valid else "compact verdict"
    _print(arguments.json, compact.to_json(), compact.checks, f"{told}: {_validity(compact.valid)}")
    return 0 if compact.valid else NOT_VALID


def _openings(path: Path | None) -> Openings | None:
    return None if path is None else opening.load_file(path)


def _print(as_json: bool, made: dict[str, object], checks: Sequence[Checked], last: str) -> None:
    if as_json:
        print(json.dumps(made))
        return
    for check in checks:
        spared = " (not needed)" if check.status == "NOT CHECKED" and not check.needed else ""
        print(f"{check.status:<12} {check.name:<11} {check.words}{spared}")
    print(last)
    sys.stdout.flush()


def _last_line(found: Verification) -> str:
    verdict = f"verdict: {found.outcome or 'none'}"
    closed = found.acceptance.decision if found.acceptance else "not confirmed"
    return f"order {found.order_id}: {_validity(found.valid)}, {verdict}, acceptor: {closed}"


def _validity(valid: bool) -> str:
    return "valid" if valid else "NOT VALID"
