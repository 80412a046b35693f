"""The words of `prooflight support` in English and Chinese; what a station or broker said is made plain in them."""

import tomllib
from functools import cache
from importlib import resources

from agent.support.reasons import WORDS
from agent.support.told import Told
from diagnostics.causes import Language
from diagnostics.measurement import sanitised


@cache
def texts() -> dict[str, dict[str, str]]:
    """Every text, by its code and then its language."""
    raw = (resources.files("agent.support") / "console_texts.toml").read_text(encoding="utf-8")
    return tomllib.loads(raw)


def say(code: str, language: Language, **details: object) -> str:
    """The text of a code with its details put in; one that is not known here is said as it is."""
    known = texts().get(code)
    if known is None:
        return sanitised(code.partition("_")[2])
    plain = {name: sanitised(str(value)) for name, value in details.items()}
    return known[language].format_map(_Details(plain))


def sentence(told: Told, language: Language) -> str:
    """What a note, a refusal or an end means, and what to do; with the station's own words and what was lost."""
    about = told.about
    if told.kind == "note":
        code = "queued" if told.code == "taken" and about.get("ahead") else told.code
        return say(f"note_{code}", language, **about)
    kind = "own" if told.own else told.kind
    taken = say("word_taken" if about.get("taken_by_broker") else "word_not_taken", language)
    made = say(f"{kind}_{told.code}", language, **{**about, "taken": taken})
    words = about.get("words")
    more = [sanitised(str(words))] if words and words != WORDS.get(told.code) and not told.own else []
    more += [say("word_lost", language, lost=about["lost"])] if about.get("lost") else []
    return "; ".join([made, *more])


class _Details(dict[str, str]):
    """What is put into a text; nothing where there is none."""

    def __missing__(self, name: str) -> str:
        return ""
