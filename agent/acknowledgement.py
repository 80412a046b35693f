"""The acceptance: what the acceptor states about one record, and its one form as JSON; pure.

It is the end-to-end acknowledgement: nothing but a verified one, naming a record's very digest, ends a delivery.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from agent.fields import Fields
from agent.record import OrderRef
from agent.record_form import digest
from diagnostics import strict_json
from diagnostics.errors import BadInput

VERSION = 1
Decision = Literal["recorded", "closed", "rejected", "review", "refused"]
DECISIONS: tuple[str, ...] = get_args(Decision)
LineState = Literal["bound", "not bound", "other line"]
LINE_STATES: tuple[str, ...] = get_args(LineState)
_FIELDS = {
    "v",
    "acceptor",
    "record",
    "kid",
    "epoch",
    "seq",
    "order",
    "decision",
    "outcome",
    "reasons",
    "line",
    "verdict",
    "chain",
    "close_unanchored",
    "issued_at",
}
_MOST = 2**53 - 1
VERDICT_CHARACTERS = 1000
REVIEW_CHARACTERS = 4000


class AcceptanceError(BadInput):
    """An acceptance is not one; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """What became of a record; `record` is its digest, `outcome` the acceptor's own verdict where one was due.

    `line` says whether the runs were made over the ordered line, None where no result was accepted; `chain` whether all
    that the station sealed before is known, `close_unanchored` which policy was in force. `verdict` is the token of the
    compact verdict, where there is an outcome to tell, `review` that of a person's decision, where one was left to him.
    """

    acceptor: str
    record: str
    kid: str
    epoch: int
    seq: int
    order: OrderRef | None
    decision: Decision
    outcome: str | None
    reasons: tuple[str, ...]
    line: LineState | None
    verdict: str | None
    chain: str
    close_unanchored: bool
    issued_at: datetime
    review: str | None = None


def supersedes(made: Acceptance, before: Acceptance) -> bool:
    """Whether an acceptance takes the place of an earlier one of its record: a person decided what was left to him."""
    return before.decision == "review" and before.review is None and made.review is not None


def write(acceptance: Acceptance) -> bytes:
    """The bytes that are signed."""
    made = {name: getattr(acceptance, name) for name in Acceptance.__slots__}
    if acceptance.review is None:
        del made["review"]
    order = acceptance.order
    return strict_json.write(
        {"v": VERSION}
        | made
        | {
            "order": order and {"id": order.id, "digest": order.digest, "anchor": order.anchor},
            "reasons": list(acceptance.reasons),
            "issued_at": acceptance.issued_at.isoformat(),
        }
    )


def from_json(made: Mapping[str, Any]) -> Acceptance:
    """The acceptance that a strictly read JSON object states."""
    root = Fields(dict(made), "", AcceptanceError).exactly(*_FIELDS, of="of an acceptance", optional=("review",))
    root.version(VERSION)
    issued_at = root.time("issued_at")
    if issued_at is None or not isinstance(made["close_unanchored"], bool):
        raise root.complain("issued_at" if issued_at is None else "close_unanchored", "is not of its form")
    decision: Any = root.text("decision", one_of=DECISIONS)
    line: Any = None if made["line"] is None else root.text("line", one_of=LINE_STATES)
    return Acceptance(
        acceptor=root.text("acceptor"),
        record=digest(root, "record"),
        kid=root.text("kid"),
        epoch=root.whole("epoch", 1, _MOST),
        seq=root.whole("seq", 1, _MOST),
        order=None if made["order"] is None else _order(root.object("order")),
        decision=decision,
        outcome=None if made["outcome"] is None else root.text("outcome"),
        reasons=tuple(_reason(root, *numbered) for numbered in enumerate(root.items("reasons"))),
        line=line,
        verdict=None if made["verdict"] is None else root.text("verdict", longest=VERDICT_CHARACTERS),
        chain=root.text("chain"),
        close_unanchored=made["close_unanchored"],
        issued_at=issued_at,
        review=root.text("review", longest=REVIEW_CHARACTERS) if "review" in made else None,
    )


def _order(order: Fields) -> OrderRef:
    return OrderRef(id=order.text("id"), digest=digest(order, "digest"), anchor=order.text("anchor"))


def _reason(root: Fields, place: int, value: Any) -> str:
    if not isinstance(value, str):
        raise root.complain(f"reasons[{place}]", "must be text")
    return value
