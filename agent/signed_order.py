"""The signed order and its revocation: what the ticket service states about one work order, and their one form; pure.

It names the work order's exact bytes by digest and repeats what was ordered, but no personal data, so that it may stand
in a bundle. Whoever holds it proves nothing by that; only what the order key signed counts.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from agent.base64url import Base64Error, decode
from agent.fields import Fields
from agent.record import CriteriaRef
from agent.record_form import commitments, digest
from agent.work_order import WorkOrder
from diagnostics import strict_json
from diagnostics.committed import is_commitment
from diagnostics.errors import BadInput
from diagnostics.line import PERSONAL, Ordered, Reflector

VERSION = 1
NONCE_BYTES = 32
MOST_ATTEMPTS = 100
_FIELDS = (
    "v",
    "issuer",
    "nonce",
    "order",
    "ordered",
    "resource",
    "commitments",
    "stations",
    "technicians",
    "criteria",
    "reflectors",
    "attempts",
    "issued_at",
    "expires_at",
)
_RESOURCE = ("olt", "pon_port", "onu_id", "splitter_port")
_REFLECTOR = ("host", "port", "name", "gate")


class SignedOrderError(BadInput):
    """A signed order is not one; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOrder:
    """One work order as the ticket service signed it; an empty list of technicians allows any.

    `technicians`, the serial in `ordered` and `commitments` (by name) hide what they state (`agent.commitment`).
    `order_digest` is the commitment of the work order's exact bytes, so that a guess at them finds no proof; `attempts`
    counts tests of all allowed stations together.
    """

    issuer: str
    nonce: str
    order_id: str
    order_digest: str
    ordered: Ordered
    resource: Mapping[str, Any]
    commitments: Mapping[str, str]
    stations: tuple[str, ...]
    technicians: tuple[str, ...]
    criteria: CriteriaRef
    reflectors: tuple[Reflector, ...]
    attempts: int
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRevocation:
    """That a signed order, named by its token's digest, is withdrawn."""

    order: str
    reason: str
    revoked_at: datetime


def resource_of(order: WorkOrder) -> dict[str, Any]:
    """The resources that a work order reserves, as a signed order repeats them."""
    return {name: getattr(order if name == "splitter_port" else order.ordered, name) for name in _RESOURCE}


def reference(order_id: str, order_digest: str) -> str:
    """A signed order's name, short enough for a QR code: it refers to the order and proves nothing."""
    return f"prooflight:order:{order_id}:{order_digest[:16]}"


def write(order: SignedOrder) -> bytes:
    """The bytes that are signed; SignedOrderError where they would not read back."""
    made = {
        "v": VERSION,
        "issuer": order.issuer,
        "nonce": order.nonce,
        "order": {"id": order.order_id, "digest": order.order_digest},
        "ordered": order.ordered.to_json(),
        "resource": dict(order.resource),
        "commitments": dict(order.commitments),
        "stations": list(order.stations),
        "technicians": list(order.technicians),
        "criteria": asdict(order.criteria),
        "reflectors": [{name: getattr(r, name) for name in _REFLECTOR} for r in order.reflectors],
        "attempts": order.attempts,
        "issued_at": order.issued_at.isoformat(),
        "expires_at": order.expires_at.isoformat(),
    }
    from_json(made)
    return strict_json.write(made)


def from_json(made: Mapping[str, Any]) -> SignedOrder:
    """The signed order that a strictly read JSON object states."""
    root = Fields(dict(made), "", SignedOrderError).exactly(*_FIELDS, of="of a signed order")
    root.version(VERSION)
    order, criteria = root.object("order"), root.object("criteria")
    issued_at, expires_at = root.required_time("issued_at"), root.required_time("expires_at")
    if expires_at <= issued_at:
        raise root.complain("expires_at", "must be later than issued_at")
    return SignedOrder(
        issuer=root.text("issuer"),
        nonce=_nonce(root),
        order_id=order.exactly("id", "digest", of="of a signed order").text("id", longest=64),
        order_digest=digest(order, "digest"),
        ordered=_ordered(root, made["ordered"]),
        resource=_resource(root.object("resource"), made["resource"]),
        commitments=commitments(root, "commitments", made["commitments"]),
        stations=_names(root, "stations", least=1),
        technicians=_technicians(root),
        criteria=CriteriaRef(
            name=criteria.exactly("name", "version", "digest", of="of a signed order").text("name"),
            version=criteria.text("version"),
            digest=digest(criteria, "digest"),
        ),
        reflectors=tuple(map(_reflector, root.objects("reflectors"))),
        attempts=root.whole("attempts", 1, MOST_ATTEMPTS),
        issued_at=issued_at,
        expires_at=expires_at,
    )


def write_revocation(revocation: OrderRevocation) -> bytes:
    """The bytes of a revocation that are signed."""
    made = asdict(revocation) | {"v": VERSION, "revoked_at": revocation.revoked_at.isoformat()}
    revocation_from_json(made)
    return strict_json.write(made)


def revocation_from_json(made: Mapping[str, Any]) -> OrderRevocation:
    """The revocation that a strictly read JSON object states."""
    root = Fields(dict(made), "", SignedOrderError).exactly(
        "v", "order", "reason", "revoked_at", of="of a signed order"
    )
    root.version(VERSION)
    return OrderRevocation(
        order=digest(root, "order"), reason=root.text("reason"), revoked_at=root.required_time("revoked_at")
    )


def _nonce(root: Fields) -> str:
    text = root.text("nonce")
    try:
        if len(decode(text)) == NONCE_BYTES:
            return text
    except Base64Error:
        pass
    raise root.complain("nonce", f"must be {NONCE_BYTES} bytes in base64url")


def _ordered(root: Fields, made: Any) -> Ordered:
    try:
        read = Ordered.from_json(made if isinstance(made, dict) else {})
    except ValueError as error:
        raise root.complain("ordered", str(error)) from error
    clear = [name for name in PERSONAL if getattr(read, name) and not is_commitment(getattr(read, name))]
    if clear:
        raise root.complain("ordered", f"{clear[0]} is personal and must be committed")
    return read


def _resource(fields: Fields, made: Mapping[str, Any]) -> dict[str, Any]:
    fields.exactly(*_RESOURCE, of="of a signed order")
    onu_id = None if made["onu_id"] is None else fields.whole("onu_id", 0, 1023)
    words = {name: fields.text(name, "") for name in ("olt", "pon_port", "splitter_port")}
    return {name: onu_id if name == "onu_id" else words[name] for name in _RESOURCE}


def _technicians(root: Fields) -> tuple[str, ...]:
    values = root.items("technicians")
    if not all(map(is_commitment, values)):
        raise root.complain("technicians", "must be committed")
    return tuple(values)


def _names(root: Fields, key: str, least: int = 0) -> tuple[str, ...]:
    values = root.items(key, least)
    if not all(isinstance(value, str) and value.strip() and len(value) <= 64 for value in values):
        raise root.complain(key, "must be names of at most 64 characters")
    return tuple(values)


def _reflector(fields: Fields) -> Reflector:
    fields.exactly(*_REFLECTOR, of="of a signed order")
    return Reflector(
        host=fields.text("host"),
        port=fields.whole("port", 1, 65535),
        name=fields.text("name", ""),
        gate=fields.whole("gate", 0, 65535),
    )
