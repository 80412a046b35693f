"""`prooflight accept`: the whole path once, for one work order."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent import assignment, drawing, opening
from agent.acceptance import Accepted, demands, is_visit_demanded
from agent.assignment import Assignment, Withdrawal
from agent.baseline import Baseline, baseline_of, changes, revealed
from agent.baseline import told as compared
from agent.bundle import load as load_bundle
from agent.config import StationConfig, load_station
from agent.display import Display, language_of, serials
from agent.exits import VERDICT_EXITS
from agent.station import interruptible, line_of, opened, shelf_of
from agent.subscriber import asked_password
from agent.trust import load_trust
from agent.work_order import WorkOrder
from diagnostics.errors import BadInput
from diagnostics.instruments import Progress
from diagnostics.measurement import to_json

DELIVER_S = 10.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `accept`."""
    parser.add_argument("order", type=Path, metavar="ORDER", help="a file with a work order or a signed order (JSON)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")
    parser.add_argument("--bundle", type=Path, metavar="FILE", help="where to write the evidence of the order")
    parser.add_argument("--baseline", type=Path, metavar="FILE", help="the bundle of the line's installation")
    parser.add_argument(
        "--baseline-open",
        type=Path,
        metavar="FILE",
        help="openings of its personal data, to see an ONT that was replaced",
    )
    parser.add_argument("--svg", type=Path, metavar="FILE", help="where to draw all throughput runs")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.add_argument(
        "--events", action="store_true", help="each second of a throughput run as one JSON line on standard error"
    )
    parser.add_argument(
        "--wait", type=float, default=DELIVER_S, metavar="S", help="seconds to wait for the acceptor (default 10)"
    )


def assigned_in(file: Path, config: Path | None) -> Assignment | Withdrawal:
    """What a file holds; the configuration is only read where the order is signed."""
    return assignment.load(
        file,
        lambda: load_trust(load_station(config, os.environ).trust),
        lambda name: shelf_of(load_station(config, os.environ)).load(name),
    )


def run(arguments: argparse.Namespace) -> int:
    """Run one acceptance; exits with the verdict's code."""
    display = Display(sys.stderr if arguments.json else sys.stdout, language_of(os.environ))
    assigned = assigned_in(arguments.order, arguments.config)
    if isinstance(assigned, Withdrawal):
        return _revoke(load_station(arguments.config, os.environ), assigned, display)
    baseline = _baseline(arguments.baseline, arguments.baseline_open, assigned.baseline)
    config, order = load_station(arguments.config, os.environ), assigned.order
    drawing.writable(arguments.svg)
    with interruptible() as cancelled, opened(config) as station:
        password = asked_password(config, line_of(config, order), order)
        with display.progress(f"work order {order.id}") as tell:
            accepted = station.accept(assigned, cancelled, password=password, **listeners(arguments.events, tell))
        delivered = station.deliver(arguments.wait)
        decision = station.decision(accepted.envelope.digest)
        bundle = station.write_bundle(order.id, arguments.bundle)
    now = revealed(accepted.measurements, accepted.disclosures)
    changed = () if baseline is None else changes(baseline.measurements, now)
    drawings = drawing.of_acceptance(accepted.trials, accepted.measurements, demands(order)[1])
    if arguments.json:
        document = _document(order, accepted, delivered, decision, bundle)
        if baseline is not None:
            document["baseline"] = {"order": baseline.order_id, "record": baseline.digest}
            document["changes"] = [change.to_json() for change in changed]
        print(json.dumps(document))
    else:
        for words in (*drawing.lines(drawings), *compared(baseline, len(changed))):
            display.say(words)
        display.show(accepted.verdict, accepted.causes, accepted.measurements, changed)
        for words in serials(accepted.disclosures):
            display.say(words)
        tell_saved(display, accepted.envelope.digest, delivered, decision, bundle)
        if is_visit_demanded(order, shelf_of(config).load):
            display.say(f"next: the visit; see: prooflight visit {arguments.order} show", style="bold")
    drawing.write(arguments.svg, drawings)
    return VERDICT_EXITS[accepted.verdict.outcome]


def _baseline(file: Path | None, openings: Path | None, handed_out: Baseline | None) -> Baseline | None:
    """What the line is compared with: the bundle that was named, else what came with the order."""
    found = handed_out if file is None else baseline_of(load_bundle(file))
    if found is None:
        if openings is not None:
            raise BadInput(f"--baseline-open {openings}: opens the bundle that --baseline names; name that too")
        return None
    disclosures = opening.load_file(openings).get(found.digest, ()) if openings else ()
    return replace(found, measurements=revealed(found.measurements, disclosures))


def tell_saved(display: Display, digest: str, delivered: str, decision: str, bundle: Path) -> None:
    """Where a record is now: saved, delivered, decided on, and in which bundle."""
    display.say(f"record: saved and signed, sha256 {digest}")
    display.say(f"delivery: {delivered}")
    display.say(f"back office: {decision}")
    display.say(f"bundle: {bundle}")


def _revoke(config: StationConfig, withdrawal: Withdrawal, display: Display) -> int:
    with opened(config) as station:
        station.orders.revoke(withdrawal)
    display.say(f"order {withdrawal.revocation.order} was revoked: {withdrawal.revocation.reason}")
    return 0


def listeners(events: bool, tell: Callable[[str], None]) -> dict[str, Any]:
    """Who is told how the test goes: a person in words, or a program in events, never both on one stream."""
    return {"progress": _write_event} if events else {"tell": tell}


def _write_event(progress: Progress) -> None:
    print(json.dumps(progress.to_json()), file=sys.stderr, flush=True)


def _document(order: WorkOrder, accepted: Accepted, delivered: str, decision: str, bundle: Path) -> dict[str, Any]:
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
