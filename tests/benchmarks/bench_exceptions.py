"""Raises an exception once at every call on the path of an order, one after the other: each story must end well.

`python -m tests.benchmarks exceptions [--share K/N]`: about ten minutes for all of them; a share takes its part.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from agent.keys import new_private
from tests.agent.broken_once import Breaker, Broken, Walk
from tests.agent.broker import Broker, mosquitto
from tests.agent.conftest import HOLDERS, Ring

ON_REQUEST = True
_TELL_EVERY = 100


def _quiet() -> None:
    loud = threading.excepthook
    threading.excepthook = lambda told: None if told.exc_type is Broken else loud(told)


def main(words: Sequence[str] = ()) -> None:
    """Print how many calls were broken, how each ended, and every story that did not end well."""
    parser = argparse.ArgumentParser(prog="exceptions")
    parser.add_argument("--share", default="1/1", metavar="K/N")
    share, of = map(int, parser.parse_args(words).share.split("/"))
    _quiet()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        keys = base / "keys"
        keys.mkdir(mode=0o700)
        ring = Ring(*[new_private(keys / f"{name}.jwk") for name in HOLDERS], folder=keys)
        with mosquitto(base) as broker:
            counting = Breaker()
            assert not Walk(base, ring, broker, "whole").told(counting).faults()
            _campaign([*sorted(counting.seen)][share - 1 :: of], base, ring, broker)


def _campaign(names: Sequence[str], base: Path, ring: Ring, broker: Broker) -> None:
    begin, wrong, steps = time.perf_counter(), 0, dict[str, int]()
    for number, name in enumerate(names, 1):
        told = Walk(base, ring, broker, f"broken-{number}").told(Breaker(name))
        steps[told.steps] = steps.get(told.steps, 0) + 1
        if told.faults():
            wrong += 1
            print(f"{name}: {', '.join(told.faults())}: {told}", flush=True)
        if number % _TELL_EVERY == 0:
            print(f"{number} of {len(names)}, {time.perf_counter() - begin:.0f} s", flush=True)
    ends = ", ".join(f"{many} {kind}" for kind, many in sorted(steps.items(), key=lambda each: -each[1]))
    print(f"{len(names)} calls broken once, {wrong} stories ended badly; the attempts' records: {ends}")
