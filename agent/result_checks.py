"""The checks of a bundle's results: receipts, criteria, the verdict judged again, figures, openings, acceptance.

Pure; each is one function of the case. The station's verdict is advice: what follows from its measurements decides.
"""

from agent import compact_verdict
from agent.acknowledgement import Acceptance
from agent.anchor import judged_otherwise
from agent.case import Attempt, Case, Checked, Status
from agent.commitment import stated_in, unmatched
from agent.compact_verdict import CompactVerdict
from agent.record import AcceptanceRecord, decisive, judge_again
from agent.visit_checks import is_demanded, judged_visit, spoken
from agent.witnessing import figure_doubts, link_doubts
from diagnostics.criteria import CriteriaError
from diagnostics.measurement import sanitised

# What an acceptance may come to by what a person decided; a result may still wait for its visit.
_FOLLOWS = {"accept": ("closed", "recorded"), "reject": ("rejected",)}


def _checked(name: str, status: Status, words: str, *, needed: bool = True) -> Checked:
    return Checked(name=name, status=status, words=words, needed=needed)


def _record(attempt: Attempt) -> AcceptanceRecord:
    assert attempt.close is not None
    return attempt.close.record


def receipts(case: Case) -> Checked:
    """Every run of a result under the signed order names its own receipt: order, attempt, station, way, reflector."""
    for attempt in case.results:
        record = _record(attempt)
        assert record.result is not None
        if case.order is None or not case.is_anchored(attempt):
            wrong = ["its receipts are for an order that is not here"] if any(record.result.receipts) else []
        else:
            wrong = link_doubts(record, case.order, case.receipts)
        if wrong:
            return _checked("receipts", "FAILED", f"attempt {record.attempt}: {wrong[0]}")
    if not case.receipts:
        return _checked("receipts", "NOT CHECKED", "no reflector signed what it saw", needed=False)
    names = ", ".join(sorted({made.reflector for made in case.receipts.values()}))
    return _checked("receipts", "OK", f"{len(case.receipts)} runs signed by {names}")


def criteria(case: Case) -> Checked:
    """Every attempt names the criteria that its order signs, and those of every result are here by their digest."""
    for attempt in case.attempts:
        record = attempt.open.record
        wrong = judged_otherwise(record, case.order) if case.order and case.is_anchored(attempt) else []
        if record.ordered and record.criteria and record.ordered.criteria != record.criteria.name:
            wrong.append(f"{record.ordered.criteria} was ordered, and it names {record.criteria.name}")
        if wrong:
            return _checked("criteria", "FAILED", f"attempt {record.attempt}: {wrong[0]}")
    for attempt in case.results:
        status, words = _known(_record(attempt), case)
        if status != "OK":
            return _checked("criteria", status, words)
    if not case.results:
        return _checked("criteria", "NOT CHECKED", "no attempt came to a result", needed=False)
    return _checked("criteria", "OK", words)


def _known(record: AcceptanceRecord, case: Case) -> tuple[Status, str]:
    """Whether the criteria that a result names are here, by digest."""
    assert record.criteria is not None
    name, version, digest = record.criteria.name, record.criteria.version, record.criteria.digest
    try:
        known = case.load_criteria(name)
    except CriteriaError as error:
        return "NOT CHECKED", str(error)
    if known.digest != digest:
        return "NOT CHECKED", f"{name} {version} (sha256 {digest[:12]}...) is not here, only {known.version}"
    if known.version != version:
        return "FAILED", f"{name} with this digest is version {known.version}, not {version}"
    return "OK", f"{name} {version}, sha256 {digest[:12]}..."


def verdict(case: Case) -> Checked:
    """Every result, judged again from its measurements, gives its stated outcome, statuses and margins."""
    for attempt in case.results:
        record = _record(attempt)
        assert record.result is not None
        try:
            again = judge_again(record, case.load_criteria)
        except CriteriaError as error:
            return _checked("verdict", "NOT CHECKED", str(error))
        stated = (record.result.outcome, [decisive(finding) for finding in record.result.findings])
        if stated != (again.outcome, [decisive(finding.to_json()) for finding in again.findings]):
            words = f"stated {stated[0]}, judged again {again.outcome} or by other findings"
            return _checked("verdict", "FAILED", f"attempt {record.attempt}: {words}")
    if not case.attempts[-1].result:
        return _checked("verdict", "NOT CHECKED", "the last attempt came to no result", needed=False)
    return _checked("verdict", "OK", f"{again.outcome}, judged again from the measurements")


