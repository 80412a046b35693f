"""Whether a result and the reflectors' receipts tell of the same runs; pure, and asked by acceptor and verifier alike.

Each way in which they do not is one sentence. A receipt that the record does not show is one of them: a hidden run.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from agent.receipt import Receipt
from agent.record import AcceptanceRecord, Result
from agent.signed_order import SignedOrder
from diagnostics.instruments import Witness
from diagnostics.trial import Trial
from diagnostics.verdict import only
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


def admitted_outside(record: AcceptanceRecord, signed: SignedOrder, receipts: Mapping[str, Receipt]) -> list[str]:
    """The runs that a reflector admitted before the order was signed, or after it expired."""
    return [
        f"run {number}: it was admitted outside the order's time"
        for number, _, _, made in _runs(record, receipts)
        if made is not None and not signed.issued_at <= made.admitted_at <= signed.expires_at
    ]


def link_doubts(record: AcceptanceRecord, signed: SignedOrder, receipts: Mapping[str, Receipt]) -> list[str]:
    """Where a run's receipt is not its own: missing, of another run, order, attempt, station, direction, reflector."""
    assert record.result
    named = [digest for digest in record.result.receipts if digest]
    found = ["one receipt is named for two runs"] if len(set(named)) != len(named) else []
    for number, trial, digest, made in _runs(record, receipts):
        if made is not None:
            words = _link_doubt(record, signed, trial, made)
        else:
            words = f"its receipt {digest[:12]} is not here" if digest else ""
        found += [f"run {number}: {words}"] if words else []
    return found


def figure_doubts(record: AcceptanceRecord, receipts: Mapping[str, Receipt], layer: str) -> list[str]:
    """Where both ends counted differently, or a figure is more than the lower count of its best run."""
    assert record.result and record.ordered
    found, valid = [], dict[str, list[float]](down=[], up=[])
    for number, trial, _, made in _runs(record, receipts):
        if made is None:
            continue
        invalid = objection(trial, _witness(made, trial), 0.0)
        if invalid:
            found.append(f"run {number}: {invalid.detail}")
        elif trial.failure is None and trial.direction in valid:
            valid[trial.direction].append(lower(trial, _witness(made, trial)).mbps)
    rates = {"down": record.ordered.down_mbps, "up": record.ordered.up_mbps}
    for direction, rate in rates.items():
        found += _figure_doubts(record.result, direction, valid[direction], layer) if rate else []
    return found


def _runs(
    record: AcceptanceRecord, receipts: Mapping[str, Receipt]
) -> Iterator[tuple[int, Trial, str, Receipt | None]]:
    """Each run with its number, the digest of the receipt that it names, if any, and that receipt if it is here."""
    assert record.result
    digests = record.result.receipts or (None,) * len(record.result.runs)
    for number, (run, digest) in enumerate(zip(record.result.runs, digests, strict=True), 1):
        yield number, Trial.from_json(run), digest or "", receipts.get(digest) if digest else None


def _link_doubt(record: AcceptanceRecord, signed: SignedOrder, trial: Trial, made: Receipt) -> str:
    assert record.order is not None
    wanted = signed.reflectors[trial.reflector].name if trial.reflector < len(signed.reflectors) else ""
    for holds, words in (
        (made.order == record.order.anchor, "its receipt is for another order"),
        (made.open == record.open, "its receipt is for another attempt"),
        (made.station == record.station, f"its receipt is for station {made.station}"),
        (made.direction == trial.direction, "its receipt is for the other direction"),
        (made.reflector == wanted, f"its receipt is of {made.reflector}, which the order does not name there"),
        (trial.failure is not None or made.state == "completed", f"its receipt says {made.state}"),
    ):
        if not holds:
            return words
    return ""


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
    """The numbers that are judged: of each quantity the only one, and none that bears an index."""
    names = [m.quantity for m in result.measurements if m.quantity.startswith(prefix)]
    found = {name: only(name, "", result.measurements) for name in names}
    return {name.removeprefix(prefix): made.number for name, made in found.items() if made is not None}
