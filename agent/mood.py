"""The mood of a station: the one word that a lamp or a buzzer shows, worked out from what the daemon knows; pure."""

from dataclasses import dataclass
from typing import Literal, get_args

Mood = Literal["idle", "testing", "accepted", "rejected", "inconclusive", "undelivered", "closed", "fault"]
MOODS: tuple[Mood, ...] = get_args(Mood)
PATIENCE_S = 30.0  # what an answer of the acceptor may take before somebody should look for a network


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What decides: `outcome` of the last test ("" where none ended), `failed` says that our own software did.

    `waiting_s` is for how long the oldest record has waited since the station was last at work, None where none waits.
    """

    broken: bool = False
    running: bool = False
    outcome: str = ""
    failed: bool = False
    closed: bool = False
    waiting_s: float | None = None


def mood_of(facts: Facts) -> Mood:
    """What to show; whatever a person must do something about comes first."""
    if facts.broken:
        return "fault"
    if facts.running:
        return "testing"
    if facts.failed:
        return "fault"
    if facts.waiting_s is not None and facts.waiting_s > PATIENCE_S:
        return "undelivered"
    if facts.closed:
        return "closed"
    return next((each for each in MOODS if each == facts.outcome), "idle")
