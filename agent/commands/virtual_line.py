"""`prooflight virtual-line`: be a whole customer line with ONT and reflectors, until interrupted or stopped.

One a machine; it prints how to get into its station. `prooflight virtual-line stop` ends it, and so does a crash. With
`--practice` its fault is hidden, and an answer is marked.
"""

import argparse
import json
import os
import secrets
import signal
import sys
import threading
from contextlib import AbstractContextManager
from pathlib import Path
from random import Random
from typing import Any

from agent.display import language_of
from agent.practice import Desk, practise, to_json, told
from diagnostics.errors import BadInput, NotAvailable
from drivers.virtual import line as lab
from drivers.virtual.line_faults import cross, lose, narrow
from drivers.virtual.namespace import may_make_namespaces, need_programs
from drivers.virtual.plan import standing
from drivers.virtual.scenarios import PRACTISED, SCENARIOS, planned
from drivers.virtual.shaping import payload_mbps, shaped_mbit
from drivers.virtual.sole import folder, sole, stop

_WHAT = "virtual line"
_FAULTS = {scenario.name: scenario for scenario in SCENARIOS}
_RANGES = {
    "down": (0.1, 10_000.0),
    "up": (0.1, 10_000.0),
    "loss": (0.0, 1.0),
    "mtu": (576, 1500),
    "cross": (0.0, 10_000.0),
    "delay": (0.0, 2000.0),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `prooflight virtual-line`."""
    parser.add_argument(
        "scenario",
        nargs="?",
        metavar="SCENARIO",
        default="clean",
        help=f"stop ends the line; clean, or one fault (random: any), all else drawn by --seed: {', '.join(_FAULTS)}",
    )
    parser.add_argument("--seed", type=int, help="what a fault's line is drawn from (1; of --practice: at random)")
    rate = f"layer-2 rate ({lab.LINE_MBIT:g})"
    parser.add_argument("--down", type=float, default=lab.LINE_MBIT, metavar="MBIT", help=rate)
    parser.add_argument("--up", type=float, default=lab.LINE_MBIT, metavar="MBIT", help=rate)
    parser.add_argument("--loss", type=float, default=0.0, metavar="RATIO", help="packets lost at random (0)")
    parser.add_argument("--loss-at", choices=("access", "core"), default="access", help="on the PON, or beyond it")
    parser.add_argument("--mtu", type=int, default=1500, metavar="BYTES", help="largest packet behind the gateway")
    parser.add_argument("--icmp", action="store_true", help="say so where a packet is too big (else: a black hole)")
    parser.add_argument("--cross", type=float, default=0.0, metavar="MBIT", help="UDP of a second device (0)")
    parser.add_argument("--cross-way", choices=("down", "up"), default="down", help="its direction (down)")
    parser.add_argument("--delay", type=float, default=0.0, metavar="MS", help="added to the round trip (0)")
    parser.add_argument("--practice", action="store_true", help="hide the fault (drawn by seed), mark your answer")
    parser.add_argument("--answer", default="", metavar="CAUSE,...", help="of --practice: answer without being asked")
    parser.add_argument("--language", choices=("en", "zh"), help="of --practice (the environment's)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Stand until interrupted or terminated; or end the line that stands."""
    path = folder(os.environ) / "virtual-line"
    if arguments.scenario == "stop":
        owner = stop(path, _WHAT)
        print(json.dumps({"stopped": owner}) if arguments.json else f"{_WHAT} ended (process {owner})")
        return 0
    if arguments.scenario not in ("clean", "random", *_FAULTS):
        raise BadInput(f"{arguments.scenario!r} is not a scenario; one of clean, random, stop, {', '.join(_FAULTS)}")
    if arguments.practice:
        return _practised(arguments, path)
    arguments.seed = 1 if arguments.seed is None else arguments.seed
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(arguments, name) <= most:
            raise BadInput(f"--{name} {getattr(arguments, name):g}: must be from {least:g} to {most:g}")
    need_root()
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    with sole(path, f"a {_WHAT}"), _wanted(arguments) as line:
        stands = _description(line, arguments)
        print(json.dumps(stands) if arguments.json else _words(stands), flush=True)
        ending.wait()
    return 0


def _practised(arguments: argparse.Namespace, path: Path) -> int:
    """Be a line to practise on; exits with 0 where the first answer is right, with 1 else."""
    seed = secrets.randbelow(100_000) if arguments.seed is None else arguments.seed
    scenario = _FAULTS.get(arguments.scenario) or Random(seed).choice(PRACTISED)
    out = sys.stderr if arguments.json else sys.stdout
    language = arguments.language or language_of(os.environ)
    desk = Desk(say=lambda words: print(words, file=out, flush=True), language=language, answer=arguments.answer)
    need_root()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with sole(path, f"a {_WHAT}"):
        marked = practise(scenario, seed, desk)
    print(json.dumps({"seed": seed, **to_json(marked)}) if arguments.json else "\n".join(told(marked, desk)))
    return 0 if marked.mark == "right" else 1


def need_root() -> None:
    """NotAvailable where no line can be built here; the message says what is missing."""
    if not may_make_namespaces():
        raise NotAvailable("network namespaces cannot be made here; run as root")
    need_programs("iperf3")


def _wanted(arguments: argparse.Namespace) -> AbstractContextManager[lab.VirtualLine]:
    """The line of a scenario, whose rates it draws itself, or the line that the options describe."""
    if arguments.scenario == "clean":
        return _line(arguments)
    scenario = _FAULTS.get(arguments.scenario) or Random(arguments.seed).choice(SCENARIOS)
    plan = planned([scenario], arguments.seed)
    arguments.down, arguments.up = shaped_mbit(plan.down_mbps), shaped_mbit(plan.up_mbps)
    return standing(plan)


def _line(arguments: argparse.Namespace) -> lab.VirtualLine:
    """The line with all that is asked for on it."""
    line = lab.VirtualLine(down_mbit=arguments.down, up_mbit=arguments.up, delay_ms=arguments.delay)
    try:
        for address in (lab.REFLECTOR_ADDRESS, lab.SECOND_REFLECTOR_ADDRESS):
            line.serve_reflector(address)
        ont = ("virtual", "huawei_wap", "lit", "--transport", "telnet", "--live", "lan1")
        where = ("--host", lab.ONT_ADDRESS, "--port", "23")
        line.ont.start_until("log-in", [sys.executable, "-m", "agent.cli", *ont, *where])
        if arguments.loss:
            lose(line, arguments.loss, place=arguments.loss_at)
        if arguments.mtu < 1500:
            narrow(line, arguments.mtu, told=arguments.icmp)
        if arguments.cross:
            cross(line, arguments.cross, way=arguments.cross_way)
    except BaseException:
        line.close()
        raise
    return line


def _description(line: lab.VirtualLine, arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "process": os.getpid(),
        "interface": lab.STATION_INTERFACE,
        "addresses": {
            "station": lab.STATION_ADDRESS,
            "gateway": lab.GATEWAY_ADDRESS,
            "ont": lab.ONT_ADDRESS,
            "reflector": lab.REFLECTOR_ADDRESS,
            "second reflector": lab.SECOND_REFLECTOR_ADDRESS,
            "second device": lab.HOME_ADDRESS,
        },
        "namespaces": {name: space.path for name, space in line.hosts()},
        "shaped_mbit": {"down": arguments.down, "up": arguments.up},
        "payload_mbps": {
            "down": round(payload_mbps(arguments.down), 3),
            "up": round(payload_mbps(arguments.up), 3),
        },
        "enter": f"nsenter --net={line.station.path}",
    }


def _words(told: dict[str, Any]) -> str:
    shaped, payload = told["shaped_mbit"], told["payload_mbps"]
    lines = [
        f"a customer line stands: {shaped['down']:g} Mbit/s down, {shaped['up']:g} up at layer 2, "
        f"of which TCP over IPv4 gets {payload['down']:g} and {payload['up']:g}",
        *(f"  {name:<17} {address}" for name, address in told["addresses"].items()),
        *(f"  namespace {name:<7} {path}" for name, path in told["namespaces"].items()),
        f"be the station: {told['enter']} bash   (interface {told['interface']}, iperf3 on both reflectors, port 5201)",
        "Ctrl-C or prooflight virtual-line stop ends it",
    ]
    return "\n".join(lines)
