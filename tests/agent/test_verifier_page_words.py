"""Every word of the page is there in both languages, with the same details, and nothing in it is left unsaid."""

import re
from pathlib import Path

import pytest

from agent import verification
from agent.trust import ROLES
from agent.verifier_page.page import JUDGING, SHOWING

FOLDER = Path(verification.__file__).parent / "verifier_page"
ENTRY = re.compile(r'^  (\w+): \[\s*"((?:[^"\\]|\\.)*)",\s*"((?:[^"\\]|\\.)*)",?\s*\],$', re.MULTILINE)
TOLD = re.compile(
    r'(?:Refusal|failed|notChecked|fine|unneeded|words|failedAt)\((?:[^()"]*, )?"(\w+)"'
    r'|(?:return|\?|:|&&) \[?"((?:stray|chain|link|figure|visit|compact)_\w+)"'
)
WORDS = {
    code: (english, chinese)
    for name in ("words", "check_words")
    for code, english, chinese in ENTRY.findall((FOLDER / f"{name}.js").read_text())
}


def test_both_languages_tell_the_same_details() -> None:
    assert len(WORDS) > 200
    for code, (english, chinese) in WORDS.items():
        assert english and chinese, code
        assert set(re.findall(r"\{\d\}", english)) >= set(re.findall(r"\{\d\}", chinese)), code


@pytest.mark.parametrize("name", [name for name in (*JUDGING, *SHOWING) if "words" not in name])
def test_everything_that_is_told_has_words(name: str) -> None:
    told = {code for pair in TOLD.findall((FOLDER / f"{name}.js").read_text()) for code in pair if code}
    assert not told - set(WORDS)


def test_every_check_and_role_has_a_name() -> None:
    assert not {f"check_{name}" for name in verification.names()} - set(WORDS)
    assert not {f"role_{role}" for role in ROLES if role != "opening"} - set(WORDS)
