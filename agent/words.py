"""Words of our own in English and Chinese, each by its code; what they are filled with is escaped where it is shown."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources

from diagnostics.causes import Language

Texts = Mapping[str, Mapping[str, str]]


@cache
def load(package: str) -> Texts:
    """Every text of a package's texts.toml, by its code and then its language."""
    return tomllib.loads((resources.files(package) / "texts.toml").read_text(encoding="utf-8"))


class Words:
    """These texts in one language."""

    def __init__(self, texts: Texts, language: Language) -> None:
        self._texts = texts
        self.language: Language = language

    def __call__(self, code: str, *details: object) -> str:
        """The text of a code with its details put in."""
        return self._texts[code][self.language].format(*details)

    def of(self, kind: str, name: str) -> str:
        """The text of one of several names of a kind; a name without one is said as it is."""
        known = self._texts.get(f"{kind}_{name}")
        return known[self.language] if known else name

    @property
    def comma(self) -> str:
        """What stands between the items of a list."""
        return ", " if self.language == "en" else "、"

    @property
    def semicolon(self) -> str:
        """What stands between items that may be long."""
        return "; " if self.language == "en" else "；"


def time_words(at: datetime) -> str:
    """A time to the minute, with its offset from UTC."""
    offset = at.strftime("%z")
    return f"{at:%Y-%m-%d %H:%M} UTC" + ("" if offset == "+0000" else f"{offset[:3]}:{offset[3:5]}")
