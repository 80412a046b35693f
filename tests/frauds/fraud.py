"""A fraud as the table lists it: how it is done, who stops it, and with what words."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.frauds.house import Ending, House


@dataclass(frozen=True)
class Fraud:
    """`commit` does it, from the issued order on; `decision` and `words` are what must come of it."""

    commit: Callable[[House], Ending]
    decision: str
    words: str

    def stopped(self, ending: Ending) -> bool:
        """Whether this ending is the one that it must have."""
        return ending.decision == self.decision and self.words in ending.words
