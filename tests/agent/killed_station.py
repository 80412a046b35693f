"""A station that kills itself at the n-th call of our own code: one acceptance with fakes, then delivery.

Run as `python -m tests.agent.killed_station CONFIG ORDER KILL_AT`; KILL_AT 0 lives, and prints how many calls it took.
"""

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from agent.acceptance import accept
from agent.assignment import Assignment
from agent.config import load_station
from agent.delivery import Delivery, Pace
from agent.station import opened
from agent.trust import load_trust
from agent.work_order import WorkOrder
from diagnostics.line import Line
from tests.diagnostics.fakes import instruments

AGENT = str(Path(__file__).parents[2] / "agent")
DELIVER_S = 20.0


class Axe:
    """Counts calls of functions in agent/, and falls at one of them."""

    def __init__(self, kill_at: int) -> None:
        self.calls = 0
        self._kill_at = kill_at

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(AGENT):
            self.calls += 1
            if self.calls == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


def main(config_file: str, order_file: str, kill_at: int) -> None:
    """Walk the whole path once."""
    order = WorkOrder.parse(Path(order_file).read_bytes())
    config = load_station(Path(config_file), {})
    axe = Axe(kill_at)
    sys.setprofile(axe)
    with opened(config) as station:
        line = Line(interface="lan0", reflectors=order.reflectors, ordered=order.ordered)
        discretion = station.discretion(Assignment(order=order))
        accept(
            order,
            chain=station.chain,
            line=line,
            instruments=instruments(),
            environment={"software": "test"},
            discretion=discretion,
        )
        assert config.mqtt is not None
        pace = Pace(chance=lambda: 0.0)
        births = config.state_dir / "births"
        Delivery(station.chain, load_trust(config.trust), config.mqtt, births=births, pace=pace).deliver(DELIVER_S)
        left = len(station.chain.pending())
    sys.setprofile(None)
    print(axe.calls, left)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
