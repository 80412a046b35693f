"""Patience: when to try again, and when to leave a server alone for a while; pure, time and chance come in.

Whatever a server says, no wait is longer than an hour.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

_FIRST_S, _LONGEST_S = 1.0, 900.0
MOST_WAIT_S = 3600.0
FAILURES = 5
_FIRST_REST_S, _LONGEST_REST_S = 15.0, 600.0


def next_delay_s(attempts: int, chance: float, least_s: float = 0.0) -> float:
    """How long to wait after so many attempts: doubling to 15 min, of which chance (0 to 1) takes up to a half off."""
    bound = min(_LONGEST_S, _FIRST_S * 2.0 ** min(max(0, attempts - 1), 20))
    return min(MOST_WAIT_S, max(least_s, bound * (1 - chance / 2)))


def retry_after_s(text: str, now: datetime) -> float:
    """What a Retry-After header asks for (RFC 9110 10.2.3), at most an hour; 0 where it says nothing understandable."""
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return min(MOST_WAIT_S, float(text))
    try:
        return min(MOST_WAIT_S, max(0.0, (parsedate_to_datetime(text) - now).total_seconds()))
    except (TypeError, ValueError, OverflowError):
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A circuit breaker: how often in a row a server failed, and until when (by a monotonic clock) it is left alone."""

    failures: int = 0
    rests_until: float = 0.0

    def rest_s(self, now: float) -> float:
        """How long the server is still left alone; 0 where it may be asked."""
        return max(0.0, self.rests_until - now)

    def succeeded(self) -> "Circuit":
        """After an answer of a living server."""
        return Circuit()

    def failed(self, now: float, chance: float, least_s: float = 0.0) -> "Circuit":
        """After a failure: from the fifth in a row on the server is left alone, ever longer, and then asked once.

        A server that asks to be left alone for `least_s` is left alone at once.
        """
        failures = self.failures + 1
        bound = min(_LONGEST_REST_S, _FIRST_REST_S * 2.0 ** min(failures - FAILURES, 20)) if failures >= FAILURES else 0
        rest_s = max(min(MOST_WAIT_S, least_s), bound * (1 - chance / 2))
        return Circuit(failures=failures, rests_until=now + rest_s if rest_s else 0.0)
