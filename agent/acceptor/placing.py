"""Placing: where a record stands in its station's chain, from what is known of its neighbours alone; pure.

A repeat is answered as before, what comes early waits, and proof of two chains under one key is a fork, whatever
either chain says. Nothing is judged here.
"""

from dataclasses import dataclass
from typing import Literal

from agent.record import AcceptanceRecord

Standing = Literal["next", "repeat", "early", "fork"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What is known around a record's place: the digests of those entered in it and before it, and of one that waits.

    `acceptance` is what this very record was answered with before. `quarantined`: its key stands in quarantine already.
    """

    acceptance: str | None = None
    here: str | None = None
    before: str | None = None
    waiting: str | None = None
    quarantined: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How a record stands; `fault` says what proves the fork, empty otherwise."""

    standing: Standing
    fault: str = ""


def place_of(record: AcceptanceRecord, digest: str, around: Neighbours) -> Place:
    """The standing of one verified record, whose token has this digest."""
    where = f"epoch {record.epoch}, seq {record.seq}"
    if around.acceptance is not None:
        return Place(standing="repeat")
    if around.here is not None:
        return _fork(f"two records for {where}")
    if around.quarantined:  # it is refused in any case, so its chain is not looked at
        return Place(standing="next")
    if around.waiting not in (None, digest):
        return _fork(f"two records for {where}")
    if record.seq == 1:
        begins = record.tx == "R" if record.epoch > 1 else record.prev is None
        return Place(standing="next") if begins else _fork(f"{where} does not begin a chain")
    if around.before is None:
        return Place(standing="early")
    follows = around.before == record.prev
    return Place(standing="next") if follows else _fork(f"{where} does not follow the record before it")


def _fork(fault: str) -> Place:
    return Place(standing="fork", fault=fault)
