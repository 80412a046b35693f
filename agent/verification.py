"""Verifying a bundle offline: who signed what, is it untouched, is the verdict right; a fixed list of named checks.

Nothing is believed but the trust file. Every check of the list is told every time, in its order; what could not be
looked at is NOT CHECKED, and nothing is valid while something needed is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from agent import bundle_checks, result_checks, seal, visit_checks
from agent.acknowledgement import Acceptance
from agent.bundle import Bundle
from agent.case import Case, Checked, Openings, Piece, Status, case_of, pieces_of
from agent.object_checks import OBJECT_CHECKS, looked, told
from agent.trust import Trust
from diagnostics.criteria import Criteria

__all__ = ["CHECKS", "Checked", "Verification", "is_valid", "names", "verify"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check of the case: it is asked only where every object of the types that it rests on is believed."""

    name: str
    rests_on: tuple[str, ...]
    look: Callable[[Case], Checked]


Answers = dict[str, tuple[Status, str]]  # by the name of an object check
_SIGNED = (seal.RECORD, seal.ORDER)
_SEEN = (*_SIGNED, seal.RECEIPT)
_ANSWERED = (seal.RECORD, seal.ACCEPTANCE, seal.VERDICT, seal.REVIEW)
CHECKS = (
    Check(name="order", rests_on=(seal.RECORD,), look=bundle_checks.order),
    Check(name="anchor", rests_on=_SIGNED, look=bundle_checks.anchor),
    Check(name="receipts", rests_on=_SEEN, look=result_checks.receipts),
    Check(name="chain", rests_on=(seal.RECORD,), look=bundle_checks.chain),
    Check(name="attempts", rests_on=_SEEN, look=bundle_checks.attempts),
    Check(name="time", rests_on=(*_SEEN, seal.ACCEPTANCE), look=bundle_checks.time),
    Check(name="criteria", rests_on=_SIGNED, look=result_checks.criteria),
    Check(name="verdict", rests_on=(seal.RECORD,), look=result_checks.verdict),
    Check(name="visit", rests_on=(seal.RECORD,), look=visit_checks.visit),
    Check(name="figures", rests_on=_SEEN, look=result_checks.figures),
    Check(name="openings", rests_on=(seal.RECORD,), look=result_checks.openings),
    Check(name="acceptance", rests_on=_ANSWERED, look=result_checks.acceptance),
    Check(name="evidence", rests_on=(), look=result_checks.evidence),
)


def names() -> tuple[str, ...]:
    """The names of all checks, in their order."""
    return (*OBJECT_CHECKS, *(check.name for check in CHECKS))


def is_valid(checks: Iterable[Checked]) -> bool:
    """Whether nothing failed and everything needed was checked."""
    return all(check.status == "OK" or (check.status == "NOT CHECKED" and not check.needed) for check in checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a bundle proves: its checks, the verdict judged again of the last attempt, and what the acceptor decided.

    `objects` are all sealed objects, each with what the object checks say of it.
    """

    order_id: str
    checks: tuple[Checked, ...]
    outcome: str | None
    acceptance: Acceptance | None
    case: Case = field(repr=False)
    objects: tuple[tuple[Piece, Answers], ...] = field(repr=False)

    @property
    def valid(self) -> bool:
        """Whether nothing failed and everything needed was checked."""
        return is_valid(self.checks)

    def to_json(self) -> dict[str, Any]:
        """The verification as a JSON object."""
        a, r = self.acceptance, self.case.review
        by = {"review": {"reviewer": r.reviewer, "decision": r.decision, "why": r.why}} if r else {}
        return {
            "valid": self.valid,
            "order": self.order_id,
            "outcome": self.outcome,
            "acceptance": a and {"acceptor": a.acceptor, "decision": a.decision, "reasons": list(a.reasons)} | by,
            "checks": [check.to_json() for check in self.checks],
        }


def verify(
    bundle: Bundle,
    trust: Trust,
    load_criteria: Callable[[str], Criteria],
    now: datetime,
    openings: Openings | None = None,
) -> Verification:
    """Check everything that a bundle states; `now` stands in for the acceptance's time where there is none.

    `openings` are what somebody opened of its personal data.
    """
    pieces = pieces_of(bundle, trust)
    at = _accepted_at(pieces) or now
    found = [(piece, looked(piece, at)) for piece in pieces]
    believed = {piece.where: piece for piece, answers in found if _is_believed(piece, answers)}
    doubted = [piece for piece in pieces if piece.where not in believed]
    case = case_of(bundle, believed, cache(load_criteria), at, openings)
    checks = (*told(found), *(_asked(check, case, doubted) for check in CHECKS))
    outcome = result_checks.judged(case)
    return Verification(
        order_id=bundle.order_id,
        checks=checks,
        outcome=outcome,
        acceptance=case.acceptance,
        case=case,
        objects=tuple(found),
    )


def _accepted_at(pieces: list[Piece]) -> datetime | None:
    """When the acceptor answered, by an acceptance that is believed at its own time."""
    piece = next((piece for piece in pieces if piece.typ == seal.ACCEPTANCE), None)
    if piece is None or piece.made is None:
        return None
    at: datetime = piece.made.issued_at
    return at if _is_believed(piece, looked(piece, at)) else None


def _is_believed(piece: Piece, answers: Answers) -> bool:
    return piece.made is not None and all(status == "OK" for status, _ in answers.values())


def _asked(check: Check, case: Case, doubted: list[Piece]) -> Checked:
    for piece in doubted:
        if piece.typ in check.rests_on:
            words = f"rests on an object that is not believed: {piece.where}"
            return Checked(name=check.name, status="NOT CHECKED", words=words)
    return check.look(case)