def judged(case: Case) -> str | None:
    """The outcome of the last attempt, judged again; None where it has no result or cannot be judged here."""
    if not case.attempts or not case.attempts[-1].result:
        return None
    try:
        return judge_again(_record(case.attempts[-1]), case.load_criteria).outcome
    except CriteriaError:
        return None


def figures(case: Case) -> Checked:
    """Station and reflector counted the same within 5 %, and no stated figure is above the lower of both."""
    looked = False
    for attempt in case.results:
        record = _record(attempt)
        assert record.result and record.ordered
        if case.order is None or not case.is_anchored(attempt):
            continue
        if not any(record.result.receipts) and not any(reflector.gate for reflector in case.order.reflectors):
            continue
        try:
            layer = case.load_criteria(record.ordered.criteria).window.layer
        except CriteriaError as error:
            return _checked("figures", "NOT CHECKED", str(error))
        for words in figure_doubts(record, case.receipts, layer):
            return _checked("figures", "FAILED", f"attempt {record.attempt}: {words}")
        looked = True
    if not looked:
        return _checked("figures", "NOT CHECKED", "only the station counted", needed=False)
    return _checked("figures", "OK", "the lower count of station and reflector, which agree within 5 %")


def openings(case: Case) -> Checked:
    """What was opened of the personal data matches its commitments in the very objects that it is of."""
    if case.openings is None:
        return _checked("openings", "NOT CHECKED", "nothing personal was opened", needed=False)
    here = {digest: made for digest, made in case.openings.items() if digest in case.contents}
    for digest, made in here.items():
        for name in unmatched(made, stated_in(case.contents[digest])):
            words = f"{sanitised(name, 60)} opens nothing that record {digest[:12]}... states"
            return _checked("openings", "FAILED", words)
    if not any(here.values()):
        return _checked("openings", "FAILED", "what was opened is of no object of this bundle")
    told = sorted({sanitised(each.name, 60) for made in here.values() for each in made})
    return _checked("openings", "OK", f"{sum(map(len, here.values()))} values match: {', '.join(told)}")


def acceptance(case: Case) -> Checked:
    """The acceptor confirmed the last result, or the visit around it, by the verdict that comes out here too."""
    made = case.acceptance
    if made is None:
        words = "none in this bundle: the acceptor has not confirmed the result"
        return _checked("acceptance", "NOT CHECKED", words, needed=False)
    if made.decision == "refused":
        words = f"{made.acceptor} refused the record: {'; '.join(made.reasons)}"
        return _checked("acceptance", "FAILED", words)
    last = spoken(case, made.record)
    if last is None or made.order != last.order:
        return _checked("acceptance", "FAILED", "it is for another record than the last result")
    if made.decision == "closed" and last.tx == "E" and is_demanded(case):
        return _checked("acceptance", "FAILED", "it closes on a result whose criteria demand a visit as well")
    outcome = judged(case) if last.tx == "E" else judged_visit(case)
    if None not in (outcome, made.outcome) and outcome != made.outcome:
        return _checked("acceptance", "FAILED", f"the acceptor judged {made.outcome}, here it is {outcome}")
    if case.compact and case.compact != _compact(case, made):
        return _checked("acceptance", "FAILED", "its compact verdict says otherwise")
    if case.review is None:
        return _checked("acceptance", "OK", f"{made.decision} by {made.acceptor}")
    if case.review.record != made.record or made.decision not in _FOLLOWS[case.review.decision]:
        return _checked("acceptance", "FAILED", "the review in it is for another record, or decides otherwise")
    who = f"as {case.review.reviewer} decided: {case.review.why}"
    return _checked("acceptance", "OK", f"{made.decision} by {made.acceptor}, {who}")


def _compact(case: Case, made: Acceptance) -> CompactVerdict:
    """What the compact verdict of an acceptance of the last result must say."""
    told = {"record": made.record, "decision": made.decision, "outcome": made.outcome or ""}
    return compact_verdict.of(_record(case.results[-1]), **told, issued_at=made.issued_at)


def evidence(case: Case) -> Checked:
    """Raw answers of the ONT are not in a bundle."""
    words = "raw answers of the ONT stay with the station; the records name their SHA-256"
    return _checked("evidence", "NOT CHECKED", words, needed=False)
