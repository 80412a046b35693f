"""Issuing and withdrawing orders: the ticket service's signature on a work order, and on its end; pure but for the key.

The nonce and the time come in as arguments. What is issued names no person.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from agent import seal, signed_order
from agent.base64url import encode
from agent.keys import PrivateKey
from agent.record import CriteriaRef
from agent.signed_order import OrderRevocation, SignedOrder
from agent.work_order import WorkOrder
from diagnostics.criteria import Criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Who may work on an order, how often and for how long; no technician means any."""

    stations: tuple[str, ...]
    technicians: tuple[str, ...] = ()
    attempts: int = 3
    valid: timedelta = timedelta(days=7)


def issue(
    order: WorkOrder, terms: Terms, criteria: Criteria, *, issuer: str, key: PrivateKey, nonce: bytes, at: datetime
) -> seal.Envelope:
    """The signed order for a work order; SignedOrderError where the terms cannot be."""
    made = SignedOrder(
        issuer=issuer,
        nonce=encode(nonce),
        order_id=order.id,
        order_digest=order.digest,
        ordered=order.ordered,
        resource=signed_order.resource_of(order),
        stations=terms.stations,
        technicians=terms.technicians,
        criteria=CriteriaRef(name=criteria.name, version=criteria.version, digest=criteria.digest),
        reflectors=order.reflectors,
        attempts=terms.attempts,
        issued_at=at,
        expires_at=at + terms.valid,
    )
    return seal.seal(signed_order.write(made), typ=seal.ORDER, key=key)


def withdraw(anchor: str, reason: str, *, key: PrivateKey, at: datetime) -> seal.Envelope:
    """The revocation of a signed order, which is named by its digest."""
    made = OrderRevocation(order=anchor, reason=reason, revoked_at=at)
    return seal.seal(signed_order.write_revocation(made), typ=seal.REVOCATION, key=key)
