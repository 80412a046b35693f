"""Whole bundles: sound ones, and for each check one where it fails and one where it cannot be asked."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from agent import bundle, seal
from agent.bundle import Bundle, BundledAttempt
from diagnostics.measurement import Failure, Measurement
from tests.vectors import ring, story
from tests.vectors.story import Box, acceptance, order

HOUR = timedelta(hours=1)
RECORDS = (
    "order",
    "anchor",
    "receipts",
    "chain",
    "attempts",
    "time",
    "criteria",
    "verdict",
    "visit",
    "figures",
    "openings",
)
SEEN = ("receipts", "attempts", "time", "figures")


@dataclass(frozen=True, kw_only=True)
class Vector:
    """A bundle, what must be said of it, and why.

    `checks` are those that are not as in the sound bundle; None: these bytes are no bundle.
    """

    why: str
    make: Callable[[], Bundle | bytes]
    checks: dict[str, str] | None = field(default_factory=dict)
    outcome: str | None = "accepted"
    valid: bool = False
    trust: str = "trust.jwks"
    criteria: bool = True
    now: datetime = story.NOW


def failed(*names: str) -> dict[str, str]:
    """These checks are FAILED."""
    return dict.fromkeys(names, "FAILED")


def unchecked(*names: str) -> dict[str, str]:
    """These checks are NOT CHECKED."""
    return dict.fromkeys(names, "NOT CHECKED")


def last(made: Bundle, **changes: Any) -> Bundle:
    """The bundle with its last attempt changed."""
    return replace(made, attempts=(*made.attempts[:-1], replace(made.attempts[-1], **changes)))


def raw(made: Bundle, old: bytes, new: bytes) -> bytes:
    """The bundle's bytes with something put in place of something else."""
    written = bundle.write(made)
    assert old in written
    return written.replace(old, new, 1)


def three() -> Bundle:
    """An attempt that was aborted, one on a dark line, and a good one."""
    signed, box = order(), Box()
    attempts = (box.aborted(signed), box.measured(signed, 2, story.DARK), box.measured(signed, 3))
    return story.bundle(signed, *attempts, accepted=acceptance(attempts[-1].close or ""))


def dark() -> Bundle:
    """A line without light, rejected."""
    signed, box = order(), Box()
    attempt = box.measured(signed, values=story.DARK)
    rejected = acceptance(
        attempt.close or "", decision="rejected", outcome="rejected", reasons=("no light",), line=None
    )
    return story.bundle(signed, attempt, accepted=rejected)


def unproven() -> Bundle:
    """A port that is slower than the order: nobody knows."""
    signed, box = order(), Box()
    limit = Failure(kind="instrument_limit", stage="throughput", detail="1 GbE port")
    attempt = box.measured(signed, values={"port_speed_mbps": limit})
    review = acceptance(attempt.close or "", decision="review", outcome="inconclusive", reasons=("port",), line=None)
    return story.bundle(signed, attempt, accepted=review)


def unanchored() -> Bundle:
    """A file typed by hand: nobody signed the order, and no reflector what it saw."""
    attempt = Box().measured(None)
    return story.bundle(None, attempt, accepted=acceptance(attempt.close or "", close_unanchored=True))


def under(signed: str, *, accepted: bool = True) -> Bundle:
    """A good attempt under this order."""
    attempt = Box().measured(signed)
    return story.bundle(signed, attempt, accepted=acceptance(attempt.close or "") if accepted else None)


def told(
    values: dict[str, Any] | None = None, *, receipts: Callable[[str, str], tuple[str, ...]] | None = None, **lies: Any
) -> Bundle:
    """An attempt whose result is stated otherwise than it came out, or with other receipts; nobody accepted it."""
    signed, box = order(), Box()
    opened = box.open(signed)
    seen = (receipts or both)(signed, opened)
    result = replace(story.result(story.GOOD | (values or {}), seen), **lies)
    close = box.end("E", signed, opened, result=result)
    return story.bundle(signed, BundledAttempt(open=opened, close=close, receipts=seen))


def doubled() -> Bundle:
    """A figure above both counts is judged; beside it, with an index, stands the one that both ends signed."""
    high: dict[str, Any] = {"throughput_down_mbps": 599.9, "throughput_down_bytes": 149_975_000}
    high["throughput_down_us"] = 2_000_000
    made = story.result(story.GOOD | high)
    beside = tuple(
        Measurement(quantity=name, index="z", value=story.GOOD[name], taken_at=story.TAKEN, source="vector")  # type: ignore[arg-type]
        for name in high
    )
    return told(high, measurements=(*made.measurements, *beside))


