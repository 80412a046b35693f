"""`prooflight diagnose-score`: put known faults on virtual lines and count how often the first named cause is right.

Bounded: each scenario as often as asked for, pairs of faults and clean lines beside them, every line with a seed of its
own. Needs root; what else runs on the machine is itself a cause, and a line that met it says so.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
from collections.abc import Sequence

from agent.commands.virtual_line import need_root
from diagnostics.errors import BadInput
from drivers.virtual import pairs, tally
from drivers.virtual.campaign import Wanted, campaign
from drivers.virtual.scenario import Scenario
from drivers.virtual.scenarios import HEALTHY, SCENARIOS
from drivers.virtual.scored import Scored

MOST_LINES = 1000
MOST_JOBS = 64
JOBS_A_CORE = 2  # three of them starve the relays of dialled lines, and are no quicker: docs/lab.md


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `prooflight diagnose-score`."""
    names = ", ".join(scenario.name for scenario in SCENARIOS)
    parser.add_argument("scenario", nargs="*", metavar="SCENARIO", help=f"only these, of: {names}")
    parser.add_argument("--seed", type=int, default=1, help="of the first line; each further one has the next (1)")
    parser.add_argument("--repeats", type=int, default=1, metavar="N", help="lines for each scenario (1)")
    parser.add_argument("--pairs", type=int, default=0, metavar="N", help="lines with two faults, drawn by seed (0)")
    parser.add_argument("--clean", type=int, default=3, metavar="N", help="clean lines beside them (3)")
    jobs = f"lines side by side ({JOBS_A_CORE} a core)"
    parser.add_argument("--jobs", type=int, default=JOBS_A_CORE * (os.cpu_count() or 1), metavar="N", help=jobs)
    parser.add_argument("--json", action="store_true", help="print one JSON document")


def run(arguments: argparse.Namespace) -> int:
    """Score; exits with 0 where the first cause of every line is right, with 1 else."""
    lines = _lines(arguments)
    need_root()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    scored = []
    with contextlib.closing(campaign(lines, arguments.jobs)) as told:
        for one in told:
            scored.append(one)
            print(_words(one), file=sys.stderr if arguments.json else sys.stdout, flush=True)
    made = tally.summary(scored)
    if arguments.json:
        print(json.dumps({"seed": arguments.seed, "lines": [_document(one) for one in scored], **made}))
    else:
        print("\n".join(tally.words(made)))
    return 0 if all(one.first for one in scored) else 1


def _lines(arguments: argparse.Namespace) -> list[Wanted]:
    """All lines that are asked for, each with a seed of its own."""
    for option, least in (("repeats", 1), ("pairs", 0), ("clean", 0), ("jobs", 1)):
        if getattr(arguments, option) < least:
            raise BadInput(f"--{option} {getattr(arguments, option)}: must be at least {least}")
    if arguments.jobs > MOST_JOBS:
        raise BadInput(f"--jobs {arguments.jobs}: must be at most {MOST_JOBS}")
    chosen = [_named(name) for name in arguments.scenario] or list(SCENARIOS)
    count = arguments.repeats * len(chosen) + arguments.pairs + arguments.clean
    if count > MOST_LINES:
        raise BadInput(f"{count} lines were asked for; --repeats, --pairs and --clean must make at most {MOST_LINES}")
    put: list[Sequence[Scenario]] = [(scenario,) for _ in range(arguments.repeats) for scenario in chosen]
    put += pairs.drawn(arguments.pairs, arguments.seed, chosen)
    if len(put) < count - arguments.clean:
        raise BadInput(f"--pairs {arguments.pairs}: no two of these can stand on one line; name others")
    put += [()] * arguments.clean
    return [(tuple(scenarios), arguments.seed + place) for place, scenarios in enumerate(put)]


def _named(name: str) -> Scenario:
    found = next((scenario for scenario in (*SCENARIOS, *HEALTHY) if scenario.name == name), None)
    if found is None:
        raise BadInput(f"{name!r} is not a scenario; one of {', '.join(scenario.name for scenario in SCENARIOS)}")
    return found


def _words(one: Scored) -> str:
    put = " + ".join(one.scenarios) or "clean"
    named = one.trouble or ", ".join(one.named) or "no cause"
    busy = f" (machine busy: {one.busy})" if one.busy else ""
    return f"{'right' if one.first else 'WRONG':<6} {put:<20} seed {one.seed:<5} {one.outcome:<13} {named}{busy}"


def _document(one: Scored) -> dict[str, object]:
    return {
        "scenarios": list(one.scenarios),
        "seed": one.seed,
        "expected": list(one.expected),
        "due": list(one.due),
        "named": list(one.named),
        "outcome": one.outcome,
        "first": one.first,
        "among_three": one.among_three,
        "busy": one.busy,
        "trouble": one.trouble,
        "taken_s": one.taken_s,
    }
