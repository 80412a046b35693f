"""One TCP connection as RFC 6349 tests it: each way alone, then both at once, with an echo beside each transfer.

Transfer time, efficiency and buffer delay come out for each direction; what they follow from is taken from what is
known, and where that is missing they say so.
"""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from statistics import fmean

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.checks.filling import WAYS, echoes, fill, fill_both, segment_bytes, told_of
from diagnostics.checks.rfc6349 import unknown
from diagnostics.instruments import Direction, Run, Window
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement
from diagnostics.rfc6349 import buffer_delay_ratio, efficiency_ratio, transfer_time_ratio

_BESIDE_S = 0.1  # between two echo requests beside a transfer
_FIGURES = (
    "tcp_throughput_mbps",
    "tcp_transfer_time_ratio",
    "tcp_efficiency_ratio",
    "tcp_loaded_rtt_ms",
    "tcp_buffer_delay_ratio",
)


@dataclass(frozen=True, slots=True)
class _Tcp:
    """One connection in one direction, or one in each of two at once."""

    ways: tuple[Direction, ...]

    @property
    def name(self) -> str:
        return self.ways[0] if len(self.ways) == 1 else "both"

    def index(self, way: Direction) -> str:
        return way if len(self.ways) == 1 else f"{way} of both"

    def quantities(self, line: Line) -> Sequence[Name]:
        return [(quantity, self.index(way)) for way in self.ways for quantity in _FIGURES]

    def run(self, context: Context) -> Iterable[Measurement]:
        window = replace(context.window, streams=1)
        if not all(context.number("tcp_bandwidth_mbps", way) for way in self.ways):
            yield from all_failed(context, self.quantities(context.line), unknown("bandwidth"), told_of(window))
            return
        with ThreadPoolExecutor(max_workers=1) as threads:
            beside = threads.submit(_loaded_ms, context, window)
            runs = self._fill(context, window)
        for way, run in runs.items():
            for quantity, value in zip(_FIGURES, _figures(context, way, run, beside.result()), strict=True):
                yield _made(context, quantity, value, told_of(window), self.index(way))

    def _fill(self, context: Context, window: Window) -> dict[Direction, Run | Failure]:
        title = f"TCP {self.name}"
        if len(self.ways) == 1:
            way = self.ways[0]
            return {way: fill(context, way, window, title, context.number("tcp_bandwidth_mbps", way))}
        return fill_both(context, window, title)


def _made(context: Context, quantity: str, value: float | Failure, source: str, index: str) -> Measurement:
    if isinstance(value, Failure):
        return context.failed(quantity, value, source, index=index)
    return context.measured(quantity, value, source, index=index)


def _loaded_ms(context: Context, window: Window) -> float | Failure:
    """The mean round trip in the counted window of a run that begins now, in ms."""
    discarded = int(window.discard_s / _BESIDE_S)
    counted = max(1, int((window.average_s - 0.5) / _BESIDE_S))  # none after the end of the run
    made = echoes(context, count=discarded + counted, interval_s=_BESIDE_S)
    return made if isinstance(made, Failure) else fmean(made.rtts_ms[discarded:] or made.rtts_ms)


def _figures(
    context: Context, way: Direction, run: Run | Failure, loaded_ms: float | Failure
) -> tuple[float | Failure, ...]:
    if isinstance(run, Failure):
        return (run,) * len(_FIGURES)
    bandwidth = context.number("tcp_bandwidth_mbps", way) or 0.0
    ratio = transfer_time_ratio(run.payload_bytes, run.us, bandwidth)
    return (
        run.mbps,
        unknown("payload") if ratio is None else ratio,
        _efficiency(context, run),
        loaded_ms,
        loaded_ms if isinstance(loaded_ms, Failure) else _buffer_delay(context, loaded_ms),
    )


def _efficiency(context: Context, run: Run) -> float | Failure:
    if run.retransmits is None:
        return Failure(kind="not_supported", stage="iperf3", detail="the sender did not tell what it sent again")
    again = run.retransmits * segment_bytes(context)
    ratio = efficiency_ratio(run.payload_bytes + again, again)
    return unknown("payload") if ratio is None else ratio


def _buffer_delay(context: Context, loaded_ms: float) -> float | Failure:
    ratio = buffer_delay_ratio(loaded_ms, context.number("tcp_baseline_rtt_ms") or 0.0)
    return unknown("round trip") if ratio is None else ratio


_ALL = (_Tcp(("down",)), _Tcp(("up",)), _Tcp(WAYS))
TCP = tuple(Check(name=f"tcp_{made.name}", quantities=made.quantities, run=made.run) for made in _ALL)
