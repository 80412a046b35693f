"""Verifying a bundle offline: who signed what, is it untouched, is the verdict right; each answered by a named check.

Nothing is believed but the trust file. What cannot be checked is said to be NOT CHECKED and never counts as OK.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from agent import acknowledgement, record_form, seal
from agent.acknowledgement import Acceptance
from agent.bundle import Bundle
from agent.bundle_checks import Attempt, Checked, Sealed, anchor, receipts
from agent.record import RecordError, judge_again
from agent.trust import Trust
from agent.visit_checks import last_word, visits
from diagnostics.criteria import Criteria, CriteriaError


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What a bundle proves: its checks, the verdict judged again of the last attempt, and what the acceptor decided."""

    order_id: str
    checks: tuple[Checked, ...]
    outcome: str | None
    acceptance: Acceptance | None

    @property
    def valid(self) -> bool:
        """Whether nothing failed and everything needed was checked."""
        return all(c.status == "OK" or (c.status == "NOT CHECKED" and not c.needed) for c in self.checks)

    def to_json(self) -> dict[str, Any]:
        """The verification as a JSON object."""
        a = self.acceptance
        return {
            "valid": self.valid,
            "order": self.order_id,
            "outcome": self.outcome,
            "acceptance": a and {"acceptor": a.acceptor, "decision": a.decision, "reasons": list(a.reasons)},
            "checks": [{name: getattr(check, name) for name in Checked.__slots__} for check in self.checks],
        }


def verify(bundle: Bundle, trust: Trust, load_criteria: Callable[[str], Criteria], now: datetime) -> Verification:
    """Check everything that a bundle states; `now` stands in for the acceptance's time where there is none."""
    acceptance, acceptance_checked = _acceptance(bundle, trust)
    try:
        attempts = _attempts(bundle, trust, acceptance.issued_at if acceptance else now)
    except (seal.SealError, RecordError) as error:
        seals = Checked(name="seals", status="FAILED", words=str(error))
        return Verification(order_id=bundle.order_id, checks=(seals,), outcome=None, acceptance=None)
    words = f"{len(_line(attempts))} records signed by station {attempts[0].open.record.station}"
    seals = Checked(name="seals", status="OK", words=words)
    at = acceptance.issued_at if acceptance else now
    checks = [
        seals,
        _order(bundle, attempts),
        anchor(bundle, attempts, trust, at),
        _chain(attempts),
        receipts(bundle, attempts, trust, load_criteria, at),
    ]
    verdict, outcome = _verdict(attempts, load_criteria)
    checks += [verdict, visits(attempts, load_criteria), _named(acceptance_checked, acceptance, attempts, outcome), _EVIDENCE]
    return Verification(order_id=bundle.order_id, checks=tuple(checks), outcome=outcome, acceptance=acceptance)


_EVIDENCE = Checked(
    name="evidence",
    status="NOT CHECKED",
    words="raw answers of the ONT stay with the station; the records name their SHA-256",
    needed=False,
)


def _attempts(bundle: Bundle, trust: Trust, at: datetime) -> list[Attempt]:
    made = []
    for number, attempt in enumerate(bundle.attempts, 1):
        opened = _opened(f"attempt {number}, open record", attempt.open, trust, at)
        close = None
        if attempt.close is not None:
            close = _opened(f"attempt {number}, close record", attempt.close, trust, at)
        visits = tuple(_opened(f"attempt {number}, visit record", token, trust, at) for token in attempt.visits)
        made.append(Attempt(opened, close, visits))
    return made


def _opened(which: str, token: str, trust: Trust, at: datetime) -> Sealed:
    try:
        opened = seal.open_sealed(token, typ=seal.RECORD, trust=trust, at=at)
        record = record_form.from_json(opened.content)
    except seal.SealError as error:
        raise seal.SealError(error.reason, f"{which}: {error}") from error
    except RecordError as error:
        raise RecordError(f"{which}: {error}") from error
    if record.station != opened.key.name:
        raise RecordError(f"{which}: names station {record.station}, but {opened.key.name} signed it")
    return Sealed(record, opened.envelope.digest)


def _line(attempts: list[Attempt]) -> list[Sealed]:
    return [sealed for attempt in attempts for sealed in (attempt.open, attempt.close, *attempt.visits) if sealed]


def _order(bundle: Bundle, attempts: list[Attempt]) -> Checked:
    other = {s.record.order.id if s.record.order else "none" for s in _line(attempts)} - {bundle.order_id}
    if other:
        return Checked(name="order", status="FAILED", words=f"a record is for order {min(other)}")
    last = attempts[-1].open.record.order
    if last is None or last.digest != bundle.order_digest:
        return Checked(name="order", status="FAILED", words="the last attempt is for other order content")
    return Checked(name="order", status="OK", words=f"all records are for order {bundle.order_id}")


