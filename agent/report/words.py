"""The report's own words in one language; what they are filled with is escaped where it is put into the page."""

from agent import words
from agent.words import Texts
from diagnostics.causes import Language


def texts() -> Texts:
    """Every text, by its code and then its language."""
    return words.load("agent.report")


class Words(words.Words):
    """What the report says in one language."""

    def __init__(self, language: Language) -> None:
        super().__init__(texts(), language)
