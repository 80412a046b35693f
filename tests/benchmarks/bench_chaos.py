"""Thousands of signed orders while everybody is killed again and again, and every message comes ten times and shuffled.

`python -m tests.benchmarks chaos [--orders 2000] [--stations 20] [--seed N] [--database sqlite|postgres] ...`: the
same seed repeats plan, orders, measurements and final decisions.
"""

import argparse
import random
import time
from collections.abc import Sequence

from tests.chaos.plan import draw
from tests.chaos.play import Played, play

ON_REQUEST = True


def main(words: Sequence[str] = ()) -> None:
    """Print the seed, how it goes, and the accounts; fail where anything is lost, doubled or not receipted."""
    parser = argparse.ArgumentParser(prog="chaos")
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--stations", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--resend", type=float, default=900.0, metavar="S", help="when a station sends again")
    parser.add_argument("--minutes", type=float, default=20.0, help="when to give up")
    chosen = parser.parse_args(words)
    plan = draw(chosen.seed, orders=chosen.orders, stations=chosen.stations)
    tests = f"{plan.tests} tests of {len(plan.jobs)} orders on {len(plan.stations)} stations"
    print(f"seed {plan.seed}, plan {plan.digest}: {tests}, {len(plan.blows)} blows, {chosen.database}", flush=True)
    begin = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - begin:5.0f} s  {words}", flush=True)

    played = play(plan, engine=chosen.database, bound_s=chosen.minutes * 60, resend_s=chosen.resend, say=say)
    _tell(played)
    assert not played.accounts.faults


def _tell(played: Played) -> None:
    tale, made = played.tale, played.accounts
    killed = ", ".join(f"{name} {times}" for name, times in sorted(tale.killed.items()))
    print(f"killed {sum(tale.killed.values())}: {killed}")
    for words in tale.ended:
        print(f"ended without being killed: {words}")
    print(f"the relay {tale.relayed} since it was last killed; {tale.lines['repeated']} repeats were answered")
    print(f"{made.records} records, {made.closed} work orders closed, {tale.took_s:.0f} s")
    print(
        f"lost {len(made.lost)}, closed twice {len(made.closed_twice)}, not receipted {len(made.unreceipted)}, ", end=""
    )
    print(f"wrong {len(made.wrong)}; measurements {made.measurements}, decisions {made.decisions}")
    for words in made.faults[:50]:
        print(words)
