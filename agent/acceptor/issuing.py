"""Issuing and withdrawing orders: the ticket service's signature on a work order, and on its end; pure but for the key.

Nonce, salts and time come in as arguments. What is issued names no person; the disclosures beside it do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent import seal, signed_order
from agent.base64url import encode
from agent.commitment import CIRCUIT, TECHNICIAN, WORK_ORDER, Disclosure, Salt, disclose
from agent.keys import PrivateKey
from agent.record import CriteriaRef
from agent.signed_order import OrderRevocation, SignedOrder
from agent.work_order import WorkOrder
from diagnostics.committed import PREFIX
from diagnostics.criteria import Criteria
from diagnostics.line import PERSONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On which stations an order may be worked on, how often and for how long."""

    stations: tuple[str, ...]
    attempts: int = 3
    valid: timedelta = timedelta(days=7)


def disclosures_of(order: WorkOrder, technicians: Sequence[str], salt: Salt) -> tuple[Disclosure, ...]:
    """What a signed order commits of a work order, and of the technicians who may work on it (none: anybody may)."""
    told = [(name, getattr(order.ordered, name)) for name in PERSONAL]
    told += [(WORK_ORDER, order.digest), (CIRCUIT, order.circuit)]
    told += [(TECHNICIAN, technician) for technician in technicians]
    return tuple(disclose(name, value, salt) for name, value in told if value)


def issue(
    order: WorkOrder,
    terms: Terms,
    criteria: Criteria,
    told: Sequence[Disclosure],
    *,
    issuer: str,
    key: PrivateKey,
    nonce: bytes,
    at: datetime,
) -> seal.Envelope:
    """The signed order for a work order, `told` being its disclosures; SignedOrderError where the terms cannot be."""
    hidden = {each.name: each.commitment for each in told}
    made = SignedOrder(
        issuer=issuer,
        nonce=encode(nonce),
        order_id=order.id,
        order_digest=hidden[WORK_ORDER].removeprefix(PREFIX),
        ordered=replace(order.ordered, **{name: hidden.get(name, "") for name in PERSONAL}),  # type: ignore[arg-type]
        resource=signed_order.resource_of(order),
        commitments={CIRCUIT: hidden[CIRCUIT]} if CIRCUIT in hidden else {},
        stations=terms.stations,
        technicians=tuple(each.commitment for each in told if each.name == TECHNICIAN),
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
