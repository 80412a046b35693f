"""What a bundle states, taken apart for showing, with what verifying it came to where somebody gave a trust file; pure.

Nothing in it is believed for standing here: each object tells whether its signature was checked. What cannot be read is
counted and left out, so that a broken bundle still gives a report that says what is broken.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from agent import bundle as bundles
from agent import seal
from agent.acknowledgement import Acceptance
from agent.bundle import Bundle
from agent.case import Openings, Piece, Status, pieces_of
from agent.commitment import Disclosure, stated_in
from agent.receipt import Receipt
from agent.record import AcceptanceRecord
from agent.review import Review
from agent.signed_order import SignedOrder
from agent.trust import Trust
from agent.verification import Verification, verify
from diagnostics.criteria import Criteria
from diagnostics.line import Ordered

LoadCriteria = Callable[[str], Criteria]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One sealed object, the number of its attempt (0: of none), and what became of its signature."""

    piece: Piece
    attempt: int
    status: Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted:
    """The records of one attempt as far as they can be read."""

    number: int
    open: AcceptanceRecord | None
    close: AcceptanceRecord | None
    visits: tuple[AcceptanceRecord, ...] = ()
    is_ended: bool = False

    @property
    def has_result(self) -> bool:
        """Whether it came to a result that can be read."""
        return self.close is not None and self.close.tx == "E" and self.close.result is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A bundle, read; `verification` is None where nobody gave a trust file, `opened` where nobody opened anything.

    `photographs` are files by their SHA-256, `astray` counts disclosures that belong to no object here.
    """

    bundle: Bundle
    digest: str
    load_criteria: LoadCriteria
    at: datetime
    verification: Verification | None
    seen: tuple[Seen, ...]
    attempts: tuple[Attempted, ...]
    order: SignedOrder | None
    acceptance: Acceptance | None
    review: Review | None
    receipts: tuple[Receipt, ...]
    compact: str
    opened: Mapping[str, Disclosure] | None = field(repr=False)
    astray: int
    photographs: Mapping[str, bytes] = field(repr=False)

    @property
    def last(self) -> Attempted:
        """The last attempt."""
        return self.attempts[-1]

    @property
    def shown(self) -> Attempted | None:
        """The attempt that the report is about: the last with a result, else the last whose begin can be read."""
        results = [attempt for attempt in self.attempts if attempt.has_result]
        begun = [attempt for attempt in self.attempts if attempt.open or attempt.close]
        return next(iter([*reversed(results), *reversed(begun)]), None)

    @property
    def ordered(self) -> Ordered | None:
        """What was ordered: by the attempt that is shown, else by the signed order."""
        told = [record.ordered for record in _records(self.shown) if record.ordered]
        return told[0] if told else self.order.ordered if self.order else None

    @property
    def valid(self) -> bool | None:
        """Whether the bundle verifies; None where nobody could look."""
        return None if self.verification is None else self.verification.valid


def state(
    bundle: Bundle,
    *,
    trust: Trust | None,
    load_criteria: LoadCriteria,
    now: datetime,
    openings: Openings | None = None,
    photographs: Sequence[bytes] = (),
    digest: str = "",
) -> Statement:
    """Take a bundle apart, verify it where there is a trust file; `photographs` are files to show, known by SHA-256.

    `digest` is the SHA-256 of the bundle's file; empty: of the bytes that `bundle.write` makes of it.
    """
    found = None if trust is None else verify(bundle, trust, load_criteria, now, openings)
    pieces = pieces_of(bundle, Trust()) if found is None else [piece for piece, _ in found.objects]
    made = {piece.where: piece.made for piece in pieces}
    here = {each.commitment: each for each in _matching(openings, pieces)}
    return Statement(
        bundle=bundle,
        digest=digest or hashlib.sha256(bundles.write(bundle)).hexdigest(),
        load_criteria=cache(load_criteria),
        at=now,
        verification=found,
        seen=tuple(_seen(pieces, found)),
        attempts=tuple(_attempts(bundle, made)),
        order=made.get("signed order"),
        acceptance=made.get("acceptance"),
        review=made.get("review"),
        receipts=tuple(piece.made for piece in pieces if isinstance(piece.made, Receipt)),
        compact=next((piece.token for piece in pieces if piece.typ == seal.VERDICT and piece.made), ""),
        opened=None if openings is None else here,
        astray=sum(map(len, (openings or {}).values())) - sum(1 for _ in _matching(openings, pieces)),
        photographs={hashlib.sha256(raw).hexdigest(): raw for raw in photographs},
    )


def _seen(pieces: Sequence[Piece], found: Verification | None) -> Iterator[Seen]:
    answers = {piece.where: list(looked.values()) for piece, looked in (found.objects if found else ())}
    for piece in pieces:
        statuses = [status for status, _ in answers.get(piece.where, [])]
        worst: Status = "NOT CHECKED" if found is None or piece.made is None else "OK"
        if any(status != "OK" for status in statuses):
            worst = "FAILED"
        words = piece.where.split(",")[0].split()
        yield Seen(piece=piece, attempt=int(words[1]) if words[0] == "attempt" else 0, status=worst)


def _attempts(bundle: Bundle, made: Mapping[str, object]) -> Iterator[Attempted]:
    def record(where: str) -> AcceptanceRecord | None:
        found = made.get(where)
        return found if isinstance(found, AcceptanceRecord) else None

    for number, attempt in enumerate(bundle.attempts, 1):
        places = range(1, 1 + len(attempt.visits))
        visits = [record(f"attempt {number}, visit record {place}") for place in places]
        yield Attempted(
            number=number,
            open=record(f"attempt {number}, open record"),
            close=record(f"attempt {number}, close record"),
            visits=tuple(visit for visit in visits if visit and visit.result),
            is_ended=attempt.close is not None,
        )


def _matching(openings: Openings | None, pieces: Sequence[Piece]) -> Iterator[Disclosure]:
    """Disclosures that open a commitment of the very object that they are of."""
    contents = {piece.digest: piece.content for piece in pieces}
    for digest, made in (openings or {}).items():
        stated = stated_in(contents.get(digest, {}))
        yield from (each for each in made if each.commitment in stated)


def _records(attempt: Attempted | None) -> list[AcceptanceRecord]:
    return [record for record in (attempt.close, attempt.open) if record] if attempt else []
