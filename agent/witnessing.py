"""Whether a result and the reflectors' receipts tell of the same runs; pure, and asked by acceptor and verifier alike.

Each way in which they do not is one sentence. A receipt that the record does not show is one of them: a hidden run.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.receipt import Receipt
from agent.record import AcceptanceRecord, Result
from agent.signed_order import SignedOrder
from diagnostics.instruments import Witness
from diagnostics.trial import Trial
from diagnostics.witness import lower, objection

_ROUNDING = 1.0005  # figures stand in the record at their resolution
_MOST_FRAMING = 1.10  # a rate at a lower layer than TCP payload is higher, by no more than this


def seen_at(receipts: Mapping[str, Receipt], opened: str, otherwise: datetime) -> datetime:
    """When a server saw an attempt: the newest admission of its runs, else what the caller knows."""
    return max((r.admitted_at for r in receipts.values() if r.open == opened), default=otherwise)


def hidden(receipts: Mapping[str, Receipt], shown: Collection[str], opens: Collection[str]) -> list[str]:
    """The receipts of runs that no record shows: of no known attempt, or of a known one whose result leaves it out.

    `shown` are the digests that results name, or that belong to attempts without a result.
    """
    return [
        f"reflector {made.reflector} signed run {made.run} ({made.state}), which no record shows"
        for digest, made in receipts.items()
        if made.open not in opens or digest not in shown
    ]


def doubts(record: AcceptanceRecord, signed: SignedOrder, receipts: Mapping[str, Receipt], layer: str) -> list[str]:
    """How a result departs from what its reflectors signed; `layer` is the one that the criteria count."""
    assert record.result and record.ordered
    result, found = record.result, []
    trials = [Trial.from_json(run) for run in result.runs]
    digests = result.receipts or (None,) * len(trials)
    named = [digest for digest in digests if digest]
    if len(set(named)) != len(named):
        found.append("one receipt is named for two runs")
    valid: dict[str, list[float]] = {"down": [], "up": []}
    for number, (trial, digest) in enumerate(zip(trials, digests, strict=True), 1):
        made = receipts.get(digest) if digest else None
        words = _run_doubt(record, signed, trial, digest, made)
        if words:
            found.append(f"run {number}: {words}")
        elif made is not None and trial.failure is None and trial.direction in valid:
            valid[trial.direction].append(lower(trial, _witness(made, trial)).mbps)
    rates = {"down": record.ordered.down_mbps, "up": record.ordered.up_mbps}
    for direction, rate in rates.items():
        found += _figure_doubts(result, direction, valid[direction], layer) if rate else []
    return found


def _run_doubt(
    record: AcceptanceRecord, signed: SignedOrder, trial: Trial, digest: str | None, made: Receipt | None
) -> str:
    if digest and made is None:
        return f"its receipt {digest[:12]} is not here"
    if made is None:
        return ""
    assert record.order is not None
    wanted = signed.reflectors[trial.reflector].name if trial.reflector < len(signed.reflectors) else ""
    for holds, words in (
        (made.order == record.order.anchor, "its receipt is for another order"),
        (made.open == record.open, "its receipt is for another attempt"),
        (made.station == record.station, f"its receipt is for station {made.station}"),
        (made.direction == trial.direction, "its receipt is for the other direction"),
        (made.reflector == wanted, f"its receipt is of {made.reflector}, which the order does not name there"),
        (signed.issued_at <= made.admitted_at <= signed.expires_at, "it was admitted outside the order's time"),
        (trial.failure is not None or made.state == "completed", f"its receipt says {made.state}"),
    ):
        if not holds:
            return words
    invalid = objection(trial, _witness(made, trial), 0.0)
    return invalid.detail if invalid else ""


def _witness(made: Receipt, trial: Trial) -> Witness:
    payload_bytes, us = made.counted(trial.discard_s, trial.average_s) or (0, 0)
    return Witness(payload_bytes=payload_bytes, us=us, ok=made.ok)


def _figure_doubts(result: Result, direction: str, valid: Sequence[float], layer: str) -> list[str]:
    """Whether the figure of a direction is no more than the best run that both ends signed."""
    stated = _values(result, f"throughput_{direction}_")
    if stated.get("mbps") is None:
        return []
    if not valid:
        return [f"no reflector signed what it saw of the {direction}load"]
    payload, us = stated.get("bytes"), stated.get("us")
    framing = 1.0 if layer == "tcp_payload" else _MOST_FRAMING
    if not payload or not us or payload * 8 / us > max(valid) * _ROUNDING:
        return [f"the {direction}load is more than both ends signed ({max(valid):.1f} Mbit/s)"]
    if stated["mbps"] > payload * 8 / us * framing * _ROUNDING:
        return [f"the {direction}load rate does not follow from its bytes"]
    return []


def _values(result: Result, prefix: str) -> dict[str, Any]:
    return {m.quantity.removeprefix(prefix): m.number for m in result.measurements if m.quantity.startswith(prefix)}
