"""Round trips without load and under load, and what the load adds; pure.

A percentile is told only from enough answers on; a request without an answer is loss, never a round trip.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import median

from diagnostics.measurement import Failure

P95_FROM, P99_FROM = 20, 100  # answers

Figures = Mapping[str, float | Failure]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def idle(rtts_ms: Sequence[float]) -> Figures:
    """`p50_ms` and `p95_ms` of a burst over a line without load."""
    if not rtts_ms:
        return dict.fromkeys(("p50_ms", "p95_ms"), _SILENT)
    return {"p50_ms": median(rtts_ms), "p95_ms": _from(P95_FROM, rtts_ms, 0.95)}


def loaded(rtts_ms: Sequence[float | None], idle_p50_ms: float | None) -> Figures:
    """`loaded_p50_ms`, `_p95_ms`, `_p99_ms`, `loss_ratio` and `added_ms` of a series under load; None is a lost one."""
    names = ("loaded_p50_ms", "loaded_p95_ms", "loaded_p99_ms", "added_ms")
    if not rtts_ms:
        unasked = Failure(kind="instrument_limit", stage="echo", detail="no echo request was sent under load")
        return dict.fromkeys((*names, "loss_ratio"), unasked)
    answered = [rtt for rtt in rtts_ms if rtt is not None]
    loss = {"loss_ratio": 1 - len(answered) / len(rtts_ms)}
    if not answered:
        return {**dict.fromkeys(names, _SILENT), **loss}
    middle = median(answered)
    return {
        "loaded_p50_ms": middle,
        "loaded_p95_ms": _from(P95_FROM, answered, 0.95),
        "loaded_p99_ms": _from(P99_FROM, answered, 0.99),
        "added_ms": _UNLOADED if idle_p50_ms is None else middle - idle_p50_ms,
        **loss,
    }


def _from(least: int, answered: Sequence[float], share: float) -> float | Failure:
    if len(answered) >= least:
        return percentile(answered, share)
    words = f"{len(answered)} answers; {share:.0%} needs {least}"
    return Failure(kind="not_applicable", stage="echo", detail=words)


_SILENT = Failure(kind="timeout", stage="echo", detail="no echo request was answered")
_UNLOADED = Failure(kind="not_applicable", stage="echo", detail="the round trip without load is not known")
