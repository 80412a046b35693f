"""What a watch of an ONT has told so far: the newest values, lowest and highest, trend of the light, rates of counters.

Pure: seconds come with the events. A value that was not told is never filled in, a counter that fell tells no rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from diagnostics.measurement import sanitised

RX, TX = "ont_rx_power_dbm", "ont_tx_power_dbm"
TREND_S, STEADY_DB = 10.0, 0.2  # as the station's page has it, so that both screens say the same
LEAST_POINTS = 4
MOST = 1200
_COUNTERS = ("_errors", "_codewords", "_packets", "_bytes")

Trend = Literal["better", "worse", "steady"]


@dataclass(slots=True)
class Series:
    """One quantity over the seconds of a watch; the failure is that of the newest second, empty where it has one."""

    points: list[tuple[float, float]] = field(default_factory=list)
    failure: str = ""
    low: float = 0.0
    high: float = 0.0

    def add(self, passed_s: float, value: float) -> None:
        """One more value; the oldest are forgotten, lowest and highest are not."""
        self.low, self.high = (min(self.low, value), max(self.high, value)) if self.points else (value, value)
        self.points.append((passed_s, value))
        del self.points[:-MOST]
        self.failure = ""


class Seen:
    """All series of one watch, by the quantity's name (with its index, where it has one)."""

    def __init__(self) -> None:
        self.passed_s = 0.0
        self.series: dict[str, Series] = {}
        self.states: dict[str, str] = {}

    def add(self, event: Mapping[str, Any]) -> None:
        """Take in one second; what is no number is kept as it was said last. ValueError where it is no such event."""
        passed, values, failures = event.get("passed_s"), event.get("values", {}), event.get("failures", {})
        if (
            isinstance(passed, bool)
            or not isinstance(passed, int | float)
            or not isinstance(values, dict)
            or not isinstance(failures, dict)
        ):
            raise ValueError("not a second of a watch")
        self.passed_s = max(self.passed_s, float(passed))
        for name, value in values.items():
            if _is_number(value):
                self._of(name).add(float(passed), float(value))
            else:
                self.states[name] = sanitised(str(value), 60)
        for name, failure in failures.items():
            self._of(name).failure = _kind(failure)

    def _of(self, name: str) -> Series:
        return self.series.setdefault(name, Series())

    def now(self, name: str) -> float | None:
        """The newest value; None where the newest second told none."""
        series = self.series.get(name)
        if series is None or not series.points or series.failure or series.points[-1][0] < self.passed_s:
            return None
        return series.points[-1][1]

    def failure(self, name: str) -> str:
        """Why the newest second told no value: the kind of the failure; empty where it did, or never spoke of it."""
        series = self.series.get(name)
        return series.failure if series else ""

    def failed(self) -> list[str]:
        """What the newest second told no value of."""
        return [name for name, series in self.series.items() if series.failure]

    def trend(self, name: str = RX) -> Trend | None:
        """Which way the light went: the middle of the newest third against that of the oldest, of the last 10 s."""
        if self.now(name) is None:
            return None
        recent = [value for at, value in self.series[name].points if at >= self.passed_s - TREND_S]
        if len(recent) < LEAST_POINTS:
            return None
        third = len(recent) // 3
        rise = round(_middle(recent[-third:]) - _middle(recent[:third]), 6)
        return "better" if rise > STEADY_DB else "worse" if rise < -STEADY_DB else "steady"

    def counters(self) -> dict[str, tuple[float, float | None]]:
        """Each counter's newest value, and its growth a second over the span; None where that cannot be said."""
        names = [name for name in self.series if name.partition("[")[0].endswith(_COUNTERS)]
        return {name: (self.series[name].points[-1][1], self._rate(name)) for name in names if self.series[name].points}

    def _rate(self, name: str) -> float | None:
        last = [point for point in self.series[name].points if self.passed_s - point[0] <= TREND_S]
        if len(last) < 2 or any(later < earlier for (_, earlier), (_, later) in pairwise(last)):
            return None
        (began, first), (ended, newest) = last[0], last[-1]
        return (newest - first) / (ended - began) if ended > began else None


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def _kind(failure: Any) -> str:
    return str(failure.get("kind", "")) or "unparseable" if isinstance(failure, Mapping) else str(failure)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
