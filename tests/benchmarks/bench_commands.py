"""A station under strace that gets 100,000 commands of an attacker with an engineer's key: what it wrote and started.

`python -m tests.benchmarks commands [--count N] [--seed N]`. Consent is given and the ONT answers. It fails where
anything was written outside the journal, any program but the known children was started, or more was run than may be.
"""

import argparse
import tempfile
from pathlib import Path

from tests.agent.support.traced import campaign

ON_REQUEST = True


def main(options: list[str]) -> None:
    """Print what became of all messages; SystemExit where the station did what it may not."""
    parser = argparse.ArgumentParser(prog="commands")
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=9)
    given = parser.parse_args(options)
    with tempfile.TemporaryDirectory() as name:
        made = campaign(Path(name), given.count, given.seed)
    print(f"{made.sent:,} commands sent, {made.judged:,} dealt with in {made.took_s:.0f} s (seed {given.seed})")
    print(", ".join(f"{reason} {count:,}" for reason, count in sorted(made.refused.items()) if count))
    print(f"run or ended at once: {made.ran} (at most {made.allowed} may be answered)")
    print(f"written outside the journal: {dict(made.elsewhere) or 'nothing'}")
    for program, count in sorted(made.started.items()):
        print(f"started {count} times: {program}")
    print(f"programs that are none of the known children: {dict(made.strangers) or 'none'}")
    if made.elsewhere or made.strangers or made.judged != made.sent or made.ran > made.allowed:
        raise SystemExit("the station did what it may not do")
