"""The path as RFC 6349 wants it known before TCP is tested: round trip of the idle line, then bandwidth each way.

The bandwidth is what many connections together carry; the window that it takes to fill the path follows from both.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.checks.filling import WAYS, echoes, fill, told_of
from diagnostics.instruments import Direction
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement
from diagnostics.rfc6349 import bdp_bytes

ECHOES, INTERVAL_S = 50, 0.05


def unknown(what: str) -> Failure:
    """The failure of a figure that follows from another one which is not known, or is zero."""
    return Failure(kind="not_applicable", stage="rfc6349", detail=f"follows from the {what}, which is unknown or zero")


def _run_baseline(context: Context) -> Iterable[Measurement]:
    source = f"icmp: {ECHOES} echo requests to the reflector, line idle"
    made = echoes(context, count=ECHOES, interval_s=INTERVAL_S)
    if isinstance(made, Failure):
        return [context.failed("tcp_baseline_rtt_ms", made, source)]
    return [context.measured("tcp_baseline_rtt_ms", median(made.rtts_ms), source)]


@dataclass(frozen=True, slots=True)
class _Bandwidth:
    """The bandwidth of the path in one direction, and the window that fills it."""

    way: Direction

    def quantities(self, line: Line) -> Sequence[Name]:
        return [("tcp_bandwidth_mbps", self.way), ("tcp_bdp_bytes", self.way)]

    def run(self, context: Context) -> Iterable[Measurement]:
        source = told_of(context.window)
        ordered = context.line.ordered
        rate = {"down": ordered.down_mbps, "up": ordered.up_mbps}[self.way]
        run = fill(context, self.way, context.window, f"bandwidth {self.way}", rate or None)
        if isinstance(run, Failure):
            return all_failed(context, self.quantities(context.line), run, source)
        made = [context.measured("tcp_bandwidth_mbps", run.mbps, source, index=self.way)]
        rtt_ms = context.number("tcp_baseline_rtt_ms")
        if rtt_ms is None:
            return [*made, context.failed("tcp_bdp_bytes", unknown("round trip"), source, index=self.way)]
        window = bdp_bytes(rtt_ms, run.mbps)
        return [*made, context.measured("tcp_bdp_bytes", window, "round trip x bandwidth", index=self.way)]


BASELINE = Check(name="baseline", quantities=lambda line: [("tcp_baseline_rtt_ms", "")], run=_run_baseline)
BANDWIDTH = tuple(
    Check(name=f"bandwidth_{made.way}", quantities=made.quantities, run=made.run) for made in map(_Bandwidth, WAYS)
)
