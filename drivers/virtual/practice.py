"""A line to practise on: the causes that a trainee chooses from, what an answer means, and how it is marked; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from diagnostics.cause_rules import RULES
from diagnostics.causes import Cause, Language, words_of
from diagnostics.errors import BadInput
from drivers.virtual.scenarios import SCENARIOS

MOST_ANSWERS = 3
Mark = Literal["right", "among_three", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """An answer, its mark, and what the product names on the same line."""

    put: str
    answers: tuple[str, ...]
    causes: tuple[Cause, ...]

    @property
    def mark(self) -> Mark:
        """How good the trainee's answer is: the cause that was put on the line stands first, or among the three."""
        return _mark(self.put, self.answers)

    @property
    def own_mark(self) -> Mark:
        """How good the product's own first three causes are."""
        return _mark(self.put, [cause.name for cause in self.causes])


def _mark(put: str, named: Sequence[str]) -> Mark:
    if put in named[:1]:
        return "right"
    return "among_three" if put in named[:MOST_ANSWERS] else "wrong"


def choices() -> tuple[str, ...]:
    """Every cause that a scenario can put on a line, in the order of the rules: what is nearer to the light first."""
    possible = {scenario.cause for scenario in SCENARIOS}
    return tuple(name for name, _, _ in RULES if name in possible)


def listed(language: Language) -> list[str]:
    """The choices as numbered lines."""
    return [f"{number:3} {name:<26} {words_of(name, language)[0]}" for number, name in enumerate(choices(), 1)]


def answers_of(text: str) -> tuple[str, ...]:
    """The causes that an answer names: up to three numbers or names, by commas or blanks. Raises BadInput."""
    known = choices()
    made: list[str] = []
    for word in text.replace(",", " ").split():
        name = known[int(word) - 1] if word.isdecimal() and 1 <= int(word) <= len(known) else word
        if name not in known:
            raise BadInput(f"answer {word!r}: name a cause of the list, or its number from 1 to {len(known)}")
        if name not in made:
            made.append(name)
    if not 1 <= len(made) <= MOST_ANSWERS:
        raise BadInput(f"{len(made)} answers; give one to {MOST_ANSWERS}, the most likely first")
    return tuple(made)