def both(signed: str, opened: str, **changes: Any) -> tuple[str, ...]:
    """The receipts of both runs."""
    return story.witness("down", signed, opened, **changes), story.witness("up", signed, opened, **changes)


def ended(**fields: Any) -> Bundle:
    """An attempt whose close record states other fields than it should; nobody accepted it."""
    signed, box = order(), Box()
    opened = box.open(signed)
    seen = both(signed, opened)
    close = box.end("E", signed, opened, **({"result": story.result(story.GOOD, seen)} | fields))
    return story.bundle(signed, BundledAttempt(open=opened, close=close, receipts=seen))


def opened_with(**fields: Any) -> Bundle:
    """An attempt whose both records state other fields than the order; nobody accepted it."""
    signed, box = order(), Box()
    opened = box.open(signed, **fields)
    seen = both(signed, opened)
    ordered = fields.get("ordered", story.ORDERED)
    result = story.result(story.GOOD, seen, replace(ordered, criteria=story.CRITERIA.name))
    close = box.end("E", signed, opened, result=result, **fields)
    return story.bundle(signed, BundledAttempt(open=opened, close=close, receipts=seen))


def unfinished(tx: str | None = "A") -> Bundle:
    """One attempt without a result, or without an end."""
    signed, box = order(), Box()
    if tx is None:
        return story.bundle(signed, BundledAttempt(open=box.open(signed), close=None))
    opened = box.open(signed)
    return story.bundle(signed, BundledAttempt(open=opened, close=box.end(tx, signed, opened)))


def begun_anew() -> Bundle:
    """A second attempt after the station's journal was damaged: a new epoch."""
    signed, box = order(), Box()
    first = box.aborted(signed)
    box.epoch, box.seq = 2, 0
    box.add("R", reason="the newest entries of the journal are damaged")
    second = box.measured(signed, 2)
    return story.bundle(signed, first, second, accepted=acceptance(second.close or "", chain="re-anchored"))


def with_gap() -> Bundle:
    """Two attempts for this order with one for another between them."""
    signed, box = order(), Box()
    first = box.aborted(signed)
    box.add(
        "B", order=replace(story.ref(None), id="WO-2"), attempt=1, ordered=story.ORDERED, criteria=story.CRITERIA_REF
    )
    second = box.measured(signed, 2)
    return story.bundle(signed, first, second, accepted=acceptance(second.close or ""))


def broken_joint() -> Bundle:
    """A close record that follows another record than the open one."""
    return ended(prev="5" * 64)


def four() -> Bundle:
    """More attempts than the order allows."""
    signed, box = order(), Box()
    attempts = tuple(box.measured(signed, number) for number in (1, 2, 3, 4))
    return story.bundle(signed, *attempts, accepted=acceptance(attempts[-1].close or ""))


def flipped(token: str) -> str:
    """A token with one bit of its signature changed, well spelt."""
    head, payload, signature = ring.parts(token)
    return ring.token(head, payload, signature=bytes([*signature[:5], signature[5] ^ 1, *signature[6:]]))


def swapped(make: Callable[[], Bundle], spoil: Callable[[Bundle], Bundle]) -> Callable[[], Bundle]:
    """A bundle made, then spoilt."""
    return lambda: spoil(make())


def unseen(signed: str) -> Bundle:
    """An attempt under an order without a gate, which no reflector saw."""
    box = Box()
    opened = box.open(signed)
    close = box.end("E", signed, opened, result=story.result(story.GOOD))
    return story.bundle(signed, BundledAttempt(open=opened, close=close))


def built_in() -> Bundle:
    """An unanchored attempt that was judged by the criteria that come with the software."""
    from tests.agent import samples

    box = Box()
    fields: dict[str, Any] = {"ordered": samples.ORDERED, "criteria": samples.CRITERIA}
    opened = box.open(None, **fields)
    close = box.end("E", None, opened, result=samples.result(), **fields)
    return story.bundle(None, BundledAttempt(open=opened, close=close))


def signed_by(made: str, typ: str, signer: str) -> str:
    """The same content, signed by another key of the ring."""
    return seal.seal(ring.parts(made)[1], typ=typ, key=ring.key(signer)).token


def restated(made: str, typ: str, signer: str, **changes: Any) -> str:
    """The same content with some members changed, signed again by the key that may."""
    return ring.resealed(made, typ, signer, **changes)
