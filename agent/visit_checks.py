"""The check of a bundle that looks at visits: each belongs to its result and is judged again; pure.

A visit that criteria demand and nobody closed yet is said; what was closed without one is told by the acceptance.
"""

from agent.case import Attempt, Case, Checked, Sealed, Status
from agent.record import AcceptanceRecord, decisive, demands_visit, judge_again
from agent.visit_link import strays
from diagnostics.criteria import CriteriaError


def visit(case: Case) -> Checked:
    """Every visit is for the result of its own attempt, and gives its outcome and statuses when it is judged again."""
    try:
        for number, attempt in enumerate(case.attempts, 1):
            for sealed in attempt.visits:
                if words := _fault(sealed, attempt.close, case):
                    return _checked("FAILED", f"attempt {number}: {words}")
        last = case.attempts[-1].visits
        if last and last[-1].record.result:
            return _checked("OK", f"{last[-1].record.result.outcome}, judged again from what was noted")
        words = "the criteria demand one, and none was closed yet" if is_demanded(case) else "none was demanded"
        return _checked("NOT CHECKED", words, needed=False)
    except CriteriaError as error:
        return _checked("NOT CHECKED", str(error))


def spoken(case: Case, digest: str) -> AcceptanceRecord | None:
    """The record with this digest, where it is the last result or a visit that was closed on it."""
    last = case.results[-1] if case.results else None
    found = (last.close, *last.visits) if last else ()
    return next(
        (sealed.record for sealed in found if sealed and sealed.record.result and sealed.digest == digest), None
    )


def judged_visit(case: Case) -> str | None:
    """The outcome of the visit that the acceptance is for, judged again; None where it cannot be judged here."""
    record = spoken(case, case.acceptance.record) if case.acceptance else None
    try:
        return judge_again(record, case.load_criteria).outcome if record else None
    except CriteriaError:
        return None


def is_demanded(case: Case) -> bool:
    """Whether the criteria of the last result also demand something of its visit; False where they are not here."""
    last: Attempt | None = case.results[-1] if case.results else None
    try:
        return bool(last and last.close and demands_visit(last.close.record, case.load_criteria))
    except CriteriaError:
        return False


def _fault(sealed: Sealed, close: Sealed | None, case: Case) -> str:
    record = sealed.record
    if record.tx != "V" or record.result is None:
        return "a record that is no visit stands for one"
    if close is None:
        return "a visit without a result"
    if astray := strays(record, close.record, close.digest):
        return astray[0]
    again = judge_again(record, case.load_criteria)
    stated = (record.result.outcome, [decisive(finding) for finding in record.result.findings])
    if stated != (again.outcome, [decisive(finding.to_json()) for finding in again.findings]):
        return f"the visit: stated {stated[0]}, judged again {again.outcome} or by other findings"
    return ""


def _checked(status: Status, words: str, *, needed: bool = True) -> Checked:
    return Checked(name="visit", status=status, words=words, needed=needed)
