"""`prooflight demo`: a virtual customer line on this machine, one whole acceptance on it, the work order closed."""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from agent import assignment, bundle, drawing, work_order
from agent.acceptance import demands
from agent.assignment import Assignment
from agent.config import load_station
from agent.demo import FAULTS, Demo
from agent.display import Display, language_of, serials
from agent.exits import VERDICT_EXITS
from agent.report import sheet, statement
from agent.station import interruptible, opened
from agent.trust import load_trust
from diagnostics import criteria
from diagnostics.causes import Language
from diagnostics.errors import NotAvailable
from drivers.virtual.namespace import may_make_namespaces, reenter_as_root

_INSIDE = "PROOFLIGHT_DEMO_INSIDE"
_DELIVER_S = 30.0
_TRY_S = 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `demo`."""
    faults = "; ".join(f"{name}: {fault.meaning}" for name, fault in FAULTS.items())
    parser.add_argument("--fault", choices=FAULTS, default="none", metavar="NAME", help=faults)
    parser.add_argument("--order", type=Path, metavar="FILE", help="a work order instead of the example order")


def run(arguments: argparse.Namespace) -> int:
    """Build the line, run the acceptance, show what came of it; exits with the verdict's code."""
    example = Path(str(resources.files("agent") / "examples" / "install.json"))
    order = work_order.load(arguments.order or example)
    _become_root()
    folder = Path(tempfile.mkdtemp(prefix="prooflight-demo-"))
    demo, display = Demo(folder, FAULTS[arguments.fault]), Display(language=language_of(os.environ))
    display.say(f"a virtual customer line: {demo.fault.meaning}")
    display.say(f"order: {order.id}, from {_short(arguments.order or example)}")
    display.say(f"keys, logs, journal and ledger of this run: {folder}")
    with interruptible() as cancelled, demo.line():
        signed = demo.issue(arguments.order or example)
        display.say(f"the order is signed by the back office, for this station and a week: {signed}")
        display.say("virtual ONT and iperf3 reflector answer at the network's end of the line")
        if not demo.fault.broker_late:
            _start_back_office(demo, display)
        return _play(demo, signed, display, cancelled)


def _short(path: Path) -> str:
    """A path as people would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _become_root() -> None:
    if _INSIDE in os.environ:  # a new network namespace begins with its loopback down
        subprocess.run(["ip", "link", "set", "lo", "up"], check=False)
    if may_make_namespaces():
        return
    if _INSIDE not in os.environ:
        os.environ[_INSIDE] = "1"
        reenter_as_root([sys.executable, "-m", "agent.cli", *sys.argv[1:]])
    raise NotAvailable("network namespaces cannot be made here; run as root, or allow user namespaces")


def _start_back_office(demo: Demo, display: Display) -> None:
    demo.start_broker()
    demo.start_acceptor()
    display.say(f"mosquitto listens on 127.0.0.1:{demo.port}, the acceptor is subscribed")


def _play(demo: Demo, signed: Path, display: Display, cancelled: Callable[[], bool]) -> int:
    config = load_station(demo.station_config, os.environ)
    assigned = assignment.load(signed, lambda: load_trust(config.trust))
    assert isinstance(assigned, Assignment)
    order = assigned.order
    with opened(config) as station:
        with display.progress(f"work order {order.id}") as tell:
            accepted = station.accept(assigned, cancelled, tell)
        for words in drawing.lines(drawing.of_acceptance(accepted.trials, accepted.measurements, demands(order)[1])):
            display.say(words)
        display.show(accepted.verdict, accepted.causes, accepted.measurements)
        for words in serials(accepted.disclosures):
            display.say(words)
        display.say(f"record: signed and saved, sha256 {accepted.envelope.digest}")
        if demo.fault.broker_late:
            display.say(f"delivery: {station.deliver(_TRY_S)}")
            _start_back_office(demo, display)
        display.say(f"delivery: {station.deliver(_DELIVER_S)}")
        file = station.write_bundle(order.id)
        display.say(f"bundle: {file}")
        display.say(f"back office: {station.decision(accepted.envelope.digest)}")
        display.say(f"report: {_write_report(demo, file, language_of(os.environ))}")
        display.say(f"check it again: prooflight verify {file} --trust {demo.folder / 'trust.json'}")
    return VERDICT_EXITS[accepted.verdict.outcome]


def _write_report(demo: Demo, file: Path, language: Language) -> Path:
    """What people read of the bundle, beside everything else of this run."""
    trust = load_trust(demo.folder / "trust.json")
    stated = statement.state(bundle.load(file), trust=trust, load_criteria=criteria.load, now=datetime.now(UTC))
    path = demo.folder / "report.html"
    path.write_text(sheet.html(stated, language), encoding="utf-8")
    return path
