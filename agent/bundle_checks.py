"""The checks of a bundle's records against each other and against the signed order: order, anchor, chain, count, time.

Pure; each is one function of the case, and says what it could not look at. Station time never decides.
"""

from datetime import datetime
from itertools import pairwise

from agent.anchor import strays, surplus, untimely
from agent.case import Attempt, Case, Checked, Sealed, Status
from agent.record import UNANCHORED
from agent.witnessing import hidden


def _checked(name: str, status: Status, words: str, *, needed: bool = True) -> Checked:
    return Checked(name=name, status=status, words=words, needed=needed)


def order(case: Case) -> Checked:
    """Every record is for the bundle's order, the last attempt for its very content."""
    wanted = case.bundle.order_id
    other = {s.record.order.id if s.record.order else "none" for s in case.records} - {wanted}
    if other:
        return _checked("order", "FAILED", f"a record is for order {min(other)}")
    last = case.attempts[-1].open.record.order
    if last is None or last.digest != case.bundle.order_digest:
        return _checked("order", "FAILED", "the last attempt is for other order content")
    return _checked("order", "OK", f"all records are for order {wanted}")


def anchor(case: Case) -> Checked:
    """The signed order is the one that the last attempt names, and every attempt under it keeps to it."""
    last = case.attempts[-1].open.record.order
    if case.order is None:
        if last is not None and last.anchor != UNANCHORED:
            return _checked("anchor", "FAILED", "the signed order that the records name is not here")
        words = "unanchored: nobody signed the order, only the station states what was ordered"
        return _checked("anchor", "NOT CHECKED", words, needed=False)
    if not case.is_anchored(case.attempts[-1]):
        return _checked("anchor", "FAILED", "the last attempt names another signed order")
    for attempt in filter(case.is_anchored, case.attempts):
        for words in strays(attempt.open.record, case.order):
            return _checked("anchor", "FAILED", f"attempt {attempt.open.record.attempt}: {words}")
    return _checked("anchor", "OK", f"signed by {case.issuer}, and kept to")


def chain(case: Case) -> Checked:
    """Each close ends its own open and states the same, neighbours are joined by digest, and places only rise."""
    broken = [f"attempt {n}: {why}" for n, a in enumerate(case.attempts, 1) if (why := _broken_attempt(a))]
    tests = [sealed for sealed in case.records if sealed.record.tx != "V"]  # visits may be closed later
    line = sorted(case.records, key=lambda sealed: (sealed.record.epoch, sealed.record.seq))
    joints = (*pairwise(tests), *pairwise(line))
    broken += [why for before, after in joints if (why := _broken_joint(before, after))]
    if broken:
        return _checked("chain", "FAILED", broken[0])
    return _checked("chain", "OK", f"{len(case.records)} records, each in its place")


def _broken_attempt(attempt: Attempt) -> str:
    opened = attempt.open.record
    if opened.tx != "B":
        return "does not begin with an open record"
    if attempt.close is None:
        return ""
    close = attempt.close.record
    if close.tx not in "EAXP" or close.open != attempt.open.digest:
        return "its close record ends another attempt"
    if (close.order, close.station, close.attempt) != (opened.order, opened.station, opened.attempt):
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


def attempts(case: Case) -> Checked:
    """Attempts count 1, 2, 3 without a gap, no more than allowed, and no reflector saw a run that no record shows."""
    for number, attempt in enumerate(case.attempts, 1):
        if attempt.open.record.attempt != number:
            return _checked("attempts", "FAILED", f"attempt {number} is missing or out of order")
    opens = {attempt.open.digest for attempt in case.attempts}
    named = {digest for attempt in case.results if attempt.result for digest in attempt.result.receipts if digest}
    finished = {attempt.open.digest for attempt in case.results}
    shown = {digest for digest, made in case.receipts.items() if digest in named or made.open not in finished}
    under = len(list(filter(case.is_anchored, case.attempts)))
    wrong = hidden(case.receipts, shown, opens) + (surplus(under, case.order) if case.order else [])
    if wrong:
        return _checked("attempts", "FAILED", wrong[0])
    allowed = f"; {under} of {case.order.attempts} that the order allows" if case.order else ""
    return _checked("attempts", "OK", f"1 to {len(case.attempts)}, counted without a gap{allowed}")


def time(case: Case) -> Checked:
    """Order issued <= reflector saw <= acceptance issued, by the clocks of servers; what no server saw is said."""
    if case.order is None:
        words = "nobody signed the order, so no server's clock says when it was issued"
        return _checked("time", "NOT CHECKED", words, needed=False)
    accepted = case.acceptance.issued_at if case.acceptance else None
    if accepted and accepted < case.order.issued_at:
        return _checked("time", "FAILED", "the acceptance is older than the order")
    for attempt in filter(case.is_anchored, case.attempts):
        seen = [made.admitted_at for made in case.receipts.values() if made.open == attempt.open.digest]
        for at in seen:
            for words in untimely(at, case.order):
                return _checked("time", "FAILED", f"attempt {attempt.open.record.attempt}: {words}")
        if accepted and seen and max(seen) > accepted and _is_before(case, attempt):
            words = "a reflector saw it after it had been accepted"
            return _checked("time", "FAILED", f"attempt {attempt.open.record.attempt}: {words}")
        if attempt.result and not seen and case.at > case.order.expires_at:
            words = f"attempt {attempt.open.record.attempt}: no server saw it before the order expired"
            return _checked("time", "NOT CHECKED", words)
    return _checked("time", "OK", _sandwich(case, accepted))


def _is_before(case: Case, attempt: Attempt) -> bool:
    """Whether an attempt is the accepted one or one before it."""
    accepted = case.acceptance.record if case.acceptance else ""
    places = [place for place, each in enumerate(case.attempts) if accepted in [s.digest for s in each.records]]
    return bool(places) and case.attempts.index(attempt) <= places[0]


def _sandwich(case: Case, accepted: datetime | None) -> str:
    assert case.order is not None
    seen = sorted(made.admitted_at for made in case.receipts.values())
    steps = [f"order {_minute(case.order.issued_at)}"]
    steps += [f"reflector {_minute(seen[0])} to {_minute(seen[-1])}"] if seen else []
    steps += [f"acceptance {_minute(accepted)}"] if accepted else []
    return ", ".join(steps)


def _minute(at: datetime) -> str:
    return at.isoformat(timespec="minutes")
