"""`prooflight diagnose`: the long RFC 6349 run on this line, with criteria of its own and without a record."""

import argparse
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from agent import drawing, work_order
from agent.config import StationConfig, load_station
from agent.diagnosis import NOT_AN_ACCEPTANCE, announcement, diagnose, summary
from agent.display import Display
from agent.exits import VERDICT_EXITS
from agent.kit.use import profiles_of
from agent.station import instruments_of, interruptible, line_of
from agent.work_order import WorkOrder
from diagnostics import criteria
from diagnostics.errors import BadInput
from diagnostics.line import Line, Reflector


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `diagnose`."""
    parser.add_argument("order", nargs="?", type=Path, metavar="ORDER", help="a work order: its reflector and rates")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")
    parser.add_argument("--reflector", metavar="HOST[:PORT]", help="the far end, instead of the order's")
    parser.add_argument("--down", type=_rate, metavar="MBIT", help="the ordered rate down, instead of the order's")
    parser.add_argument("--up", type=_rate, metavar="MBIT", help="the ordered rate up, instead of the order's")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="where to draw all runs")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")


def run(arguments: argparse.Namespace) -> int:
    """Say how long it takes, diagnose, show what came of it; exits with the verdict's code."""
    config = load_station(arguments.config, os.environ)
    order = work_order.load(arguments.order) if arguments.order else None
    line = _line(config, order, arguments)
    drawing.writable(arguments.svg)
    wanted, newer = criteria.load_diagnosis(), profiles_of(config)
    display = Display(sys.stderr if arguments.json else sys.stdout)
    display.say(announcement(line, wanted))
    with interruptible() as cancelled, display.progress("diagnosis") as tell:
        made = diagnose(line, instruments_of(config, line, cancelled, order, newer=newer), wanted, tell)
    drawings = drawing.of_diagnosis(made.fillings)
    if arguments.json:
        print(json.dumps(made.to_json()))
    else:
        for words in (*drawing.lines(drawings), *summary(made.measurements)):
            display.say(words)
        display.show(made.verdict, (), made.measurements)
        display.say(NOT_AN_ACCEPTANCE)
    drawing.write(arguments.svg, drawings)
    return VERDICT_EXITS[made.verdict.outcome]


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a rate in Mbit/s")
    return rate


def _line(config: StationConfig, order: WorkOrder | None, arguments: argparse.Namespace) -> Line:
    """The station's line with the order's reflectors and rates, or those that the options name instead."""
    line = line_of(config, order)
    rates = {"down_mbps": arguments.down, "up_mbps": arguments.up}
    ordered = replace(line.ordered, **{name: rate for name, rate in rates.items() if rate is not None})
    return replace(line, ordered=ordered, reflectors=_reflectors(config, line, arguments.reflector))


def _reflectors(config: StationConfig, line: Line, named: str | None) -> tuple[Reflector, ...]:
    if named is not None:
        try:
            return (Reflector.parse(named),)
        except ValueError as error:
            raise BadInput(f"--reflector: {error}") from error
    if line.reflectors:
        return line.reflectors
    assert config.line is not None  # line_of has seen to it
    if config.line.reflector is None:
        raise BadInput(f"no reflector: name an order or --reflector, or set [line] reflector in {config.file}")
    return (config.line.reflector,)
