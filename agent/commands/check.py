"""`prooflight check`: run checks on this line, without an order's criteria and without a record."""

import argparse
import json
import os
import sys
from pathlib import Path

from agent import assignment
from agent.acceptance import demands
from agent.config import StationConfig, load_station
from agent.display import Display, measurement_lines
from agent.kit.use import profiles_of
from agent.station import instruments_of, interruptible, line_of, shelf_of
from agent.subscriber import asked_password
from agent.trust import load_trust
from agent.work_order import OrderError, WorkOrder
from diagnostics.check import Context, run_checks
from diagnostics.checks import CHECKS, STAGES
from diagnostics.errors import NotAvailable
from diagnostics.measurement import to_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `check`."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"checks to run: {', '.join(CHECKS)} (default: all)")
    parser.add_argument("--order", type=Path, metavar="FILE", help="a work order; throughput is tested only with one")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.set_defaults(usage_error=parser.error)


def run(arguments: argparse.Namespace) -> int:
    """Run the checks in the order of their stages and print what they learnt."""
    strange = [name for name in arguments.names if name not in CHECKS]
    if strange:
        arguments.usage_error(f"{strange[0]!r} is not a check; known: {', '.join(CHECKS)}")
    config = load_station(arguments.config, os.environ)
    order = _order(arguments.order, config) if arguments.order else None
    line = line_of(config, order)
    wanted = (set(arguments.names) or set(CHECKS)) | ({"pppoe"} if line.dialled else set())  # the others need it up
    stages = [[check for check in stage if check.name in wanted] for stage in STAGES]
    password = asked_password(config, line, order)
    newer = profiles_of(config)
    display = Display(sys.stderr if arguments.json else sys.stdout)
    with interruptible() as cancelled, display.progress("checks") as tell:
        instruments = instruments_of(config, line, cancelled, order, password, newer)
        context = Context(line=line, instruments=instruments, tell=tell)
        if order is not None:
            criteria, limits = demands(order, shelf_of(config).load)
            context = Context(line=line, instruments=instruments, tell=tell, limits=limits, window=criteria.window)
        made = run_checks(stages, context)
    if arguments.json:
        print(json.dumps([to_json(measurement) for measurement in made]))
    else:
        print("\n".join(measurement_lines(made)))
    if made and all(m.failure is not None for m in made):
        raise NotAvailable(f"nothing could be measured on {line.interface}; first reason: {made[0].failure}")
    return 0


def _order(path: Path, config: StationConfig) -> WorkOrder:
    found = assignment.load(path, lambda: load_trust(config.trust), shelf_of(config).load)
    if isinstance(found, assignment.Withdrawal):
        raise OrderError(f"{path}: is the revocation of an order; name a work order")
    return found.order
