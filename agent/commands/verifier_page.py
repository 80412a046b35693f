"""`prooflight verifier-page --out FILE`: the offline verifier as one HTML page for customers and regulators."""

import argparse
import hashlib
from pathlib import Path

from agent.criteria_shelf import SUFFIX, Shelf
from agent.disk import Disk
from agent.trust import Trust, TrustError, load_trust
from agent.verifier_page.page import build
from diagnostics import criteria
from diagnostics.criteria import Criteria
from diagnostics.errors import BadConfiguration, NotAvailable


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the page goes")
    parser.add_argument(
        "--trust", type=Path, metavar="FILE", help="the keys that the page is to believe, and no others"
    )
    parser.add_argument("--criteria", type=Path, metavar="DIR", help="where signed criteria sets lie; needs --trust")


def run(arguments: argparse.Namespace) -> int:
    """Run the command."""
    if arguments.criteria and not arguments.trust:
        raise BadConfiguration("--criteria needs --trust: signed criteria are believed by a pinned key only")
    trust = load_trust(arguments.trust) if arguments.trust else Trust()
    text = _text(arguments.trust) if arguments.trust else None
    page = build(_sets(arguments.criteria, trust), text).encode()
    try:
        Disk().replace(arguments.out, page)
        arguments.out.chmod(0o644)  # to be handed out; nothing in it is secret
    except OSError as error:
        raise NotAvailable(f"{arguments.out}: could not be written: {error.strerror}; name another file") from error
    keys = f"believes {len(trust.keys)} keys" if text is not None else "asks its reader for a trust file"
    print(f"{arguments.out}: {keys}, sha256 {hashlib.sha256(page).hexdigest()}")
    return 0


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TrustError(f"{path}: {error.strerror}") from error


def _sets(folder: Path | None, trust: Trust) -> list[Criteria]:
    shelf = Shelf(folder=folder, trust=lambda: trust)
    signed = sorted(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}")) if folder else []
    return [shelf.load(name) for name in dict.fromkeys([*criteria.names(), *signed])]
