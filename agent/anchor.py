"""The anchor: whether a record keeps to the signed order that it names; pure, and asked by acceptor and verifier alike.

Each way in which it does not is one sentence. No sentence means that the order is the record's own.
"""

from datetime import datetime

from agent.record import AcceptanceRecord
from agent.signed_order import SignedOrder


def strays(record: AcceptanceRecord, signed: SignedOrder) -> list[str]:
    """How a record names another order, station or other ordered facts than the signed order."""
    assert record.order is not None
    held = (
        (record.order.id == signed.order_id, f"the signed order is for {signed.order_id}"),
        (record.order.digest == signed.order_digest, "the signed order is for other content"),
        (record.station in signed.stations, f"the order is not for station {record.station}"),
        (record.ordered == signed.ordered, "the record states other ordered facts than the signed order"),
    )
    return [words for holds, words in held if not holds]


def judged_otherwise(record: AcceptanceRecord, signed: SignedOrder) -> list[str]:
    """Whether a record was judged by other criteria than the signed order names."""
    if record.criteria == signed.criteria:
        return []
    return ["the record was judged by other criteria than the signed order names"]


def surplus(attempts: int, signed: SignedOrder) -> list[str]:
    """Whether an order had more tests than it allows."""
    return [] if attempts <= signed.attempts else [f"attempt {attempts} of {signed.attempts} that the order allows"]


def untimely(at: datetime, signed: SignedOrder) -> list[str]:
    """Whether a test was outside the time that its order allows."""
    if at < signed.issued_at:
        return ["the test is older than the order"]
    if at > signed.expires_at:
        return [f"the order expired at {signed.expires_at.isoformat(timespec='minutes')}"]
    return []
