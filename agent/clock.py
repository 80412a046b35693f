"""The station's clock as evidence: every reading says how far its wall time may be believed.

A box without a battery wakes up in 1970 or in 2099; station time therefore never decides anything. Inside a boot the
monotonic time orders events, across boots the sequence numbers do.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

# No software runs before it was released: a wall time below this is wrong.
RELEASED_AT = datetime(2026, 1, 1, tzinfo=UTC)
_SYNCHRONISED = Path("/run/systemd/timesync/synchronized")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")

Status = Literal["U", "I", "S", "R"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """One reading: wall time, monotonic nanoseconds within the boot `boot_id`, and how far the wall time is believed.

    Status as OCMF has it: U unknown, I informative, S synchronised, R relative.
    """

    wall: datetime
    mono_ns: int
    boot_id: str
    status: Status


class StationClock:
    """The clock of this machine; what it reads below `floor` is marked as unknown time."""

    def __init__(self, floor: datetime = RELEASED_AT, now: Callable[[], datetime] | None = None) -> None:
        self._floor = max(floor, RELEASED_AT)
        self._now = now or (lambda: datetime.now(UTC))

    @property
    def floor(self) -> datetime:
        """The latest time that is proved to have passed."""
        return self._floor

    def raise_floor(self, seen: datetime) -> None:
        """Take note of a time that a verified server signature states; it never goes back."""
        self._floor = max(self._floor, seen)

    def stamp(self) -> Stamp:
        """What the clock reads now."""
        wall = self._now()
        status: Status = "U" if wall < self._floor else "S" if _SYNCHRONISED.exists() else "I"
        return Stamp(wall=wall, mono_ns=time.monotonic_ns(), boot_id=_boot_id(), status=status)


def _boot_id() -> str:
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return "unknown"
