"""A throughput check with company: while its engine runs, the round trip, the station and the ONT are watched.

The engine is not touched and never waits for a watcher longer than it takes to tell it to end. What was watched joins
the run's own entry in the record, and becomes measurements of the run that gave the figure.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from diagnostics.beside import ENGINE, LATENCIES, STATION, Beside, engine
from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.cross_traffic import header_bytes, read_report
from diagnostics.instruments import Approach, BothWays, Direction, Family, Heard, Run, Window
from diagnostics.line import Line, Reflector
from diagnostics.measurement import Failure, Measurement, Value
from diagnostics.trial import Trial

ECHO_INTERVAL_S = 0.1
_FIRST_SAMPLE_S = 10.0
_GRACE_S = 90.0  # watchers are told to end; this only bounds them where nobody does
_ONT_COUNTS = ("ont_uptime_s", "ont_lan_rx_bytes", "ont_lan_tx_bytes", "ont_lan_rx_packets", "ont_lan_tx_packets")
_PON_COUNTS = ("ont_bip_errors", "ont_fec_corrected_codewords", "ont_fec_uncorrectable_codewords", "ont_hec_errors")


def watched(check: Check, way: Direction) -> Check:
    """The check of one direction, with what is watched beside its runs."""

    def quantities(line: Line) -> Sequence[Name]:
        own = check.quantities(line)
        return [*own, *names(way)] if own and line.reflectors else own

    def run(context: Context) -> Iterable[Measurement]:
        company = _Company(context)
        instruments = replace(context.instruments, throughput=company)
        made = list(check.run(replace(context, instruments=instruments, tried=company.join)))
        return [*made, *company.measurements(way, made)]

    return replace(check, quantities=quantities, run=run)


def names(way: Direction) -> list[Name]:
    """What is learnt beside the runs of one direction."""
    latencies = [(f"latency_{way}_{word}", "") for word in LATENCIES]
    return [*latencies, (f"cross_traffic_{way}_ratio", ""), *((name, way) for name in (*STATION, *ENGINE))]


class _Company:
    """The throughput engine of a context, every run of it watched."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._made: list[tuple[Beside, Run | Failure, Reflector]] = []
        self._latest: Beside | None = None
        self._approaches: dict[str, Approach] = {}

    def approach(self, reflector: Reflector, family: Family) -> Approach | Failure:
        """Look up how a reflector is reached over the line, before a run."""
        made = self._context.instruments.throughput.approach(reflector, family)
        if isinstance(made, Approach):
            self._approaches[made.address] = made
        return made

    def run_both(self, reflector: Reflector, window: Window, on_second: Callable[[float], None]) -> BothWays | Failure:
        """Fill the line in both directions at once; a diagnosis asks for that, and nothing watches it."""
        return self._context.instruments.throughput.run_both(reflector, window, on_second)

    def run(
        self, direction: Direction, reflector: Reflector, window: Window, on_second: Callable[[float], None]
    ) -> Run | Failure:
        """Fill the line in one direction, and watch until that is done."""
        instruments, over = self._context.instruments, threading.Event()
        with ThreadPoolExecutor(max_workers=3) as threads:
            try:
                watchers = self._start(threads, direction, reflector, window, over)
                began_s = instruments.clock.monotonic()
                made = instruments.throughput.run(direction, reflector, window, on_second)
            finally:
                over.set()
        self._latest = watchers(began_s)
        self._made.append((self._latest, made, reflector))
        return made

    def _start(
        self, threads: ThreadPoolExecutor, way: Direction, reflector: Reflector, window: Window, over: threading.Event
    ) -> Callable[[float], Beside]:
        """Start the watchers; returns what gathers them once they have ended."""
        instruments, sampled = self._context.instruments, threading.Event()
        deadline_s = window.discard_s + window.average_s + _GRACE_S
        host = threads.submit(
            instruments.host.watch,
            self._context.line.interface,
            until=over.is_set,
            deadline_s=deadline_s,
            on_sample=sampled.set,
        )
        host.add_done_callback(lambda _: sampled.set())
        echoes = threads.submit(
            instruments.wire.ask,
            "latency",
            {"address": reflector.host, "interval_s": ECHO_INTERVAL_S},
            deadline_s=deadline_s,
            until=over.is_set,
        )
        ont = threads.submit(self._counted, way)
        sampled.wait(_FIRST_SAMPLE_S)  # the first sample must lie before the first byte
        return lambda began_s: Beside(
            began_s=began_s, window=window, host=host.result(), echoes=_round_trips(echoes), ont=ont.result()
        )

    def _counted(self, way: Direction) -> list[tuple[float, Measurement]]:
        """What the ONT counted before the download, or counts in the upload's first seconds, which are discarded."""
        clock, before = self._context.instruments.clock, _counters(self._context.known)
        if way == "up" and before and not self._made:
            before = _counters(self._context.instruments.terminal.read().measurements)
        return [(clock.monotonic(), m) for m in before]

    def join(self, trial: Trial) -> None:
        """Put what was watched into the entry of the run that was just made; an entry without a run stays as it is."""
        beside, self._latest = self._latest, None
        self._context.tried(replace(trial, beside=beside.series()) if beside else trial)

    def measurements(self, way: Direction, made: Sequence[Measurement]) -> Iterable[Measurement]:
        """What was learnt beside the run that gave the figure, else beside the last one that was made."""
        if not self._made:
            unmade = Failure(kind="not_applicable", stage="beside", detail="no run was made")
            return all_failed(self._context, names(way), unmade, "beside")
        figure = next((m.value for m in made if m.quantity == f"throughput_{way}_bytes"), None)
        chosen = [one for one in self._made if isinstance(one[1], Run) and one[1].payload_bytes == figure]
        beside, run, reflector = (chosen or self._made)[-1]
        failed = Failure(kind="not_applicable", stage="beside", detail="the run gave no report")
        report = failed if isinstance(run, Failure) else read_report(run)
        header = header_bytes(self._approaches.get(reflector.host), pppoe=self._context.line.dialled)
        latencies = beside.latencies(self._context.number("latency_idle_p50_ms"))
        share = beside.foreign_share(way, report, header)
        return [
            *self._told(
                {(f"latency_{way}_{word}", ""): figure for word, figure in latencies.items()}, "icmp under load"
            ),
            *self._told({(f"cross_traffic_{way}_ratio", ""): share}, "kernel: interface counters against iperf3"),
            *self._told({(name, way): value for name, value in beside.station().items()}, "kernel: /proc and /sys"),
            *self._told({(name, way): value for name, value in engine(report).items()}, "iperf3: processor time"),
        ]

    def _told(self, found: Mapping[Name, Value | Failure], source: str) -> list[Measurement]:
        return [
            self._context.failed(quantity, value, source, index=index)
            if isinstance(value, Failure)
            else self._context.measured(quantity, value, source, index=index)
            for (quantity, index), value in found.items()
        ]


def _counters(measurements: Sequence[Measurement]) -> list[Measurement]:
    return [m for m in measurements if m.quantity in (*_ONT_COUNTS, *_PON_COUNTS) and m.value is not None]


def _round_trips(echoes: "Future[Heard]") -> list[tuple[float, int | None]]:
    """What the wire child told, in the order of sending; a line of another form is passed over."""
    lines = echoes.result().lines
    told = [(float(line["at_s"]), line["rtt_us"]) for line in lines if {"at_s", "rtt_us"} <= line.keys()]
    return sorted(told, key=lambda one: one[0])
