"""The bundles with a visit: demanded, closed, awaited, of another result, prettified, and closed without one."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from agent import seal
from agent.bundle import Bundle, BundledAttempt
from tests.vectors import story
from tests.vectors.bundles import HOUR, Vector, both, failed
from tests.vectors.story import Box, acceptance, order

JUDGED: dict[str, Any] = {"ordered": story.VISITED, "criteria": story.DEMANDING_REF}
NOTED = {"visit": "OK"}


def visited(*ratings: int, decision: str = "closed", issued_at: datetime = story.ACCEPTED, **fields: Any) -> Bundle:
    """A good attempt under criteria that demand a visit, and visits closed on it; the last record is answered."""
    signed, box = order(**JUDGED), Box()
    opened = box.open(signed, **JUDGED)
    seen = both(signed, opened)
    judged = replace(story.result(story.GOOD, seen), findings=_findings())
    close = box.end("E", signed, opened, result=judged, **JUDGED)
    standard = {
        "order": story.ref(signed),
        "attempt": 1,
        "open": seal.digest_of(opened),
        "close": seal.digest_of(close),
    }
    made = [box.add("V", **(standard | JUDGED | {"result": story.visit_result(rating)} | fields)) for rating in ratings]
    attempt = BundledAttempt(open=opened, close=close, receipts=seen, visits=tuple(made))
    outcome = story.visit_result(ratings[-1]).outcome if ratings else "accepted"
    return story.bundle(
        signed,
        attempt,
        accepted=acceptance(box.records[-1], close, decision=decision, outcome=outcome, issued_at=issued_at),
    )


def _findings() -> tuple[dict[str, Any], ...]:
    """The findings on the line, which both sets judge alike."""
    return tuple(dict(finding) for finding in story.result(story.GOOD).findings)


VISITS = {
    "visit closed": Vector(why="rated, so closed", make=lambda: visited(5), checks=NOTED, valid=True),
    "visit closed again": Vector(
        why="the first visit was rated too low", make=lambda: visited(1, 5), checks=NOTED, valid=True
    ),
    "visit awaited": Vector(
        why="a result that waits for its visit", make=lambda: visited(decision="recorded"), valid=True
    ),
    "closed without its visit": Vector(why="the criteria demand one", make=visited, checks=failed("acceptance")),
    "visit accepted before its runs were seen": Vector(
        why="the sandwich holds for the visit's acceptance too",
        make=lambda: visited(5, issued_at=story.ADMITTED - HOUR),
        checks=NOTED | failed("time"),
    ),
    "visit of another result": Vector(
        why="a visit names its result", make=lambda: visited(5, close="8" * 64), checks=failed("visit")
    ),
    "visit of another attempt": Vector(
        why="a visit names its attempt", make=lambda: visited(5, attempt=2), checks=failed("visit")
    ),
    "visit prettified": Vector(
        why="the visit is judged again",
        make=lambda: visited(1, result=replace(story.visit_result(1), outcome="accepted")),
        checks=failed("visit"),
    ),
}
