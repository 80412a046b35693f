"""A message: what one ticket system is told of one event of one work order; made of signed records, names no person.

What stands in it comes from the record, which holds commitments only, from our acceptance, and from the ticket system's
own ids. It is derived each time it is sent: the same rows make the same message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from agent.acknowledgement import Acceptance
from agent.record import AcceptanceRecord, judge_again
from diagnostics.criteria import Criteria, CriteriaError
from diagnostics.limits import Limit
from diagnostics.verdict import Finding

_ENDS = {"B": "opened", "A": "aborted", "X": "failed", "P": "failed"}


def event_of(tx: str, decision: str) -> str:
    """What a record and the decision on it are to a ticket system; empty where they are nothing to it."""
    if tx in ("E", "V", ""):
        return decision
    return _ENDS.get(tx, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One event, told to one system.

    `why` are the reasons in one line, `at` when it was decided, `links` the system's own ids by kind (`workOrder`,
    `service`, `troubleTicket`), `repeated` whether it may have been told before.
    """

    key: str
    event: str
    why: str
    at: datetime
    record: AcceptanceRecord
    acceptance: Acceptance
    token: str
    repeated: bool = False
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def order_id(self) -> str:
        """The work order's id."""
        return self.record.order.id if self.record.order else ""

    @property
    def title(self) -> str:
        """A name that nothing else has, by which a system is asked whether it knows the message already."""
        return f"prooflight {self.order_id} attempt {self.record.attempt} {self.key[:16]}"


def judged(record: AcceptanceRecord, load: Callable[[str], Criteria]) -> tuple[tuple[Finding, Limit], ...]:
    """The findings on a result, judged again, each with its limit; none where it cannot be judged here."""
    if record.tx != "E" or record.ordered is None or record.result is None:
        return ()
    try:
        findings = judge_again(record, load).findings
        limits = {limit.name: limit for limit in load(record.ordered.criteria).for_line(record.ordered)}
    except CriteriaError:
        return ()
    return tuple((finding, limits[finding.name]) for finding in findings if finding.name in limits)
