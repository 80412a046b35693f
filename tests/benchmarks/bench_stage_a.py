"""What stage (a) with every check takes on a clean virtual line, beside its slowest check alone."""

import os
import tempfile
import time
from dataclasses import replace
from importlib import resources
from pathlib import Path

from agent import work_order
from agent.config import load_station
from agent.demo import FAULTS, Demo
from agent.station import instruments_of, line_of
from diagnostics.check import Context, run_checks
from diagnostics.checks import CHECKS, STAGES
from diagnostics.child import never

ROUNDS = 5


def main() -> None:
    """Print the wall time of stage (a) with what follows it before the load, and of each of its checks alone."""
    order = work_order.load(Path(str(resources.files("agent") / "examples" / "install.json")))
    with tempfile.TemporaryDirectory() as name:
        demo = Demo(Path(name), FAULTS["none"])
        with demo.line():
            config = load_station(demo.station_config, os.environ)
            tested = line_of(config, order)
            bench = instruments_of(config, tested, never, order)
            context = Context(line=replace(tested, gateway="198.18.0.1"), instruments=bench)
            names = [check.name for check in STAGES[0] if check.quantities(tested)]
            wholes = [_taken(context, STAGES[0], STAGES[1]) for _ in range(ROUNDS)]
            alone = {name: _taken(context, (CHECKS[name],)) for name in names}
    print(f"stage (a) and (b): median {sorted(wholes)[ROUNDS // 2]:.2f} s, slowest {max(wholes):.2f} s of {ROUNDS}")
    for name, taken in sorted(alone.items(), key=lambda item: -item[1]):
        print(f"  {name:<12} alone {taken:5.2f} s")


def _taken(context: Context, *stages: object) -> float:
    begin = time.perf_counter()
    run_checks(stages, context)  # type: ignore[arg-type]
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
