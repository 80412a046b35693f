"""The review: what a person decided on a record that the desk left to a person, sealed by that person's own key; pure.

It names the record and the very acceptance that the person had before him, so it can be used for nothing else. The
acceptor's new acceptance carries it, so that whoever verifies sees who decided, and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from agent.fields import Fields
from agent.record_form import digest
from diagnostics import strict_json
from diagnostics.errors import BadInput

VERSION = 1
LONGEST_WHY = 500
Choice = Literal["accept", "reject"]
CHOICES: tuple[str, ...] = get_args(Choice)


class ReviewError(BadInput):
    """A review is not one; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Who decided what, why and when; `record` and `acceptance` are digests, `reviewer` the name of a pinned key."""

    record: str
    acceptance: str
    decision: Choice
    why: str
    reviewer: str
    decided_at: datetime


def write(review: Review) -> bytes:
    """The bytes that are signed; ReviewError where they would not read back."""
    made = {name: getattr(review, name) for name in Review.__slots__}
    made = {"v": VERSION} | made | {"decided_at": review.decided_at.isoformat()}
    from_json(made)
    return strict_json.write(made)


def from_json(made: Mapping[str, Any]) -> Review:
    """The review that a strictly read JSON object states."""
    root = Fields(dict(made), "", ReviewError).exactly("v", *Review.__slots__, of="of a review")
    root.version(VERSION)
    decided_at = root.required_time("decided_at")
    decision: Any = root.text("decision", one_of=CHOICES)
    return Review(
        record=digest(root, "record"),
        acceptance=digest(root, "acceptance"),
        decision=decision,
        why=root.text("why", longest=LONGEST_WHY),
        reviewer=root.text("reviewer"),
        decided_at=decided_at,
    )
