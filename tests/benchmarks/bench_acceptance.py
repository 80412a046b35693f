"""What a whole acceptance costs beyond the traffic that the criteria demand, on a virtual line."""

import os
import tempfile
import time
from importlib import resources
from pathlib import Path

from agent import assignment
from agent.assignment import Assignment
from agent.config import load_station
from agent.demo import FAULTS, Demo
from agent.station import opened
from agent.trust import load_trust
from diagnostics.child import never


def main() -> None:
    """Print the wall time of one acceptance, from the open record to the saved close record."""
    order = Path(str(resources.files("agent") / "examples" / "install.json"))
    with tempfile.TemporaryDirectory() as name:
        demo = Demo(Path(name), FAULTS["none"])
        with demo.line(), opened(load_station(demo.station_config, os.environ)) as station:
            assigned = assignment.load(demo.issue(order), lambda: load_trust(station.config.trust))
            assert isinstance(assigned, Assignment)
            begin = time.perf_counter()
            accepted = station.accept(assigned, never)
            taken = time.perf_counter() - begin
    traffic = 2 * 15
    print(f"{accepted.verdict.outcome}: {taken:.1f} s for {traffic} s of traffic")
    print(f"less 3 s: {(taken - 3) / traffic:.3f} x of the traffic time")


if __name__ == "__main__":
    main()
