"""What a quantity, its value and the reason for a missing one are called, in English and Chinese; for people only.

Nothing is judged by these words. The peer's own words are never translated; whoever shows a reason adds them.
"""

import tomllib
from functools import cache
from pathlib import Path

from diagnostics.causes import Language
from diagnostics.measurement import FailureKind, Value
from diagnostics.quantities import QUANTITIES

_MINUTE_S = 60


@cache
def texts() -> dict[str, dict[str, str]]:
    """Every text, by table and name; the tables of a language end in `_en` or `_zh`."""
    return tomllib.loads((Path(__file__).parent / "quantity_texts.toml").read_text(encoding="utf-8"))


def title_of(quantity: str, language: Language) -> str:
    """What a quantity is called."""
    meaning = QUANTITIES[quantity].meaning
    return meaning[0].upper() + meaning[1:] if language == "en" else texts()["titles_zh"][quantity]


def value_words(quantity: str, value: Value, language: Language) -> str:
    """A value with its unit, a share as percentage, a state in words; a text as it is."""
    known = QUANTITIES[quantity]
    if known.kind == "state":
        states = texts()["states_zh"]
        spelt = str(value).replace("_", " ")
        return spelt if language == "en" else states.get(f"{quantity}.{value}", states.get(str(value), spelt))
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return number_words(quantity, value)


def number_words(quantity: str, number: float) -> str:
    """A number with the unit of its quantity; shares of a whole in per cent, whole minutes and more as such."""
    if quantity.endswith("_ratio"):
        return f"{number * 100:.6g} %"
    unit = QUANTITIES[quantity].unit
    return span_words(number) if unit == "s" and abs(number) >= _MINUTE_S else f"{number:.6g} {unit}".strip()


def span_words(seconds: float) -> str:
    """A time of a minute or more: `2 h`, `-5 min`, `1 h 30 min`, `7 min 12 s`; beside hours no seconds are told."""
    whole = abs(round(seconds))
    parts = [(whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60 if whole < 3600 else 0, "s")]
    return ("-" if seconds < 0 else "") + " ".join(f"{count} {unit}" for count, unit in parts if count)


def failure_words(kind: FailureKind, language: Language) -> str:
    """Why there is no value."""
    return texts()[f"failures_{language}"][kind]
