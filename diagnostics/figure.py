"""One figure from several runs: the statistic, its confidence, and which of two series of runs decides; pure.

Every rule here is stated in docs/criteria.md. A figure always follows from bytes and microseconds of real runs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from diagnostics.instruments import Second, Statistic
from diagnostics.trial import Trial

Confidence = Literal["high", "medium", "low"]

_HIGH, _MEDIUM = 0.05, 0.20  # how far the second half of a window may lie from the first
_SHORTEST_US = 500_000  # what is left over at the end of a window is no second
NEAR_RATIO = 0.03  # a miss by no more than this share of the floor is a near miss

CONFIDENCES: tuple[Confidence, ...] = ("low", "medium", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """What a series of runs comes to: counted bytes and microseconds, and how steady the runs were.

    `slowest_mbps` and `fastest_mbps` are the halves of a window of low confidence; zero where there is none.
    """

    payload_bytes: int
    us: int
    retransmits: int | None
    confidence: Confidence
    slowest_mbps: float = 0.0
    fastest_mbps: float = 0.0

    @property
    def mbps(self) -> float:
        """TCP payload rate in decimal Mbit/s."""
        return self.payload_bytes * 8 / self.us

    def straddles(self, floor_mbps: float) -> bool:
        """Whether a floor lies between the halves of a window of low confidence: then the figure proves neither."""
        return self.slowest_mbps < floor_mbps <= self.fastest_mbps


def figure_of(trials: Sequence[Trial], statistic: Statistic) -> Figure:
    """The figure of a series of runs that all came to one; the least confident of them sets the confidence.

    The median of an even number is the lower of the two in the middle: a run that was really made.
    """
    ordered = sorted(trials, key=lambda trial: trial.mbps)
    if statistic == "mean":
        counted: Sequence[Trial] = ordered
    else:
        counted = [ordered[0 if statistic == "min" else (len(ordered) - 1) // 2]]
    again = [trial.retransmits for trial in counted if trial.retransmits is not None]
    confidences = [confidence_of(trial.seconds) for trial in trials]
    unsteady = [halves(trial.seconds) for trial in trials if confidence_of(trial.seconds) == "low"]
    rates = [rate for pair in unsteady if pair for rate in pair]
    return Figure(
        payload_bytes=sum(trial.payload_bytes for trial in counted),
        us=sum(trial.us for trial in counted),
        retransmits=sum(again) if len(again) == len(counted) else None,
        confidence=min(confidences, key=CONFIDENCES.index),
        slowest_mbps=min(rates, default=0.0),
        fastest_mbps=max(rates, default=0.0),
    )


def halves(seconds: Sequence[Second]) -> tuple[float, float] | None:
    """The rates in Mbit/s of the first and the second half of a counted window; None where it has less than 2 s."""
    counted = [second for second in seconds if not second.omitted and second.us >= _SHORTEST_US]
    half = len(counted) // 2
    if half == 0:
        return None
    first, second = (
        sum(s.payload_bytes for s in part) * 8 / sum(s.us for s in part) for part in (counted[:half], counted[-half:])
    )
    return first, second


def confidence_of(seconds: Sequence[Second]) -> Confidence:
    """High where the second half of the window lies within 5 % of the first, medium within 20 %, else low."""
    pair = halves(seconds)
    if pair is None:
        return "low"
    first, second = pair
    apart = abs(second - first)
    return "high" if apart <= _HIGH * first else "medium" if apart <= _MEDIUM * first else "low"


def near_miss(mbps: float, floor_mbps: float) -> bool:
    """Whether a rate lies under a floor, and by no more than 3 % of it."""
    return (1 - NEAR_RATIO) * floor_mbps <= mbps < floor_mbps


def second_decides(first: Figure | None, second: Figure | None) -> bool:
    """Whether the second of two series decides: the one that came to a figure does, and of two figures the higher.

    TCP cannot deliver more than the line carries, so a reflector can take away from a figure and never add to it.
    """
    if first is None or second is None:
        return second is not None
    return second.mbps > first.mbps
