"""`test.run`: the test of an order that is on the station, as if somebody on site had started it, and what comes of it.

It makes the same records and asks the same of the order; the engineer sees the steps, the rate each second and the
outcome with the record's digest.
"""

import time
from collections.abc import Mapping
from typing import Any

from agent.assignment import Assignment
from agent.jobs import Job
from agent.support.reasons import Ended
from agent.support.scene import assignment_of, discretion_of
from agent.support.verb import Verb, Work, nothing

_LOOK_S = 0.25
_MOST_S = 3600.0  # a test ends by itself; this is only for one that does not


def _run(work: Work) -> None:
    assignment = assignment_of(work)
    if assignment is None:
        raise Ended("no_order")
    key = next(key for key, each in work.house.orders().items() if each is assignment)
    live = work.house.ask(Job(kind="test", key=key, assignment=assignment))
    shown = _Shown(work)
    while live.running:
        if work.cancelled():
            live.stop()
        shown.tell(live.to_json())
        time.sleep(_LOOK_S)
    shown.tell(live.to_json())
    if not work.cancelled():
        _tell_outcome(work, live.ended or {}, assignment)


class _Shown:
    """Tells each step and each second of the test once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._steps: set[tuple[str, str]] = set()
        self._rates = 0

    def tell(self, seen: Mapping[str, Any]) -> None:
        for check, state in seen["steps"]:
            for each in ("started", "done")[: 1 + (state == "done")]:  # also of a check that began and ended unseen
                if (check, each) not in self._steps:
                    self._steps.add((check, each))
                    self._work.emit({"event": "step", "check": check, "state": each})
        for passed_s, direction, second, of_s, mbps in seen["rates"][self._rates :]:
            told = {"passed_s": passed_s, "direction": direction, "second": second, "of_s": of_s, "mbps": mbps}
            self._work.emit({"event": "progress", **told})
        self._rates = len(seen["rates"])


def _tell_outcome(work: Work, ended: Mapping[str, Any], assignment: Assignment) -> None:
    """What the test came to. Raises Ended where it came to nothing."""
    if ended.get("stopped"):
        raise Ended("cancelled")
    if "outcome" not in ended:
        words = discretion_of(work, assignment).words(str(ended.get("failed", "")))
        raise Ended("fault" if ended.get("fault") else "not_available", words)
    work.emit({"event": "outcome", "outcome": ended["outcome"], "digest": ended["digest"]})


VERB = Verb(name="test.run", consent=True, line=False, read=nothing, run=_run, needs_order=True, deadline_s=_MOST_S)
