"""The window scan of RFC 6349: one connection with windows below, at and above the bandwidth-delay product.

A window that the product makes too small to say anything is not tried; what a window should carry is worked out before
it is tried.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.checks.filling import WAYS, fill, segment_bytes, told_of
from diagnostics.checks.rfc6349 import unknown
from diagnostics.instruments import Direction, Window
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement
from diagnostics.rfc6349 import LEAST_SEGMENTS, SHARES, Step, window_scan

_QUANTITIES = ("tcp_window_bytes", "tcp_window_expected_mbps", "tcp_window_mbps", "tcp_window_ratio")
_DISCARD_S, _AVERAGE_S = 2, 5  # enough for 1.2 % on shaped lines


def scan_window(window: Window) -> Window:
    """The window of time of one step: one connection, never longer than the run that the criteria demand."""
    return replace(
        window,
        discard_s=min(window.discard_s, _DISCARD_S),
        average_s=min(window.average_s, _AVERAGE_S),
        streams=1,
    )


@dataclass(frozen=True, slots=True)
class _Scan:
    """The scan of one direction."""

    way: Direction

    def index(self, step: Step) -> str:
        return f"{self.way} {step.index}"

    def quantities(self, line: Line) -> Sequence[Name]:
        return [(quantity, self.index(step)) for step in window_scan(1.0, 1.0, SHARES) for quantity in _QUANTITIES]

    def run(self, context: Context) -> Iterable[Measurement]:
        rtt_ms = context.number("tcp_baseline_rtt_ms")
        bandwidth = context.number("tcp_bandwidth_mbps", self.way)
        if not rtt_ms or not bandwidth:
            nothing = unknown("bandwidth" if rtt_ms else "round trip")
            yield from all_failed(context, self.quantities(context.line), nothing, "window scan")
            return
        for step in window_scan(rtt_ms, bandwidth):
            yield from self._step(context, step)

    def _step(self, context: Context, step: Step) -> Iterable[Measurement]:
        index = self.index(step)
        yield context.measured("tcp_window_bytes", step.window_bytes, "round trip x bandwidth", index=index)
        yield context.measured("tcp_window_expected_mbps", step.expected_mbps, "window / round trip", index=index)
        window = replace(scan_window(context.window), window_bytes=step.window_bytes)
        run = _too_small(context, step) or fill(context, self.way, window, f"window {index}", step.expected_mbps)
        if isinstance(run, Failure):
            yield from all_failed(context, [(name, index) for name in _QUANTITIES[2:]], run, told_of(window))
            return
        yield context.measured("tcp_window_mbps", run.mbps, told_of(window), index=index)
        yield context.measured("tcp_window_ratio", run.mbps / step.expected_mbps, told_of(window), index=index)


def _too_small(context: Context, step: Step) -> Failure | None:
    if step.window_bytes >= LEAST_SEGMENTS * segment_bytes(context):
        return None
    words = f"the path is so short that {step.window_bytes} B are fewer than {LEAST_SEGMENTS} segments"
    return Failure(kind="not_applicable", stage="window scan", detail=words)


WINDOW_SCAN = tuple(
    Check(name=f"window_scan_{made.way}", quantities=made.quantities, run=made.run) for made in map(_Scan, WAYS)
)
