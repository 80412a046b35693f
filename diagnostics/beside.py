"""What was watched beside one run, as a series for the record and as figures; pure.

All times are monotonic; in the record they count in milliseconds from the start of the run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from diagnostics.cross_traffic import Report, foreign_share, steady_share
from diagnostics.instruments import Direction, HostSample, Window
from diagnostics.latency import Figures, loaded, percentile
from diagnostics.measurement import Failure, Measurement, Value

LATENCIES = ("loaded_p50_ms", "loaded_p95_ms", "loaded_p99_ms", "loss_ratio", "added_ms")
STATION = ("station_cpu_max_ratio", "station_softirq_max_ratio", "station_temperature_celsius", "station_throttling")
ENGINE = ("station_iperf3_cpu_ratio", "reflector_iperf3_cpu_ratio")
_WORST = ("none", "throttled", "under_voltage")
_LEAD_S = 1.0  # the second before the counted window: as loaded as the window itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """One run's company: the station each second, echo requests `(sent at, µs or None)`, what the ONT counted."""

    began_s: float
    window: Window
    host: Sequence[HostSample] | Failure = ()
    echoes: Sequence[tuple[float, int | None]] = ()
    ont: Sequence[tuple[float, Measurement]] = ()

    def series(self) -> dict[str, Any]:
        """The series as the record has them (docs/record.md); what was not watched is left out."""
        host = () if isinstance(self.host, Failure) else self.host
        made: dict[str, list[list[Any]]] = {
            "rtt_us": [[self._ms(at_s), rtt_us] for at_s, rtt_us in self.echoes],
            "interface": [[self._ms(s.at_s), s.rx_bytes, s.tx_bytes] for s in host],
            "cpu": [[self._ms(s.at_s), list(s.busy), max(s.softirq)] for s in host if s.busy and s.softirq],
            "ont": [[self._ms(at_s), m.quantity, m.index, m.value] for at_s, m in self.ont if m.value is not None],
        }
        return {name: sorted(entries, key=lambda entry: int(entry[0])) for name, entries in made.items() if entries}

    def _ms(self, at_s: float) -> int:
        return max(0, round((at_s - self.began_s) * 1000))

    def latencies(self, idle_p50_ms: float | None) -> Figures:
        """The round trip while the line was full; the echo requests of the counted window and a second before it."""
        return loaded([None if us is None else us / 1000 for us in self._under_load()], idle_p50_ms)

    def _under_load(self) -> list[int | None]:
        begin = self.began_s + max(0.0, self.window.discard_s - _LEAD_S)
        end = self.began_s + self.window.discard_s + self.window.average_s
        return [us for at_s, us in self.echoes if begin <= at_s <= end]

    def foreign_share(self, way: Direction, report: Report | Failure, header: int) -> float | Failure:
        """The share of the interface's bytes that were not the run's: over all of it and in its window, the lower."""
        for trouble in (self.host, report):
            if isinstance(trouble, Failure):
                return trouble
        assert not isinstance(self.host, Failure) and not isinstance(report, Failure)
        answered = [us / 1e6 for us in self._under_load() if us is not None]
        tail_s = percentile(answered, 0.95) if answered else 1.0
        whole = foreign_share(way, report, self.host, header=header, tail_s=tail_s)
        window = [sample for sample in self.host if self._is_counted(sample.at_s)]
        steady = steady_share(way, report, window, header=header)
        return whole if isinstance(whole, Failure) or isinstance(steady, Failure) else min(whole, steady)

    def station(self) -> Mapping[str, Value | Failure]:
        """How busy, hot and well fed the station was over the counted window."""
        if isinstance(self.host, Failure):
            return dict.fromkeys(STATION, self.host)
        counted = [s for s in self.host if self._is_counted(s.at_s)] or list(self.host)
        flags = [s.throttling for s in counted if s.throttling]
        heat = [s.celsius for s in counted if s.celsius is not None]
        busiest = [max(s.busy) / 1000 for s in counted if s.busy]
        softirq = [max(s.softirq) / 1000 for s in counted if s.softirq]
        return {
            "station_cpu_max_ratio": median(busiest) if busiest else _UNTOLD,
            "station_softirq_max_ratio": max(softirq, default=_UNTOLD),
            "station_temperature_celsius": max(heat, default=_UNTOLD),
            "station_throttling": max(flags, key=_WORST.index, default=_UNTOLD),
        }

    def _is_counted(self, at_s: float) -> bool:
        begin = self.began_s + self.window.discard_s
        return begin < at_s <= begin + self.window.average_s


def engine(report: Report | Failure) -> Mapping[str, Value | Failure]:
    """How hard the two iperf3 worked."""
    if isinstance(report, Failure):
        return dict.fromkeys(ENGINE, report)
    told = (report.station_cpu, report.reflector_cpu)
    return {name: _UNTOLD if share is None else share for name, share in zip(ENGINE, told, strict=True)}


_UNTOLD = Failure(kind="not_supported", stage="watch", detail="nothing here tells")
