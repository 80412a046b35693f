"""Reviewing: whether what a person decided may be done, and what becomes of the record then; pure.

A person overrules reasons, never facts that changed behind his back: what he signed names the acceptance that he saw,
and whatever happened to order, key or attempt since then is told in one line instead of being closed over.
"""

from dataclasses import dataclass
from datetime import datetime

from agent import seal
from agent.acceptor.desk import Ruling, TicketState
from agent.acceptor.office import Arrival
from agent.acceptor.reasons import because
from agent.acknowledgement import Acceptance
from agent.record import AcceptanceRecord
from agent.review import Review
from diagnostics.errors import BadInput


class ReviewRefused(BadInput):
    """A person's decision cannot be done; the message says why in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InReview:
    """A record and what is known about it now: its acceptance, its work order, its key, and whether it is overtaken.

    `sealed` is the record's token, `token` the acceptance's; `reviewed` what a person decided before; `revoked` why its
    order was withdrawn, if it was; `newest` whether its attempt is the last that was opened; `visit_due` whether a
    visit must close it.
    """

    record: AcceptanceRecord
    sealed: str
    received_at: datetime
    acceptance: Acceptance
    token: str
    reviewed: Review | None
    ticket: TicketState
    quarantine: str
    revoked: str
    newest: bool
    visit_due: bool

    def arrival(self, at: datetime) -> Arrival:
        """The record as it comes to be answered again."""
        envelope = seal.read(self.sealed, typ=seal.RECORD)
        return Arrival(envelope=envelope, record=self.record, at=at)


def refusal(made: Review, known: InReview) -> str:
    """Why a person's decision cannot be done; empty where it can."""
    before, answer = known.reviewed, known.acceptance
    if before is not None:
        return f"{before.reviewer} has decided on it before: {before.decision}, {before.why}"
    if answer.decision != "review":
        return f"it is not in review: the desk decided {answer.decision}"
    if made.record != seal.digest_of(known.sealed) or made.acceptance != seal.digest_of(known.token):
        return "the decision is on another answer than the one that stands here; look again with: review show"
    if not known.newest:
        return "a later attempt was opened since; decide on that one"
    if known.ticket == "closed":
        return "its work order was closed before"
    return _not_acceptable(known) if made.decision == "accept" else ""


def _not_acceptable(known: InReview) -> str:
    if known.quarantine:
        return f"its station's key is in quarantine ({known.quarantine}); test again with another station"
    if known.ticket == "other":
        return "its work order is known here with other content, or under a newer order; test again under that one"
    if known.revoked and not any(known.revoked in reason for reason in known.acceptance.reasons):
        return f"its order was withdrawn since: {known.revoked}"
    return ""


def ruling(made: Review, known: InReview) -> Ruling:
    """What becomes of the record by a person's decision; the verdict of its measurements stays what it is."""
    words = [f"{made.reviewer} decided: {made.why}", *(f"before: {why}" for why in known.acceptance.reasons)]
    if made.decision == "reject":
        decision, due = "rejected", []
    elif known.visit_due:
        decision, due = "recorded", because("visit_awaited", ["waits for the visit, which the criteria demand as well"])
    else:
        decision, due = "closed", []
    told = (*because("person", words[:1]), *due, *because("person", words[1:]))
    outcome, line = known.acceptance.outcome, known.acceptance.line
    return Ruling(decision=decision, because=told, outcome=outcome, line=line)  # type: ignore[arg-type]
