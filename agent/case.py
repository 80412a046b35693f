"""The case: a bundle taken apart for its verification, every sealed object with what is known of it; pure.

Nothing in it is believed before the object checks have looked at it; what they doubt stays out of the rest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from agent import acknowledgement, compact_verdict, receipt, record_form, review, seal, signed_order
from agent.acknowledgement import Acceptance
from agent.bundle import Bundle
from agent.commitment import Disclosure
from agent.compact_verdict import CompactVerdict
from agent.receipt import Receipt
from agent.record import AcceptanceRecord, Result
from agent.review import Review
from agent.seal import Envelope, SealError
from agent.signed_order import SignedOrder
from agent.trust import Trust, TrustedKey
from diagnostics.criteria import Criteria
from diagnostics.errors import BadInput

Status = Literal["OK", "FAILED", "NOT CHECKED"]
Openings = Mapping[str, Sequence[Disclosure]]  # by the digest of their object
FORMS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    seal.RECORD: record_form.from_json,
    seal.RECEIPT: receipt.from_json,
    seal.ORDER: signed_order.from_json,
    seal.ACCEPTANCE: acknowledgement.from_json,
    seal.VERDICT: compact_verdict.from_json,
    seal.REVIEW: review.from_json,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One named check: how it came out and why; a check that is `needed` must be OK."""

    name: str
    status: Status
    words: str
    needed: bool = True

    def to_json(self) -> dict[str, Any]:
        """The check as a JSON object."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One sealed object of a bundle: where it stands, what it must be, and what reading it gave.

    `envelope` is None where it could not be taken apart, `made` where its content is not of its form; `trouble` says
    why. `key` is the pinned key that it names.
    """

    where: str
    typ: str
    token: str
    envelope: Envelope | None = None
    key: TrustedKey | None = None
    content: Mapping[str, Any] = field(default_factory=dict)
    made: Any = None
    trouble: SealError | None = None

    @property
    def digest(self) -> str:
        """The name that every other object calls this one by."""
        return seal.digest_of(self.token)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record that is believed, with its digest."""

    record: AcceptanceRecord
    digest: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt; `close` is None while it has no end, `visits` are what closed the visit around it, oldest first."""

    open: Sealed
    close: Sealed | None
    visits: tuple[Sealed, ...] = ()

    @property
    def records(self) -> list[Sealed]:
        """Open, close and visit records, as far as they are there."""
        return [sealed for sealed in (self.open, self.close, *self.visits) if sealed]

    @property
    def result(self) -> Result | None:
        """What it came to, where it came to a result."""
        return self.close.record.result if self.close else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that is believed of a bundle; `at` is when a server last saw it: the acceptance's time, else the caller's.

    What is doubted is missing here: a check that needs it is never asked. `contents` are the believed objects as they
    were read, by digest; `openings` what somebody opened of them, None where nobody did.
    """

    bundle: Bundle
    attempts: tuple[Attempt, ...]
    receipts: Mapping[str, Receipt]
    order: SignedOrder | None
    issuer: str
    acceptance: Acceptance | None
    compact: CompactVerdict | None
    review: Review | None
    load_criteria: Callable[[str], Criteria]
    at: datetime
    contents: Mapping[str, Mapping[str, Any]]
    openings: Openings | None

    @property
    def records(self) -> list[Sealed]:
        """Every record, in the bundle's order."""
        return [sealed for attempt in self.attempts for sealed in attempt.records]

    @property
    def results(self) -> list[Attempt]:
        """The attempts that came to a result."""
        return [attempt for attempt in self.attempts if attempt.result]

    def is_anchored(self, attempt: Attempt) -> bool:
        """Whether an attempt names the signed order that is in the bundle."""
        ref = attempt.open.record.order
        return ref is not None and self.bundle.signed_order is not None and ref.anchor == self.order_digest

    @property
    def order_digest(self) -> str:
        """The digest of the signed order in the bundle; empty where there is none."""
        return seal.digest_of(self.bundle.signed_order) if self.bundle.signed_order else ""


