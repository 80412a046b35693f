"""What a check takes while broadcast floods the line, beside the same check on the quiet line, and how much came."""

import time
from contextlib import nullcontext
from pathlib import Path

from diagnostics.scapy_wire import WireChild
from tests.diagnostics.wire.peers import GATEWAY_ADDRESS, STATION_INTERFACE, Wire, python, running

ROUNDS = 5
ASKED = {
    "neighbours": {"gateway": GATEWAY_ADDRESS},
    "vlan": {"stacks": [[]], "gateway": GATEWAY_ADDRESS, "listen_s": 30.0},
}


def main() -> None:
    """Print for each check the median wall time with and without the flood, and the frames a second that arrived."""
    with Wire() as line:
        for check in ASKED:
            taken = {flooded: sorted(_round(line, check, flooded) for _ in range(ROUNDS)) for flooded in (False, True)}
            quiet, loud = taken[False][ROUNDS // 2], taken[True][ROUNDS // 2]
            print(
                f"{check:<11} quiet {quiet[0]:5.2f} s   flooded {loud[0]:5.2f} s = {loud[0] / quiet[0]:.2f} x, "
                f"at least {min(rate for _, rate in taken[True]):,.0f} frames/s of broadcast"
            )


def _round(line: Wire, check: str, flooded: bool) -> tuple[float, float]:
    """Seconds that the check took, and frames a second meanwhile; it must have had its answer."""
    wire = WireChild(STATION_INTERFACE, line.station.path)
    with running(line.network, python("echoes", "flood"), "ready") if flooded else nullcontext():
        before, begin = _received(line), time.monotonic()
        heard = wire.ask(check, ASKED[check], deadline_s=120.0)
        taken = time.monotonic() - begin
        rate = (_received(line) - before) / taken
    if heard.failure is not None or not heard.lines:
        raise SystemExit(f"{check}: had no answer: {heard.failure}")
    return taken, rate


def _received(line: Wire) -> int:
    """Frames that the station's interface has received."""
    table = Path(f"/proc/{line.station.pid}/net/dev").read_text()
    counters = next(row.partition(":")[2] for row in table.splitlines() if row.strip().startswith(STATION_INTERFACE))
    return int(counters.split()[1])


if __name__ == "__main__":
    main()
