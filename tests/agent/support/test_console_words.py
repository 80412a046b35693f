"""Every reason has its words and its remedy, in both languages; nothing that came from elsewhere is hostile in them."""

import re
import tomllib
from pathlib import Path

import pytest

import agent.support as package
from agent.support.console_words import say, sentence, texts
from agent.support.reasons import ENDINGS, REFUSALS
from agent.support.told import Told

CODES = [*(f"refused_{reason}" for reason in REFUSALS), *(f"end_{reason}" for reason in ENDINGS)]


@pytest.mark.parametrize("code", CODES)
def test_each_reason_that_a_station_gives_has_its_words(code: str) -> None:
    assert set(texts()[code]) == {"en", "zh"}


def test_each_code_of_our_own_has_its_words() -> None:
    """Every code that the course, the asking and the insisting of a command may tell."""
    source = "".join(
        (Path(package.__path__[0]) / name).read_text() for name in ("course.py", "asking.py", "insisting.py")
    )
    ends = set(re.findall(r'_end\("(\w+)"', source))
    ends |= {"broker_gone", "station_gone", "broker_away", "silent", "no_answer", "cancel_unheard"}
    notes = set(re.findall(r'kind="note", code="(\w+)"', source))
    assert {f"own_{code}" for code in ends} | {f"note_{code}" for code in notes} <= set(texts())


def test_every_text_is_there_in_both_languages_with_the_same_details() -> None:
    for code, made in texts().items():
        assert set(made) == {"en", "zh"}, code
        assert set(re.findall(r"{(\w+)}", made["en"])) == set(re.findall(r"{(\w+)}", made["zh"])), code


def test_what_came_from_elsewhere_is_made_plain() -> None:
    told = Told(kind="note", code="unbelieved", about={"why": "a\x1b[2J\n\u202eb"})
    assert sentence(told, "en") == "a message was not believed, and let go: a [2J b"


def test_a_reason_of_a_newer_station_is_said_as_it_is() -> None:
    assert sentence(Told(kind="refused", code="moon_phase"), "zh") == "moon_phase"


def test_the_stations_own_words_and_what_was_lost_are_told_with_it() -> None:
    told = Told(kind="refused", code="bad_arguments", about={"words": "seconds: must be more", "lost": 2})
    made = sentence(told, "en")
    assert "seconds: must be more" in made and made.endswith("2 messages were lost on the way")


@pytest.mark.parametrize(("taken", "words"), [(True, "The broker took"), (False, "has not said")])
def test_silence_says_how_far_the_command_came(taken: bool, words: str) -> None:
    told = Told(kind="end", code="no_answer", own=True, about={"taken_by_broker": taken})
    assert words in sentence(told, "en") and say("word_taken", "zh") in sentence(
        Told(kind="end", code="no_answer", own=True, about={"taken_by_broker": True}), "zh"
    )


def test_the_texts_are_toml_without_a_code_twice() -> None:
    raw = (Path(package.__path__[0]) / "console_texts.toml").read_text()
    names = re.findall(r"^(\w+) = ", raw, re.MULTILINE)
    assert len(names) == len(set(names)) == len(tomllib.loads(raw))