def pieces_of(bundle: Bundle, trust: Trust) -> list[Piece]:
    """Every sealed object of a bundle, read as far as it can be."""
    found = [read_piece(Piece(where=where, typ=typ, token=token), trust) for where, typ, token in _tokens(bundle)]
    answer = found[-1].made
    if isinstance(answer, Acceptance):
        inside = (("compact verdict", seal.VERDICT, answer.verdict), ("review", seal.REVIEW, answer.review))
        found += [read_piece(Piece(where=where, typ=typ, token=token), trust) for where, typ, token in inside if token]
    return found


def _tokens(bundle: Bundle) -> Iterator[tuple[str, str, str]]:
    if bundle.signed_order is not None:
        yield "signed order", seal.ORDER, bundle.signed_order
    for number, attempt in enumerate(bundle.attempts, 1):
        yield f"attempt {number}, open record", seal.RECORD, attempt.open
        if attempt.close is not None:
            yield f"attempt {number}, close record", seal.RECORD, attempt.close
        for place, token in enumerate(attempt.visits, 1):
            yield f"attempt {number}, visit record {place}", seal.RECORD, token
        for place, token in enumerate(attempt.receipts, 1):
            yield f"attempt {number}, receipt {place}", seal.RECEIPT, token
    if bundle.acceptance is not None:
        yield "acceptance", seal.ACCEPTANCE, bundle.acceptance


def read_piece(piece: Piece, trust: Trust) -> Piece:
    """A piece with what reading its token gave; nothing is verified."""
    fields: dict[str, Any] = {}
    try:
        envelope = seal.read(piece.token, typ=piece.typ)
        key = trust.keys.get(envelope.kid)
        if key is not None:
            seal.check_algorithm(envelope, key)
        fields |= {"envelope": envelope, "key": key}
        fields["content"] = seal.content(envelope)
        fields["made"] = FORMS[piece.typ](fields["content"])
    except SealError as error:
        fields["trouble"] = error
    except BadInput as error:
        fields["trouble"] = SealError("payload", str(error))
    return Piece(where=piece.where, typ=piece.typ, token=piece.token, **fields)


def case_of(
    bundle: Bundle,
    believed: Mapping[str, Piece],
    load: Callable[[str], Criteria],
    at: datetime,
    openings: Openings | None = None,
) -> Case:
    """The case that the believed objects make, by where they stand; no attempts unless every record is believed."""
    order, acceptance = believed.get("signed order"), believed.get("acceptance")
    receipts = {piece.digest: piece.made for piece in believed.values() if piece.typ == seal.RECEIPT}
    return Case(
        bundle=bundle,
        attempts=tuple(_attempts(bundle, believed)),
        receipts=receipts,
        order=order.made if order else None,
        issuer=order.key.name if order and order.key else "",
        acceptance=acceptance.made if acceptance else None,
        compact=believed["compact verdict"].made if "compact verdict" in believed else None,
        review=believed["review"].made if "review" in believed else None,
        load_criteria=load,
        at=at,
        contents={piece.digest: piece.content for piece in believed.values()},
        openings=openings,
    )


def _attempts(bundle: Bundle, believed: Mapping[str, Piece]) -> Iterator[Attempt]:
    def sealed(where: str) -> Sealed:
        return Sealed(believed[where].made, believed[where].digest)

    wanted = sum(len(attempt.visits) + (1 if attempt.close is None else 2) for attempt in bundle.attempts)
    if sum(piece.typ == seal.RECORD for piece in believed.values()) < wanted:
        return
    for number, attempt in enumerate(bundle.attempts, 1):
        close = None if attempt.close is None else sealed(f"attempt {number}, close record")
        visits = tuple(sealed(f"attempt {number}, visit record {n}") for n in range(1, 1 + len(attempt.visits)))
        yield Attempt(sealed(f"attempt {number}, open record"), close, visits)
