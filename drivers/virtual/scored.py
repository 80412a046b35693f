"""What came of a scored line: what was put on it, what was named, and whether that is right; pure.

A line of several faults owes only those causes that the rules do not explain by another fault that is on it as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from diagnostics.cause_rules import RULES
from diagnostics.disturbance import BUSY_FROM
from diagnostics.measurement import Measurement

_EXPLAINED_BY = {name: explained_by for name, _, explained_by in RULES}
NOT_TESTED = "not tested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One line: what was put on it, what was named, in order of likelihood, and the verdict.

    `busy` says that the machine was too busy beside the test, `trouble` why a line was not tested; both else empty.
    """

    scenarios: tuple[str, ...]
    seed: int
    expected: tuple[str, ...]
    named: tuple[str, ...]
    outcome: str
    busy: str = ""
    trouble: str = ""
    taken_s: float = 0.0

    @property
    def due(self) -> tuple[str, ...]:
        """The causes that must be named: all that were put on the line but those that another one explains away."""
        return tuple(cause for cause in self.expected if not _EXPLAINED_BY[cause] & {*self.expected})

    @property
    def first(self) -> bool:
        """Whether the first cause is one that was put on the line; on a clean line, whether none is named."""
        if self.outcome == NOT_TESTED:
            return False
        return self.named[0] in self.expected if self.named else not self.expected

    @property
    def among_three(self) -> bool:
        """Whether all that must be named is among the first three causes."""
        return self.outcome != NOT_TESTED and set(self.due) <= set(self.named[:3])


def busy(measurements: Sequence[Measurement]) -> str:
    """In which direction a core of this machine had no time left while the line was filled; empty where none."""
    full = [m for m in measurements if m.quantity == "station_cpu_max_ratio" and (m.number or 0.0) >= BUSY_FROM]
    return ", ".join(f"{m.name} {m.number:.2f}" for m in full)
