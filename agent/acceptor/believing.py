"""What in a message is believed: its record, opening, receipts and acceptance, each by the seal of a pinned key; pure.

What is not believed is an error where it is the record itself, and left out where it only came along.
"""

import contextlib
from datetime import datetime

from agent import acknowledgement, opening, receipt, record_form, seal
from agent.acceptor.office import Arrival, Remembered, Witnessed
from agent.mqtt_link import Received
from agent.receipt import ReceiptError
from agent.record import RecordError
from agent.trust import Trust

MOST_RECEIPTS = 64


def believed(event: Received, trust: Trust, at: datetime) -> Arrival:
    """The record in a message, once its seal, form and station are verified; SealError or RecordError where not.

    Its opening, the receipts behind it and the acceptance that the station holds already come along; what is no opening
    of this record, or not signed by a pinned reflector or acceptor, is left out, and will be missing.
    """
    first, *others = event.payload.decode("ascii", errors="replace").split("\n")
    token, _, hidden = first.partition("~")
    opened = seal.open_sealed(token, typ=seal.RECORD, trust=trust, at=at)
    record = record_form.from_json(opened.content)
    if record.station != opened.key.name:
        raise RecordError(f"station: {record.station} is not {opened.key.name}, whose key signed it")
    receipts = []
    for other in others[:MOST_RECEIPTS]:
        with contextlib.suppress(seal.SealError, ReceiptError):
            receipts.append(witnessed(other, trust, at))
    digest = opened.envelope.digest
    return Arrival(
        envelope=opened.envelope,
        record=record,
        at=at,
        receipts=tuple(receipts),
        opening=_opening(hidden, digest),
        remembered=_remembered(others[-1], digest, trust, at) if others else None,
    )


def _remembered(token: str, of: str, trust: Trust, at: datetime) -> Remembered | None:
    """The acceptance of this very record that one of our own keys signed; anything else is nothing."""
    try:
        opened = seal.open_sealed(token, typ=seal.ACCEPTANCE, trust=trust, at=at)
        made = acknowledgement.from_json(opened.content)
    except (seal.SealError, acknowledgement.AcceptanceError):
        return None
    return Remembered(acceptance=made, token=token) if made.record == of else None


def _opening(token: str, of: str) -> str | None:
    """An opening that says to be of this record; nothing in it is believed before it is opened."""
    try:
        return token if opening.read(token).of == of else None
    except opening.OpeningError:
        return None


def witnessed(token: str, trust: Trust, at: datetime) -> Witnessed:
    """A reflector's receipt, once its seal and form are verified; SealError or ReceiptError where they are not."""
    opened = seal.open_sealed(token, typ=seal.RECEIPT, trust=trust, at=at)
    made = receipt.from_json(opened.content)
    if made.reflector != opened.key.name:
        raise ReceiptError(f"reflector: {made.reflector} is not {opened.key.name}, whose key signed it")
    return Witnessed(receipt=made, token=token)
