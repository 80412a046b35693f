"""`prooflight diagnose-score`: put known faults on virtual lines and count how often the first named cause is right.

Bounded: each scenario once with the seed given, clean lines as many as asked for. Needs root, and a quiet machine: what
else runs on it is itself a cause.
"""

import argparse
import json
import signal
import sys

from agent.commands.virtual_line import need_root
from diagnostics.errors import BadInput
from drivers.virtual.scenario import Scenario
from drivers.virtual.scenarios import SCENARIOS
from drivers.virtual.score import Scored, score

MOST_LINES = 1000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `prooflight diagnose-score`."""
    names = ", ".join(scenario.name for scenario in SCENARIOS)
    parser.add_argument("scenario", nargs="*", metavar="SCENARIO", help=f"only these, of: {names}")
    parser.add_argument("--seed", type=int, default=1, help="all else is drawn from it (1)")
    parser.add_argument("--repeats", type=int, default=1, metavar="N", help="lines for each scenario (1)")
    parser.add_argument("--clean", type=int, default=3, metavar="N", help="clean lines beside them (3)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Score; exits with 0 where every first cause is right, with 1 else."""
    chosen = [_named(name) for name in arguments.scenario] or list(SCENARIOS)
    lines = arguments.repeats * len(chosen) + arguments.clean
    for option, least in (("repeats", 1), ("clean", 0)):
        if getattr(arguments, option) < least:
            raise BadInput(f"--{option} {getattr(arguments, option)}: must be at least {least}")
    if lines > MOST_LINES:
        raise BadInput(f"{lines} lines were asked for; --repeats and --clean must make at most {MOST_LINES}")
    need_root()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    wanted: list[tuple[Scenario, ...]] = [(scenario,) for scenario in chosen for _ in range(arguments.repeats)]
    wanted += [()] * arguments.clean
    seeds = [arguments.seed + place % arguments.repeats for place in range(len(wanted) - arguments.clean)]
    seeds += [arguments.seed + place for place in range(arguments.clean)]
    scored = []
    for scenarios, seed in zip(wanted, seeds, strict=True):
        scored.append(score(scenarios, seed))
        print(_words(scored[-1]), file=sys.stderr if arguments.json else sys.stdout, flush=True)
    right = sum(one.first for one in scored)
    if arguments.json:
        print(json.dumps({"lines": [_document(one) for one in scored], "right": right, "of": len(scored)}))
    else:
        print(f"first cause right on {right} of {len(scored)} lines")
    return 0 if right == len(scored) else 1


def _named(name: str) -> Scenario:
    found = next((scenario for scenario in SCENARIOS if scenario.name == name), None)
    if found is None:
        raise BadInput(f"{name!r} is not a scenario; one of {', '.join(scenario.name for scenario in SCENARIOS)}")
    return found


def _words(one: Scored) -> str:
    put = " + ".join(one.scenarios) or "clean"
    named = ", ".join(one.named) or "no cause"
    return f"{'right' if one.first else 'WRONG':<6} {put:<20} seed {one.seed:<5} {one.outcome:<13} {named}"


def _document(one: Scored) -> dict[str, object]:
    return {
        "scenarios": list(one.scenarios),
        "seed": one.seed,
        "expected": list(one.expected),
        "named": list(one.named),
        "outcome": one.outcome,
        "first": one.first,
        "among_three": one.among_three,
    }
