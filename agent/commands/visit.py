"""`prooflight visit ORDER ...`: what the technician does around the test, noted step by step, closed by a record."""

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agent import bundle, local_socket, photograph, visit_facts
from agent.assignment import FILE_BYTES, Assignment, Withdrawal
from agent.commands.accept import DELIVER_S, assigned_in, tell_saved
from agent.config import StationConfig, load_station
from agent.display import Display, language_of
from agent.exits import VERDICT_EXITS
from agent.station import opened
from agent.visit_facts import CAUSES, ESCALATED_TO, PHOTOGRAPHED, TOLD, VisitError
from agent.visit_steps import Step, delivered, perform
from agent.visit_texts import line_of
from diagnostics.errors import BadInput
from diagnostics.verdict import Finding

_MARKS = {"pass": "done", "marginal": "done", "fail": "WRONG", "unknown": "TO DO"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own arguments."""
    parser.add_argument("order", type=Path, metavar="ORDER", help="a file with a work order or a signed order (JSON)")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the station's configuration")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    made = {name: steps.add_parser(name, help=meaning) for name, meaning in _STEPS.items()}
    for name in _NOTES:
        made[name].add_argument("--at", metavar="TIME", help="when it was, like 2026-03-02T09:00:00+08:00 (now)")
    made["nobody-in"].add_argument("--minutes", type=int, required=True, metavar="N", help="how long you waited")
    made["nobody-in"].add_argument("--contact", required=True, metavar="TEXT", help="how the customer was called")
    change = made["change"]
    change.add_argument("--told-at", required=True, metavar="TIME", help="when the change was told")
    change.add_argument("--was-at", required=True, metavar="TIME", help="the appointment that was changed")
    change.add_argument("--cause", required=True, choices=CAUSES, help="who wanted it")
    change.add_argument("--desk", required=True, metavar="NAME", help="the desk that confirmed it")
    made["scan"].add_argument("--barcode", metavar="TEXT", help="what the bar code on the device says")
    made["scan"].add_argument("--label", metavar="TEXT", help="what the label on the drop cable says")
    made["photo"].add_argument("file", type=Path, metavar="FILE", help="JPEG, PNG, WebP or HEIC, at most 16 MiB")
    made["photo"].add_argument("--kind", required=True, choices=PHOTOGRAPHED, help="what it shows")
    for what in TOLD:
        made["told"].add_argument(f"--{what}", action="store_true", help=f"the customer was told the {what}")
    made["rate"].add_argument("stars", type=int, metavar="N", help="the customer's rating, 1 to 5")
    made["escalate"].add_argument("--to", required=True, choices=ESCALATED_TO, help="technical support, or the desk")
    made["escalate"].add_argument("--reason", required=True, metavar="TEXT", help="why")
    made["close"].add_argument("--facts", type=Path, metavar="FILE", help="note everything in a file of facts first")
    made["close"].add_argument("--bundle", type=Path, metavar="FILE", help="where to write the evidence of the order")
    made["close"].add_argument(
        "--wait", type=float, default=DELIVER_S, metavar="S", help="seconds to wait for the acceptor (default 10)"
    )


_STEPS = {
    "show": "how the visit stands, and what is missing",
    "arrive": "you are there",
    "nobody-in": "nobody opened: how long you waited, and how you called",
    "change": "the appointment was changed: when it was told, by whose wish, who confirmed it",
    "scan": "the device's bar code, the drop cable's label",
    "photo": "a photograph; it stays on the station, its SHA-256 is signed",
    "account-label": "the label with the account is on the device",
    "told": "what the customer was told",
    "rate": "the customer's rating",
    "escalate": "technical support or the desk for abnormal orders was called in",
    "resume": "what was escalated is settled",
    "close": "judge and sign the visit, and deliver it",
}
_NOTES: dict[str, Callable[[argparse.Namespace], list[tuple[str, dict[str, Any]]]]] = {
    "arrive": lambda a: [("arrived", {})],
    "nobody-in": lambda a: [("nobody_in", {"waited_s": 60 * a.minutes, "contact": a.contact})],
    "change": lambda a: [("change", {n: getattr(a, n) for n in ("told_at", "was_at", "cause", "desk")})],
    "scan": lambda a: [(n, {"text": getattr(a, n)}) for n in ("barcode", "label") if getattr(a, n) is not None],
    "photo": lambda a: [],
    "account-label": lambda a: [("account_label", {})],
    "told": lambda a: [("told", {"what": what}) for what in TOLD if getattr(a, what)],
    "rate": lambda a: [("rated", {"stars": a.stars})],
    "escalate": lambda a: [("escalated", {"to": a.to, "reason": a.reason})],
    "resume": lambda a: [("resumed", {})],
}


def run(arguments: argparse.Namespace) -> int:
    """Take one step of a visit; `close` exits with the verdict's code."""
    display = Display(sys.stderr if arguments.json else sys.stdout, language_of(os.environ))
    config = load_station(arguments.config, os.environ)
    assignment = assigned_in(arguments.order, arguments.config)
    if isinstance(assignment, Withdrawal):
        raise VisitError(f"{arguments.order}: withdraws an order; name the order of the visit")
    step = _step(arguments)
    made = _taken(config, assignment, arguments.order, step)
    if step.name == "close":
        return _show_closed(arguments, config, made, display)
    if step.name == "show":
        _show(made["standing"], display)
    elif not arguments.json:
        print("\n".join(made["noted"]))
    if arguments.json:
        shown = made["standing"] if step.name == "show" else {"noted": step.name}
        print(json.dumps(shown | {"facts": made["facts"]}))
    return 0


def _step(arguments: argparse.Namespace) -> Step:
    if arguments.step == "show":
        return Step(name="show")
    if arguments.step == "close":
        facts = _read(arguments.facts, visit_facts.FILE_BYTES) if arguments.facts is not None else b""
        return Step(name="close", facts=facts, wait_s=arguments.wait)
    at = arguments.at or ""
    if arguments.step == "photo":
        raw = _read(arguments.file, photograph.MOST_BYTES)
        photograph.format_of(raw, str(arguments.file))
        return Step(name="photo", photograph=raw, file=str(arguments.file), of=arguments.kind, at=at)
    notes = _NOTES[arguments.step](arguments)
    if not notes:
        raise VisitError(f"{arguments.step}: says nothing; see prooflight visit ORDER {arguments.step} --help")
    return Step(name=arguments.step, notes=tuple(notes), at=at)


def _taken(config: StationConfig, assignment: Assignment, file: Path, step: Step) -> dict[str, Any]:
    """What came of a step; it is the daemon that takes it where one has the journal open."""
    raw = _read(file, FILE_BYTES).decode()
    question = {"verb": "visit", "order": raw, "step": step.to_json()}
    answered = local_socket.ask(config.state_dir, question, step.wait_s)
    if answered is not None:
        return answered
    with opened(config) as station:
        return delivered(station, perform(assignment, station.visit(assignment), step), step, station.deliver)


def _show_closed(arguments: argparse.Namespace, config: StationConfig, made: dict[str, Any], display: Display) -> int:
    standing = made["standing"]
    path = arguments.bundle or config.state_dir / "bundles" / f"{standing['order']}.json"
    bundle.put(path, made["bundle"].encode())
    _show(standing, display)
    if arguments.json:
        closed = {name: made[name] for name in ("record", "delivery", "decision")}
        print(json.dumps(standing | closed | {"bundle": str(path)}))
    else:
        tell_saved(display, made["record"], made["delivery"], made["decision"], path)
    return VERDICT_EXITS[standing["outcome"]]


def _show(standing: dict[str, Any], display: Display) -> None:
    language = language_of(os.environ)
    closed = f"closed, sha256 {standing['closed']}" if standing["closed"] else standing["outcome"]
    display.say(f"work order {standing['order']}, attempt {standing['attempt']}, visit: {closed}")
    for finding in (Finding(**each) for each in standing["findings"]):
        weight = "required" if finding.required else "advisory"
        display.say(f"{_MARKS[finding.status]:<7}{weight:<10}{line_of(finding, language)}")


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}; name a file that can be read") from error
