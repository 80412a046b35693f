"""Throughput, one direction alone: the ceiling of the port first, then the runs, then the same figure in three units.

What one reflector did not serve, or missed narrowly, is measured once more by another one, never more than once; which
of the two counts is a stated rule, and both stand in the record.
"""

from collections.abc import Iterable, Sequence

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.checks.rounds import Series, series_on
from diagnostics.figure import Figure, near_miss, second_decides
from diagnostics.instruments import Direction
from diagnostics.limits import floor_mbps
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

_RESULTS = ("mbps", "layer", "contract_ratio", "kbyte_s_per_mbit", "bytes", "us", "confidence", "retransmits")
_NOT_SERVED = ("busy", "refused", "unreachable", "timeout", "disturbed", "unparseable", "auth_rejected")


class _Throughput:
    """The check of one direction."""

    def __init__(self, way: Direction) -> None:
        self._way = way

    def rate(self, line: Line) -> float:
        return line.ordered.down_mbps if self._way == "down" else line.ordered.up_mbps

    def quantities(self, line: Line) -> Sequence[Name]:
        if not self.rate(line):
            return []
        return [(f"throughput_{self._way}_{word}", "") for word in ("ceiling_mbps", *_RESULTS, "repeat")]

    def run(self, context: Context) -> Iterable[Measurement]:
        if not self.rate(context.line):
            return []
        if not context.line.reflectors:
            absent = Failure(kind="instrument_limit", stage="throughput", detail="the order names no reflector")
            return all_failed(context, self.quantities(context.line), absent, "iperf3")
        first, second = series_on(context, self._way, 0), None
        other = _another(context.line)
        if other is not None and self._is_repeated(context, first):
            second = series_on(context, self._way, other)
        decides = second if second is not None and second_decides(first.figure, second.figure) else first
        made = [self._ceiling(context, decides), *self._results(context, decides, _both_failed(first, second))]
        return [*made, self._repeat(context, first, second)]

    def _is_repeated(self, context: Context, first: Series) -> bool:
        if isinstance(first.outcome, Failure):
            return first.outcome.kind in _NOT_SERVED
        floor = floor_mbps(context.limits, f"throughput_{self._way}_mbps")
        return near_miss(_mbps(context, first), floor)

    def _ceiling(self, context: Context, series: Series) -> Measurement:
        name = f"throughput_{self._way}_ceiling_mbps"
        if series.ceiling_mbps is None:
            unknown = Failure(kind="not_supported", stage="ceiling", detail="no port speed is known")
            return context.failed(name, unknown, series.ceiling_source)
        return context.measured(name, series.ceiling_mbps, series.ceiling_source)

    def _results(self, context: Context, series: Series, both: Failure | None) -> list[Measurement]:
        window = context.window
        source = f"iperf3: {window.streams} connections, {window.average_s} s after {window.discard_s} s discarded"
        if window.rounds > 1:
            source += f", {window.statistic} of {window.rounds} rounds"
        if isinstance(series.outcome, Failure):
            names = [(f"throughput_{self._way}_{word}", "") for word in _RESULTS]
            return all_failed(context, names, both or series.outcome, source)
        return self._figures(context, series, series.outcome, f"{source}; reflector {series.place + 1}")

    def _figures(self, context: Context, series: Series, figure: Figure, source: str) -> list[Measurement]:
        rate, mbps = self.rate(context.line), _mbps(context, series)
        told = (context.window.layer, mbps / rate, mbps * 1000 / 8 / rate, figure.payload_bytes, figure.us)
        values = (mbps, *told, figure.confidence)
        names = [f"throughput_{self._way}_{word}" for word in _RESULTS]
        made = [context.measured(name, value, source) for name, value in zip(names, values, strict=False)]
        if figure.retransmits is None:
            silent = Failure(kind="not_supported", stage="iperf3", detail="the sender did not tell")
            return [*made, context.failed(names[-1], silent, source)]
        return [*made, context.measured(names[-1], figure.retransmits, source)]

    def _repeat(self, context: Context, first: Series, second: Series | None) -> Measurement:
        name = f"throughput_{self._way}_repeat"
        if second is None:
            none = Failure(kind="not_applicable", stage="throughput", detail="nothing was measured again")
            return context.failed(name, none, "iperf3")
        words = f"{_told(context, first)}, so it was measured once more: {_told(context, second)}"
        if first.figure is not None and second.figure is not None:
            words += "; the higher one counts, for a reflector can lose bytes and never add any"
        return context.measured(name, words, "iperf3")


def _mbps(context: Context, series: Series) -> float:
    """The rate of a series at the layer that the criteria count; zero where it failed."""
    return series.figure.mbps * series.path.layer_factor(context.window.layer) if series.figure else 0.0


def _told(context: Context, series: Series) -> str:
    if isinstance(series.outcome, Failure):
        return f"reflector {series.place + 1} gave no figure ({series.outcome.kind})"
    return f"{_mbps(context, series):.1f} Mbit/s by reflector {series.place + 1}"


def _another(line: Line) -> int | None:
    """The place of the first reflector in the order that is not the first one over again."""
    places = (place for place, reflector in enumerate(line.reflectors) if reflector != line.reflectors[0])
    return next(places, None)


def _both_failed(first: Series, second: Series | None) -> Failure | None:
    """The failure of two reflectors: the first one's kind, with the words of both."""
    if second is None or not isinstance(first.outcome, Failure) or not isinstance(second.outcome, Failure):
        return None
    words = f"{first.outcome.detail}; reflector {second.place + 1} then: {second.outcome}"
    return Failure(kind=first.outcome.kind, stage=first.outcome.stage, detail=words)


def _check(way: Direction) -> Check:
    made = _Throughput(way)
    return Check(name=f"throughput_{way}", quantities=made.quantities, run=made.run)


DOWN = _check("down")
UP = _check("up")
