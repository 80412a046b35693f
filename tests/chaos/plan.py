"""What a chaos campaign is to do, drawn from its seed alone: orders, lines, and who is killed after how many tests.

The plan is the same for the same seed; what the scheduler makes of it is not, and must not matter.
"""

import hashlib
import random
from dataclasses import dataclass
from typing import Literal

ACCEPTORS = ("acceptor-1", "acceptor-2", "acceptor-3")
OTHERS = ("broker", "far broker", "relay", "reflector", "database")
_TESTS_A_BLOW = 12
_TWINS = 0.05
_BAD = 0.1

State = Literal["good", "slow", "dark"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One work order: which stations may test it (both do), and what its line is like."""

    order: str
    stations: tuple[str, ...]
    line: State
    mbps: float
    rx_dbm: float

    @property
    def closes(self) -> bool:
        """Whether its work order must end closed."""
        return self.line == "good"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """After so many tests these are killed at once, and started again after a pause."""

    after: int
    victims: tuple[str, ...]
    pause_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A whole campaign."""

    seed: int
    stations: tuple[str, ...]
    jobs: tuple[Job, ...]
    blows: tuple[Blow, ...]

    @property
    def tests(self) -> int:
        """How many tests must come to an end: one for each station of each order."""
        return sum(len(job.stations) for job in self.jobs)

    @property
    def digest(self) -> str:
        """The plan in one word."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]


def draw(seed: int, *, orders: int, stations: int) -> Plan:
    """The plan of a seed."""
    dice = random.Random(seed)
    names = tuple(f"station-{number}" for number in range(1, stations + 1))
    jobs = tuple(_job(dice, number, names) for number in range(1, orders + 1))
    tests = sum(len(job.stations) for job in jobs)
    return Plan(seed=seed, stations=names, jobs=jobs, blows=_blows(dice, tests, names))


def _job(dice: random.Random, number: int, names: tuple[str, ...]) -> Job:
    line: State = dice.choice(("slow", "dark")) if dice.random() < _BAD else "good"
    twins = line == "good" and dice.random() < _TWINS
    return Job(
        order=f"WO-{number}",
        stations=tuple(sorted(dice.sample(names, 2 if twins else 1))),
        line=line,
        mbps=round(dice.uniform(400, 600) if line == "slow" else dice.uniform(930, 941), 1),
        rx_dbm=round(dice.uniform(-34, -31) if line == "dark" else dice.uniform(-24, -12), 1),
    )


def _blows(dice: random.Random, tests: int, names: tuple[str, ...]) -> tuple[Blow, ...]:
    """Everybody is hit at least once where there are enough blows, then whom chance names."""
    everybody = [*OTHERS, *ACCEPTORS, *names]
    first = dice.sample([*OTHERS, *dice.sample(ACCEPTORS, 1), *dice.sample(names, 2)], 8)
    times = sorted(dice.sample(range(1, tests), min(tests - 1, max(len(first), tests // _TESTS_A_BLOW))))
    chance = [tuple(dice.sample(everybody, dice.choice((1, 1, 1, 2, 3)))) for _ in times[len(first) :]]
    victims = [*((each,) for each in first), *chance]
    return tuple(
        Blow(after=after, victims=struck, pause_s=dice.choice((0.0, 0.0, 0.3, 1.0)))
        for after, struck in zip(times, victims, strict=False)
    )
