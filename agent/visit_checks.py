"""The check of a bundle that looks at visits: each belongs to its result and is judged again; pure."""

from collections.abc import Callable

from agent.bundle_checks import Attempt, Checked, Sealed
from agent.record import demands_visit, judge_again
from agent.visit_link import strays
from diagnostics.criteria import Criteria, CriteriaError


def last_word(attempts: list[Attempt], digest: str) -> Sealed | None:
    """The record with this digest, where it is the last result or a visit that was closed on it."""
    results = [attempt for attempt in attempts if attempt.close and attempt.close.record.tx == "E"]
    last = results[-1] if results else None
    spoken = (last.close, *last.visits) if last else ()
    return next((sealed for sealed in spoken if sealed and sealed.digest == digest), None)


def visits(attempts: list[Attempt], load: Callable[[str], Criteria]) -> Checked:
    """Every visit is for the result of its own attempt, and gives its outcome and findings when it is judged again."""
    try:
        for number, attempt in enumerate(attempts, 1):
            for visit in attempt.visits:
                if words := _fault(visit, attempt.close, load):
                    return Checked(name="visit", status="FAILED", words=f"attempt {number}: {words}")
        return _last(attempts[-1], load)
    except CriteriaError as error:
        return Checked(name="visit", status="NOT CHECKED", words=str(error))


def _fault(visit: Sealed, close: Sealed | None, load: Callable[[str], Criteria]) -> str:
    if visit.record.tx != "V" or close is None:
        return "a visit without a result" if close is None else "a record that is no visit stands for one"
    if astray := strays(visit.record, close.record, close.digest):
        return astray[0]
    stated, again = visit.record.result, judge_again(visit.record, load)
    assert stated
    if (stated.outcome, list(stated.findings)) != (again.outcome, [f.to_json() for f in again.findings]):
        return f"the visit: stated {stated.outcome}, judged again {again.outcome} or by other findings"
    return ""


def _last(attempt: Attempt, load: Callable[[str], Criteria]) -> Checked:
    if attempt.visits and attempt.visits[-1].record.result:
        words = f"{attempt.visits[-1].record.result.outcome}, judged again from what was noted"
        return Checked(name="visit", status="OK", words=words)
    demanded = bool(attempt.close and attempt.result and demands_visit(attempt.close.record, load))
    words = "none was closed" if demanded else "none was demanded"
    return Checked(name="visit", status="NOT CHECKED", words=words, needed=demanded)
