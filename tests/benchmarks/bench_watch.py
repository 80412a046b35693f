"""How long after the last answer of an ONT a watch tells it: from its word to the verb's event, over real children.

The ONT says another power each time and notes when; run with `python -m tests.benchmarks watch`. Both transports in
turn, with and without time to think, on a machine that is idle and on one whose every core is busy.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drivers.capture import load_capture
from drivers.virtual.ont import Faults, VirtualOnt
from tests.agent.support.asked import asked, at_ont

SECONDS = 12
RX = "ont_rx_power_dbm"
LIT = load_capture("huawei_wap", "lit")


class Speaking:
    """An ONT whose received power is another one in each look, and when it gave the last answer of that look."""

    def __init__(self) -> None:
        self.said: dict[float, float] = {}
        self._power = 0.0

    def optics(self, text: str) -> str:
        """The first answer of a look."""
        self._power = round(-20 - len(self.said) / 100, 2)
        self.said[self._power] = time.monotonic()
        return text.replace(f"{LIT.values[RX]:.2f}", f"{self._power:.2f}")

    def counters(self, text: str) -> str:
        """The second and last one."""
        self.said[self._power] = time.monotonic()
        return text


@contextmanager
def busy(cores: int) -> Iterator[None]:
    """So many processes that do nothing but take a core."""
    burn = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(cores)]
    try:
        yield
    finally:
        for each in burn:
            each.kill()
            each.wait()


def delays_ms(transport: str, think_s: float) -> tuple[list[float], list[float]]:
    """Of one watch: milliseconds from each answer to its event, and what the ONT's reading took."""
    speaking, heard = Speaking(), list[tuple[float, dict[str, Any]]]()
    live = {"display optic": speaking.optics, "display pon statistics": speaking.counters}
    ont = VirtualOnt(capture=LIT, faults=Faults(think_s=think_s), live=live)

    class Heard(list[dict[str, Any]]):
        def append(self, event: dict[str, Any]) -> None:
            heard.append((time.monotonic(), event))

    with tempfile.TemporaryDirectory() as folder, at_ont(Path(folder), ont, transport) as home:
        asked(home, "ont.watch", heard=Heard(), seconds=SECONDS)
    told = [(at, event) for at, event in heard if event["values"].get(RX) in speaking.said]
    return (
        [1000 * (at - speaking.said[event["values"][RX]] - think_s) for at, event in told],
        [event["took_ms"] for _, event in told],
    )


def main() -> None:
    """All of them, one after the other."""
    for cores in (0, os.cpu_count() or 1):
        with busy(cores):
            for transport in ("telnet", "ssh"):
                for think_s in (0.0, 0.1):
                    delays, took = delays_ms(transport, think_s)
                    words = f"{transport}, {think_s * 1000:.0f} ms an answer, {cores} cores busy: {len(delays)} looks"
                    reading = f"reading took {statistics.median(took):.0f} ms"
                    later = f"told {statistics.median(delays):.1f} ms after the last answer, at most {max(delays):.1f}"
                    print(f"{words}, {reading}, {later}", flush=True)


if __name__ == "__main__":
    main()
