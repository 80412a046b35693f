"""The checks of a bundle that look at others' signatures: the order that anchors it, the receipts of its runs; pure.

Each answers with one named check; what it could not look at is NOT CHECKED, and said so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from agent import receipt, seal, signed_order
from agent.anchor import departures
from agent.bundle import Bundle
from agent.receipt import Receipt, ReceiptError
from agent.record import UNANCHORED, AcceptanceRecord, Result
from agent.signed_order import SignedOrder, SignedOrderError
from agent.trust import Trust
from agent.witnessing import doubts, hidden, seen_at
from diagnostics import strict_json
from diagnostics.criteria import Criteria, CriteriaError

Status = Literal["OK", "FAILED", "NOT CHECKED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One named check: how it came out and why; a check that is `needed` must be OK."""

    name: str
    status: Status
    words: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record whose seal was opened, with its digest."""

    record: AcceptanceRecord
    digest: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; `close` is None while it has no end, `visits` are what closed the visit around it, oldest first."""

    open: Sealed
    close: Sealed | None
    visits: tuple[Sealed, ...] = ()

    @property
    def result(self) -> Result | None:
        """What it came to, where it came to a result."""
        return self.close.record.result if self.close else None


def anchor(bundle: Bundle, attempts: list[Attempt], trust: Trust, at: datetime) -> Checked:
    """The signed order is the one that the last attempt names, and every attempt under it keeps to it."""
    last = attempts[-1].open.record.order
    if bundle.signed_order is None:
        if last is not None and last.anchor != UNANCHORED:
            return Checked(name="anchor", status="FAILED", words="the signed order that the records name is not here")
        words = "unanchored: nobody signed the order, only the station states what was ordered"
        return Checked(name="anchor", status="NOT CHECKED", words=words, needed=False)
    try:
        opened = seal.open_sealed(bundle.signed_order, typ=seal.ORDER, trust=trust, at=at)
        signed = signed_order.from_json(opened.content)
    except (seal.SealError, SignedOrderError) as error:
        return Checked(name="anchor", status="FAILED", words=str(error))
    digest = opened.envelope.digest
    if last is None or last.anchor != digest:
        return Checked(name="anchor", status="FAILED", words="the last attempt names another signed order")
    under = [a.open for a in attempts if a.open.record.order and a.open.record.order.anchor == digest]
    seen = _readable(bundle, trust, at)
    for number, sealed in enumerate(under, 1):
        record = sealed.record
        for words in departures(record, signed, attempts=number, at=seen_at(seen, sealed.digest, at)):
            return Checked(name="anchor", status="FAILED", words=f"attempt {record.attempt}: {words}")
    words = f"signed by {opened.key.name}, attempt {len(under)} of {signed.attempts}"
    return Checked(name="anchor", status="OK", words=words)


def receipts(
    bundle: Bundle, attempts: list[Attempt], trust: Trust, load: Callable[[str], Criteria], at: datetime
) -> Checked:
    """Every receipt is a reflector's, and every result under the signed order tells of the same runs as they do."""
    try:
        held = [_believed(token, trust, at) for attempt in bundle.attempts for token in attempt.receipts]
        found = {seal.digest_of(token): made for token, made in held}
        wrong = [words for attempt in attempts for words in _unwitnessed(attempt, bundle, found, load)]
    except (seal.SealError, ReceiptError, SignedOrderError, strict_json.JsonError) as error:
        return Checked(name="receipts", status="FAILED", words=str(error))
    except CriteriaError as error:
        return Checked(name="receipts", status="NOT CHECKED", words=str(error))
    opens = {attempt.open.digest for attempt in attempts}
    shown = {digest for digest, made in found.items() if made.open in opens}
    wrong += hidden(found, shown, opens)
    if wrong:
        return Checked(name="receipts", status="FAILED", words=wrong[0])
    if not found:
        words = "no reflector signed what it saw"
        return Checked(name="receipts", status="NOT CHECKED", words=words, needed=False)
    names = ", ".join(sorted({made.reflector for made in found.values()}))
    return Checked(name="receipts", status="OK", words=f"{len(found)} runs signed by {names}, figures agree")


def _unwitnessed(
    attempt: Attempt, bundle: Bundle, found: dict[str, Receipt], load: Callable[[str], Criteria]
) -> list[str]:
    record = attempt.close.record if attempt.close else None
    if record is None or record.result is None or record.ordered is None:
        return []
    named = any(record.result.receipts)
    if (
        bundle.signed_order is None
        or record.order is None
        or record.order.anchor != seal.digest_of(bundle.signed_order)
    ):
        return [f"attempt {record.attempt}: its receipts are for an order that is not here"] if named else []
    signed = _order_of(bundle.signed_order)
    if not named and not any(reflector.gate for reflector in signed.reflectors):
        return []
    layer = load(record.ordered.criteria).window.layer
    return [f"attempt {record.attempt}: {words}" for words in doubts(record, signed, found, layer)]


def _order_of(token: str) -> SignedOrder:
    return signed_order.from_json(strict_json.parse_object(seal.read(token, typ=seal.ORDER).payload))


def _believed(token: str, trust: Trust, at: datetime) -> tuple[str, Receipt]:
    opened = seal.open_sealed(token, typ=seal.RECEIPT, trust=trust, at=at)
    made = receipt.from_json(opened.content)
    if made.reflector != opened.key.name:
        raise ReceiptError(f"a receipt names {made.reflector}, but {opened.key.name} signed it")
    return token, made


def _readable(bundle: Bundle, trust: Trust, at: datetime) -> dict[str, Receipt]:
    """The receipts that can be believed; `receipts` tells of the others."""
    found = {}
    for attempt in bundle.attempts:
        for token in attempt.receipts:
            try:
                found[seal.digest_of(token)] = _believed(token, trust, at)[1]
            except (seal.SealError, ReceiptError):
                continue
    return found
