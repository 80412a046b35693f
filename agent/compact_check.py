"""Verifying a compact verdict: by the trust file alone, and against the bundle that it is about; pure.

The same object checks as of a bundle, then one more: whether the bundle, itself valid, says the same.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent import compact_verdict, seal
from agent.case import Attempt, Case, Checked, Piece, read_piece
from agent.compact_verdict import CompactVerdict
from agent.object_checks import looked, told
from agent.record import AcceptanceRecord
from agent.trust import Trust
from agent.verification import Verification, is_valid


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactVerification:
    """What a compact verdict proves; `verdict` is None where its form is not one."""

    verdict: CompactVerdict | None
    checks: tuple[Checked, ...]

    @property
    def valid(self) -> bool:
        """Whether nothing failed and everything needed was checked."""
        return is_valid(self.checks)

    def to_json(self) -> dict[str, Any]:
        """The verification as a JSON object; the verdict only where it is believed."""
        made = self.verdict if self.valid else None
        told = made and {name: getattr(made, name) for name in CompactVerdict.__slots__}
        return {
            "valid": self.valid,
            "verdict": told and told | {"issued_at": told["issued_at"].isoformat()},
            "checks": [check.to_json() for check in self.checks],
        }


def verify_compact(text: str, trust: Trust, bundle: Verification | None, now: datetime) -> CompactVerification:
    """Check a QR code's text; CompactVerdictError where it is another text. Its own time is its acceptor's clock."""
    token = compact_verdict.token_of(text)
    piece = read_piece(Piece(where="compact verdict", typ=seal.VERDICT, token=token), trust)
    found = looked(piece, piece.made.issued_at if piece.made else now)
    checks = told([(piece, found)])
    if not is_valid(checks):
        words = "rests on an object that is not believed: compact verdict"
        checks.append(Checked(name="bundle", status="NOT CHECKED", words=words))
    else:
        checks.append(_against(piece.made, bundle))
    return CompactVerification(verdict=piece.made, checks=tuple(checks))


def _against(made: CompactVerdict, bundle: Verification | None) -> Checked:
    if bundle is None:
        return Checked(name="bundle", status="NOT CHECKED", words="no bundle was given", needed=False)
    if not bundle.valid:
        return Checked(name="bundle", status="FAILED", words="the bundle itself is not valid")
    words = next((words for holds, words in _held(made, bundle.case) if not holds), "")
    if words:
        return Checked(name="bundle", status="FAILED", words=words)
    return Checked(name="bundle", status="OK", words="the bundle says the same")


def _held(made: CompactVerdict, case: Case) -> list[tuple[bool, str]]:
    found = [(each, sealed) for each in case.results for sealed in each.records if sealed.digest == made.record]
    if not found:
        return [(False, f"the bundle holds no record {made.record[:12]}...")]
    attempt, sealed = found[0]
    result = sealed.record.result
    told = case.acceptance if case.acceptance and case.acceptance.record == made.record else None
    return [
        (made.order == case.bundle.order_id, f"the bundle is for order {case.bundle.order_id}"),
        (_rates(made) == compact_verdict.figures(_result(attempt)), "the bundle holds other figures"),
        (result is not None and result.outcome == made.outcome, "the bundle's record came to another outcome"),
        (told is None or told.decision == made.decision, "the bundle's acceptance decides otherwise"),
        (told is None or told.outcome == made.outcome, "the bundle's acceptance has another outcome"),
        (told is None or told.issued_at == made.issued_at, "the bundle's acceptance is of another time"),
    ]


def _result(attempt: Attempt) -> AcceptanceRecord:
    assert attempt.close is not None
    return attempt.close.record


def _rates(made: CompactVerdict) -> dict[str, float | None]:
    names = ("down_mbps", "up_mbps", "ordered_down_mbps", "ordered_up_mbps")
    return {name: getattr(made, name) for name in names}
