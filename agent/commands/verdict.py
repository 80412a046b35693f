"""`prooflight verdict BUNDLE`: the compact verdict that the acceptor signed, as text and as a QR code."""

import argparse
from pathlib import Path

from agent import acknowledgement, bundle, compact_verdict, qr_code, seal
from agent.acknowledgement import AcceptanceError
from agent.bundle import Bundle, BundleError
from agent.compact_verdict import CompactVerdictError
from diagnostics import strict_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="the bundle.json of an order")
    parser.add_argument("--qr", type=Path, metavar="FILE", help="write the QR code there, as a picture (SVG)")


def run(arguments: argparse.Namespace) -> int:
    """Run the command: what the verdict says, unverified, and the text of its QR code."""
    try:
        token = _token(bundle.load(arguments.bundle))
        made = compact_verdict.from_json(strict_json.parse_object(seal.read(token, typ=seal.VERDICT).payload))
    except (seal.SealError, strict_json.JsonError, AcceptanceError, CompactVerdictError) as error:
        raise BundleError(f"{arguments.bundle}: {error}") from error
    text = compact_verdict.text(token)
    print(f"{made}, record {made.record[:12]}...")
    print(text)
    if arguments.qr is not None:
        qr_code.save(arguments.qr, text)
        print(f"QR code: {arguments.qr}")
    return 0


def _token(made: Bundle) -> str:
    if made.acceptance is None:
        raise BundleError("no acceptance in this bundle yet; deliver the record, then write the bundle anew")
    payload = seal.read(made.acceptance, typ=seal.ACCEPTANCE).payload
    verdict = acknowledgement.from_json(strict_json.parse_object(payload)).verdict
    if verdict is None:
        raise BundleError("the acceptance tells no outcome, so there is no compact verdict")
    return verdict
