"""Signed orders for tests: a ticket service with a key, and files as it hands them over."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent import assignment, seal
from agent.acceptor.issuing import Terms, disclosures_of, issue
from agent.assignment import Assignment
from agent.commitment import Disclosure, salts
from agent.discretion import Discretion
from agent.keys import PrivateKey
from agent.signed_order import SignedOrder, from_json, write
from agent.work_order import WorkOrder
from diagnostics import criteria, strict_json
from diagnostics.line import Reflector
from tests.agent import samples

RAW = (Path(__file__).parents[2] / "agent" / "examples" / "install.json").read_bytes()
ISSUED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NONCE = bytes(range(32))
TERMS = Terms(stations=("station-1",), valid=timedelta(days=7))


def work_order(**changes: Any) -> WorkOrder:
    """The example order, with some of its fields changed."""
    return WorkOrder.parse(json.dumps(json.loads(RAW) | changes).encode())


def told(order: WorkOrder | None = None, technicians: Sequence[str] = ()) -> tuple[Disclosure, ...]:
    """What the order's signature commits, with the same salts each time."""
    return disclosures_of(order or work_order(), technicians, salts(b"the ticket service's secret"))


def signed(
    key: PrivateKey,
    order: WorkOrder | None = None,
    terms: Terms = TERMS,
    at: datetime = ISSUED,
    nonce: bytes = NONCE,
    technicians: Sequence[str] = (),
) -> seal.Envelope:
    """A signed order as the ticket service issues it."""
    order = order or work_order()
    demanded = criteria.load(order.ordered.criteria)
    hidden = told(order, technicians)
    return issue(order, terms, demanded, hidden, issuer="tickets", key=key, nonce=nonce, at=at)


def read(envelope: seal.Envelope) -> SignedOrder:
    """What a signed order states."""
    return from_json(strict_json.parse_object(envelope.payload))


def resigned(envelope: seal.Envelope, key: PrivateKey, **changes: Any) -> seal.Envelope:
    """The same order with other content, signed again."""
    return seal.seal(write(replace(read(envelope), **changes)), typ=seal.ORDER, key=key)


def file_of(envelope: seal.Envelope, order: WorkOrder | None = None, technicians: Sequence[str] = ()) -> bytes:
    """The file that brings it to a station."""
    order = order or work_order()
    return assignment.write(envelope.token, told(order, technicians), order.raw)


def discretion(given: Assignment) -> Discretion:
    """What a station keeps of an assignment, with the same salts each time."""
    return Discretion(given.order, samples.SALT, disclosures=given.disclosures)


def signed_for_samples(key: PrivateKey, *, nonce: bytes = NONCE, attempts: int = 3) -> seal.Envelope:
    """A signed order for the facts that the samples were measured on."""
    terms = Terms(stations=("station-1", "station-2"), attempts=attempts)
    gate = (Reflector(host="r1", name="reflector-1", gate=5200),)
    return resigned(signed(key, terms=terms, nonce=nonce), key, ordered=samples.ORDERED, reflectors=gate)
