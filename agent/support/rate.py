"""The rate of one issuer: how many commands were answered in the last minute and hour; pure.

Whoever repeats old commands of somebody must not use up that person's rate. So what proves nothing about being fresh
(another station's, an older birth's, a counter that was used) has a rate of its own, as large and no larger.
"""

from dataclasses import dataclass

from agent.support.limits import A_MINUTE, AN_HOUR

STALE = ("bad_form", "wrong_station", "stale_boot", "replayed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """When the last commands of one kind were answered, oldest first, in seconds of the monotonic clock."""

    answered: tuple[float, ...] = ()

    def exceeded(self, now: float) -> str:
        """`rate_minute` or `rate_hour` where one more would be too many, else empty."""
        if self.left_minute(now) < 1:
            return "rate_minute"
        return "rate_hour" if self.left_hour(now) < 1 else ""

    def left_minute(self, now: float) -> int:
        """How many more are answered within this minute."""
        return A_MINUTE - sum(at > now - 60.0 for at in self.answered)

    def left_hour(self, now: float) -> int:
        """How many more are answered within this hour."""
        return AN_HOUR - sum(at > now - 3600.0 for at in self.answered)

    def one_more(self, now: float) -> "Rate":
        """The rate after one more was answered."""
        return Rate(answered=(*(at for at in self.answered if at > now - 3600.0), now))