def _chain(attempts: list[Attempt]) -> Checked:
    """Attempts counted without a gap, each close after its own open, neighbours joined by digest."""
    broken = [f"attempt {n}: {why}" for n, a in enumerate(attempts, 1) if (why := _broken_attempt(n, a))]
    line = sorted(_line(attempts), key=lambda sealed: (sealed.record.epoch, sealed.record.seq))
    broken += [why for before, after in pairwise(line) if (why := _broken_joint(before, after))]
    if broken:
        return Checked(name="chain", status="FAILED", words=broken[0])
    return Checked(name="chain", status="OK", words=f"attempts 1 to {len(attempts)}, counted without a gap")


def _broken_attempt(number: int, attempt: Attempt) -> str:
    opened = attempt.open.record
    if opened.tx != "B" or opened.attempt != number:
        return "is missing or out of order"
    if attempt.close is None:
        return ""
    close = attempt.close.record
    if close.tx not in "EAXP" or close.open != attempt.open.digest:
        return "its close record ends another attempt"
    if (close.order, close.station, close.attempt) != (opened.order, opened.station, number):
        return "its close record names another order, station or number"
    if close.tx == "E" and (close.ordered, close.criteria) != (opened.ordered, opened.criteria):
        return "ordered facts or criteria changed while it ran"
    return ""


def _broken_joint(before: Sealed, after: Sealed) -> str:
    place, last = (after.record.epoch, after.record.seq), (before.record.epoch, before.record.seq)
    if place <= last:
        return f"record {place[0]}/{place[1]} is out of order"
    if place == (last[0], last[1] + 1) and after.record.prev != before.digest:
        return f"record {place[0]}/{place[1]} does not follow the one before it"
    return ""


def _verdict(attempts: list[Attempt], load: Callable[[str], Criteria]) -> tuple[Checked, str | None]:
    """Judge every result again; the outcome is that of the last attempt."""
    outcome = None
    for number, attempt in enumerate(attempts, 1):
        outcome = None
        if attempt.close is None or attempt.result is None:
            continue
        try:
            again = judge_again(attempt.close.record, load)
        except CriteriaError as error:
            return Checked(name="verdict", status="NOT CHECKED", words=str(error)), None
        stated, outcome = attempt.result, again.outcome
        if (stated.outcome, list(stated.findings)) != (outcome, [f.to_json() for f in again.findings]):
            words = f"attempt {number}: stated {stated.outcome}, judged again {outcome} or by other findings"
            return Checked(name="verdict", status="FAILED", words=words), outcome
    if outcome is None:
        words = "the last attempt came to no result"
        return Checked(name="verdict", status="NOT CHECKED", words=words, needed=False), None
    return Checked(name="verdict", status="OK", words=f"{outcome}, judged again from the measurements"), outcome


def _acceptance(bundle: Bundle, trust: Trust) -> tuple[Acceptance | None, Checked]:
    if bundle.acceptance is None:
        words = "none in this bundle: the acceptor has not confirmed the result"
        return None, Checked(name="acceptance", status="NOT CHECKED", words=words, needed=False)
    try:
        opened = seal.open_sealed(bundle.acceptance, typ=seal.ACCEPTANCE, trust=trust)
        made = acknowledgement.from_json(opened.content)
        seal.check_validity(opened, made.issued_at)
    except (seal.SealError, acknowledgement.AcceptanceError) as error:
        return None, Checked(name="acceptance", status="FAILED", words=str(error))
    if made.decision == "refused":
        words = f"{made.acceptor} refused the record: {'; '.join(made.reasons)}"
        return made, Checked(name="acceptance", status="FAILED", words=words)
    return made, Checked(name="acceptance", status="OK", words=f"{made.decision} by {made.acceptor}")


def _named(checked: Checked, made: Acceptance | None, attempts: list[Attempt], outcome: str | None) -> Checked:
    """An acceptance counts for the last result, or for the visit that was closed on it."""
    if made is None or checked.status == "FAILED":
        return checked
    last = last_word(attempts, made.record)
    if last is None or made.order != last.record.order:
        return Checked(name="acceptance", status="FAILED", words="it is for another record than the last result")
    stated = outcome if last.record.tx == "E" else last.record.result and last.record.result.outcome
    if None not in (stated, made.outcome) and stated != made.outcome:
        words = f"the acceptor judged {made.outcome}, here it is {stated}"
        return Checked(name="acceptance", status="FAILED", words=words)
    return checked
