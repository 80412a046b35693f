"""`prooflight accept`: the whole path once, for one work order."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from agent import work_order
from agent.acceptance import Accepted
from agent.config import load_station
from agent.display import Display
from agent.exits import VERDICT_EXITS
from agent.station import interruptible, line_of, opened
from agent.subscriber import asked_password
from diagnostics.measurement import to_json

DELIVER_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `accept`."""
    parser.add_argument("order", type=Path, metavar="ORDER", help="a file with a work order (JSON)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="where to write the evidence of the order")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument(
        "--wait", type=float, default=DELIVER_S, metavar="S", help="seconds to wait for the acceptor (default 10)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run one acceptance; exits with the verdict's code."""
    display = Display(sys.stderr if arguments.json else sys.stdout)
    order = work_order.load(arguments.order)
    with interruptible() as cancelled, opened(load_station(arguments.config, os.environ)) as station:
        password = asked_password(station.config, line_of(station.config, order), order)
        with display.progress(f"work order {order.id}") as tell:
            accepted = station.accept(order, cancelled, tell, password)
        delivered = station.deliver(arguments.wait)
        decision = station.decision(accepted.envelope.digest)
        bundle = station.write_bundle(order.id, arguments.bundle)
    if arguments.json:
        print(json.dumps(_document(order, accepted, delivered, decision, bundle)))
    else:
        display.show(accepted.verdict, accepted.causes, accepted.measurements)
        display.say(f"record: saved and signed, sha256 {accepted.envelope.digest}")
        display.say(f"delivery: {delivered}")
        display.say(f"back office: {decision}")
        display.say(f"bundle: {bundle}")
    return VERDICT_EXITS[accepted.verdict.outcome]


def _document(
    order: work_order.WorkOrder, accepted: Accepted, delivered: str, decision: str, bundle: Path
) -> dict[str, Any]:
    return {
        "order": order.id,
        "outcome": accepted.verdict.outcome,
        "findings": [finding.to_json() for finding in accepted.verdict.findings],
        "causes": [cause.to_json() for cause in accepted.causes],
        "measurements": [to_json(measurement) for measurement in accepted.measurements],
        "record": accepted.envelope.digest,
        "delivery": delivered,
        "decision": decision,
        "bundle": str(bundle),
    }
