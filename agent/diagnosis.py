"""A diagnosis after RFC 6349, from the line of the station to its verdict; nothing of it is signed, kept or delivered.

It judges by criteria of its own, so that it can never stand for an acceptance.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from diagnostics import criteria
from diagnostics.check import Context, run_checks
from diagnostics.checks.diagnosis import STAGES, lasting_s
from diagnostics.filling import Filling
from diagnostics.instruments import Instruments
from diagnostics.line import Line
from diagnostics.measurement import Measurement, to_json
from diagnostics.rfc6349 import SHARES
from diagnostics.verdict import Verdict, judge

NOT_AN_ACCEPTANCE = "this is a diagnosis and no acceptance: nothing is signed, and no work order is closed by it"
_PATH = (
    ("tcp_baseline_rtt_ms", "idle round trip", "ms"),
    ("tcp_bandwidth_mbps", "bandwidth", "Mbit/s"),
    ("tcp_bdp_bytes", "bandwidth-delay product", "B"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What came of one diagnosis, with every run that was made."""

    criteria: criteria.Criteria
    verdict: Verdict
    measurements: tuple[Measurement, ...]
    fillings: tuple[Filling, ...]

    def to_json(self) -> dict[str, Any]:
        """The diagnosis as a JSON object; `signed` is always false."""
        judged_by = {"name": self.criteria.name, "version": self.criteria.version, "digest": self.criteria.digest}
        runs = [{"title": f.title, "expected_mbps": f.expected_mbps} | f.trial.to_json() for f in self.fillings]
        return {
            "criteria": judged_by,
            "signed": False,
            **self.verdict.to_json(),
            "measurements": [to_json(measurement) for measurement in self.measurements],
            "runs": runs,
        }


def announcement(line: Line, wanted: criteria.Criteria) -> str:
    """What is about to be done, against whom, and about how long it takes."""
    minutes, seconds = divmod(round(lasting_s(wanted.window)), 60)
    reflector = line.reflectors[0]
    where = f"{line.interface} to {reflector.host} port {reflector.port}"
    return f"diagnosis after RFC 6349 over {where}: about {minutes} min {seconds:02} s, with the line filled"


def diagnose(
    line: Line, instruments: Instruments, wanted: criteria.Criteria, tell: Callable[[str], None] = lambda words: None
) -> Diagnosis:
    """Measure and judge a line as RFC 6349 asks."""
    limits = wanted.for_line(line.ordered)
    fillings: list[Filling] = []
    context = Context(
        line=line,
        instruments=instruments,
        limits=limits,
        window=wanted.window,
        tell=tell,
        filled=fillings.append,
    )
    made = run_checks(STAGES, context)
    return Diagnosis(criteria=wanted, verdict=judge(made, limits), measurements=made, fillings=tuple(fillings))


def summary(measurements: Sequence[Measurement]) -> list[str]:
    """The path in figures, and the window scan as a table: what was expected of each window and what it carried."""
    found = {(m.quantity, m.index): m for m in measurements}
    lines = []
    for quantity, words, unit in _PATH:
        values = [f"{index} {_told(m)}".strip() for (name, index), m in found.items() if name == quantity]
        lines.append(f"{words} ({unit}): {', '.join(values)}")
    for way in ("down", "up"):
        for share in SHARES:
            index = f"{way} {share * 100:g}%"
            names = ("tcp_window_bytes", "tcp_window_expected_mbps", "tcp_window_mbps")
            window, expected, carried = (_told(found[name, index]) for name in names)
            lines.append(f"window {index}: {window} B, expected {expected} Mbit/s, carried {carried}")
    return lines


def _told(measurement: Measurement) -> str:
    return f"- {measurement.failure.kind}" if measurement.failure else f"{measurement.number:.6g}"
