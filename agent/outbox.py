"""The outbox: which record goes out when; pure bookkeeping, with time and randomness as arguments.

PENDING -> SENT (on its way) -> HANDED (the broker took it) -> gone, when its acceptance was verified and saved. A
record leaves the outbox in no other way.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

FIRST_DELAY_S = 1.0
LONGEST_DELAY_S = 300.0
RESEND_AFTER_S = 900.0

State = Literal["pending", "sent", "handed"]


def next_delay(attempts: int, chance: float) -> float:
    """Seconds to wait after so many failed attempts: full jitter under a bound that doubles, from 1 s to 5 min.

    `chance` is uniform in 0..1.
    """
    bound = min(LONGEST_DELAY_S, FIRST_DELAY_S * (1 << min(attempts, 16)))
    return max(FIRST_DELAY_S, chance * bound)


@dataclass(slots=True, kw_only=True)
class _Item:
    state: State = "pending"
    attempts: int = 0
    due_at: float = 0.0


class Outbox:
    """The records that await their acceptance, by digest, oldest first; times are monotonic seconds."""

    def __init__(self, *, resend_after_s: float = RESEND_AFTER_S) -> None:
        self._resend_after_s = resend_after_s
        self._items: dict[str, _Item] = {}

    def __len__(self) -> int:
        return len(self._items)

    def follow(self, pending: Iterable[str]) -> None:
        """Take in the records that the journal has no acceptance for, and let the others go."""
        self._items = {digest: self._items.get(digest) or _Item() for digest in pending}

    def state(self, digest: str) -> State | None:
        """Where a record stands, None where it has left."""
        item = self._items.get(digest)
        return item.state if item else None

    def due(self, now: float, window: int) -> list[str]:
        """What to send now, so that no more than `window` records are on their way."""
        free = window - sum(item.state == "sent" for item in self._items.values())
        ready = [digest for digest, item in self._items.items() if item.state != "sent" and item.due_at <= now]
        return ready[: max(0, free)]

    def waits(self, now: float) -> bool:
        """Whether a record is to be sent now, be there room in the window or not."""
        return any(item.state != "sent" and item.due_at <= now for item in self._items.values())

    def next_due(self) -> float | None:
        """When the next record falls due, None where all are on their way."""
        return min((item.due_at for item in self._items.values() if item.state != "sent"), default=None)

    def sent(self, digest: str) -> None:
        """Note that a record is on its way."""
        self._items[digest].state = "sent"

    def handed(self, digest: str, now: float) -> None:
        """Note that the broker took a record; it goes out again when no acceptance comes."""
        if digest in self._items:
            self._items[digest] = _Item(state="handed", due_at=now + self._resend_after_s)

    def refused(self, digest: str, now: float, chance: float) -> float:
        """Note that the broker did not take a record; returns the delay until it goes out again."""
        item = self._items.get(digest)
        if item is None:
            return 0.0
        delay = next_delay(item.attempts, chance)
        self._items[digest] = _Item(attempts=item.attempts + 1, due_at=now + delay)
        return delay

    def idle(self, now: float) -> bool:
        """Whether nothing is on its way and nothing is to be sent now."""
        return all(item.state != "sent" and item.due_at > now for item in self._items.values())

    def hurry(self, digests: Iterable[str]) -> None:
        """Let records go out now that wait for an acceptance, since somebody asked for them."""
        for digest in digests:
            item = self._items.get(digest)
            if item is not None and item.state == "handed":
                item.state, item.due_at = "pending", 0.0

    def connection_lost(self) -> None:
        """Note that nothing is on its way any more."""
        for item in self._items.values():
            if item.state == "sent":
                item.state, item.due_at = "pending", 0.0

    def session_lost(self) -> None:
        """Note that the broker has forgotten us, and perhaps what it took from us: everything goes out again."""
        for item in self._items.values():
            item.state, item.due_at = "pending", 0.0
