"""Consent: those on site let one person look for some minutes, and take it back when they like; pure.

It is counted by the monotonic clock and lives in memory alone, so it ends at a restart at the latest.
"""

from dataclasses import dataclass
from typing import Any, Literal

from agent.support.limits import CONSENT_MINUTES
from diagnostics.errors import BadInput

Giver = Literal["technician", "customer"]


class ConsentError(BadInput):
    """Consent cannot be given so; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """To whom (key and name), by whom, and until which second of the monotonic clock."""

    kid: str
    who: str
    by: Giver
    minutes: int
    until: float

    def left_s(self, now: float) -> float:
        """Seconds that are left of it; 0 where it is over."""
        return max(0.0, self.until - now)

    def to_json(self, now: float) -> dict[str, Any]:
        """What a page shows of it."""
        return {"kid": self.kid, "who": self.who, "by": self.by, "left_s": round(self.left_s(now), 1)}


def given(kid: str, who: str, minutes: int, by: Giver, now: float) -> Consent:
    """Consent from now on; ConsentError where it would last too long, or nobody known gives it."""
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= CONSENT_MINUTES:
        raise ConsentError(f"minutes: must be a whole number from 1 to {CONSENT_MINUTES}")
    if by not in ("technician", "customer"):
        raise ConsentError("by: must be technician or customer")
    return Consent(kid=kid, who=who, by=by, minutes=minutes, until=now + 60.0 * minutes)
