"""The compact verdict: the acceptor's word on one order, short enough for a QR code; its one form and its text; pure.

It is an object of its own that the acceptor signs and puts into the acceptance, so that it can be believed alone, and
held against the bundle that it came from. It names no person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.acknowledgement import VERDICT_CHARACTERS
from agent.fields import Fields
from agent.record import AcceptanceRecord
from agent.record_form import digest
from diagnostics import strict_json
from diagnostics.errors import BadInput
from diagnostics.verdict import only

VERSION = 1
PREFIX = "prooflight:verdict:"
MOST_CHARACTERS = len(PREFIX) + VERDICT_CHARACTERS
_RATES = ("down_mbps", "up_mbps", "ordered_down_mbps", "ordered_up_mbps")
_OUTCOMES = ("accepted", "rejected", "inconclusive")
_DECISIONS = ("recorded", "closed", "rejected", "review")


class CompactVerdictError(BadInput):
    """A text or an object is no compact verdict; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompactVerdict:
    """Which order and record, what was decided by which outcome, the figures (None: not measured) and when.

    `record` is the digest of the record that the acceptance answers.
    """

    order: str
    record: str
    decision: str
    outcome: str
    down_mbps: float | None
    up_mbps: float | None
    ordered_down_mbps: float | None
    ordered_up_mbps: float | None
    issued_at: datetime

    def __str__(self) -> str:
        return (
            f"order {self.order}: {self.outcome}, {self.decision} at {self.issued_at:%Y-%m-%d %H:%M %Z}; "
            + ", ".join(
                f"{direction} {_rate(measured)} of {_rate(ordered)} Mbit/s"
                for direction, measured, ordered in (
                    ("down", self.down_mbps, self.ordered_down_mbps),
                    ("up", self.up_mbps, self.ordered_up_mbps),
                )
            )
        )


def _rate(mbps: float | None) -> str:
    return "not measured" if mbps is None else f"{mbps:g}"


def of(result: AcceptanceRecord, *, record: str, decision: str, outcome: str, issued_at: datetime) -> CompactVerdict:
    """The compact verdict on a result; `record` is the digest of what is answered: the result, or the visit on it."""
    assert result.order and result.ordered
    return CompactVerdict(
        order=result.order.id,
        record=record,
        decision=decision,
        outcome=outcome,
        **figures(result),
        issued_at=issued_at,
    )


def figures(result: AcceptanceRecord) -> dict[str, float | None]:
    """The measured and ordered rates of a result, by the names that they have here."""
    assert result.ordered and result.result
    found = {way: only(f"throughput_{way}_mbps", "", result.result.measurements) for way in ("down", "up")}
    rates = {way: made.number if made else None for way, made in found.items()}
    return {
        "down_mbps": rates["down"],
        "up_mbps": rates["up"],
        "ordered_down_mbps": result.ordered.down_mbps,
        "ordered_up_mbps": result.ordered.up_mbps,
    }


def write(verdict: CompactVerdict) -> bytes:
    """The bytes that are signed; CompactVerdictError where they would not read back."""
    made = {name: getattr(verdict, name) for name in CompactVerdict.__slots__}
    made = {"v": VERSION} | made | {"issued_at": verdict.issued_at.isoformat()}
    from_json(made)
    return strict_json.write(made)


def from_json(made: Mapping[str, Any]) -> CompactVerdict:
    """The compact verdict that a strictly read JSON object states."""
    root = Fields(dict(made), "", CompactVerdictError)
    root.exactly("v", *CompactVerdict.__slots__, of="of a compact verdict")
    root.version(VERSION)
    issued_at = root.required_time("issued_at")
    return CompactVerdict(
        order=root.text("order", longest=64),
        record=digest(root, "record"),
        decision=root.text("decision", one_of=_DECISIONS),
        outcome=root.text("outcome", one_of=_OUTCOMES),
        **{name: _number(root, name, made[name]) for name in _RATES},
        issued_at=issued_at,
    )


def _number(root: Fields, name: str, value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1e6:
        raise root.complain(name, "must be a rate in Mbit/s or null")
    return float(value)


def text(token: str) -> str:
    """What the QR code says."""
    return PREFIX + token


def token_of(text: str) -> str:
    """The token in a QR code's text; CompactVerdictError where it is another text."""
    text = text.strip()
    if not text.startswith(PREFIX) or len(text) > MOST_CHARACTERS:
        raise CompactVerdictError(f"not a compact verdict: the text must begin with {PREFIX} and be a QR code's")
    return text.removeprefix(PREFIX)
