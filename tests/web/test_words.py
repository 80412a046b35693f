"""The page's words: each in both languages with the same places; each that is used is there, and none is unused."""

import json
import re
from pathlib import Path

import pytest

from agent.support.reasons import ENDINGS, REFUSALS
from agent.support.verbs import VERBS
from agent.visit import lacking
from agent.web import assets
from agent.work_order import WorkOrder
from tests.agent import orders

ORDER = json.loads(orders.RAW)
PAGE = Path(assets.__file__).parent / "page"
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in PAGE.glob("*.js")}
WORDS = {
    code.strip('"'): (en, zh)
    for name, text in SOURCES.items()
    if name.startswith("words")
    for code, en, zh in re.findall(r'^  ("?[\w.]+"?): \["(.*)", "(.*)"\],$', text, re.MULTILINE)
}
CODE = "\n".join(text for name, text in SOURCES.items() if not name.startswith("words"))
# Codes that are put together: the beginning, and what may follow.
MADE = re.findall(r"say\(`(\w+?_)\$\{", CODE)
FROM_PYTHON = (
    PAGE.parent / "routes.py",
    PAGE.parent / "deeds.py",
    PAGE.parent / "codes.py",
    PAGE.parents[1] / "http_message.py",
    PAGE.parents[1] / "http_guard.py",
    PAGE.parents[1] / "daemon.py",
    PAGE.parents[1] / "jobs.py",
)


def used() -> set[str]:
    """Every code that stands in the page's own sources, or is refused with by the server's."""
    server = "\n".join(path.read_text() for path in FROM_PYTHON)
    return set(re.findall(r'"([a-z][\w.]*)"', CODE + server))


def test_all_words_were_found() -> None:
    stated = sum(text.count('", "') for name, text in SOURCES.items() if name.startswith("words"))
    assert len(WORDS) == stated > 150


@pytest.mark.parametrize("code", sorted(WORDS))
def test_every_word_is_in_both_languages_with_the_same_places(code: str) -> None:
    en, zh = WORDS[code]
    assert en and zh
    assert set(re.findall(r"\{\d\}", en)) == set(re.findall(r"\{\d\}", zh))


def test_every_code_that_is_said_has_words() -> None:
    said = set(re.findall(r'say\("([\w.]+)"', CODE))
    assert said - set(WORDS) == set()
    for beginning in MADE:
        assert any(code.startswith(beginning) for code in WORDS), beginning


def test_every_refusal_has_words() -> None:
    server = "\n".join(path.read_text() for path in FROM_PYTHON)
    refused = set(re.findall(r'Refused\(\s*\d+, "(\w+)"', server)) | set(re.findall(r'_told\(\d+, "(\w+)"', server))
    refused |= set(re.findall(r'CodesUnread\("(\w+)"\)', server))
    assert len(refused) > 10
    assert refused - set(WORDS) == set()


def test_no_words_are_left_over() -> None:
    fields = {"exchange_field", "not_now_other_technician"}  # of an order, by the names that `lacking` gives them
    left = {code for code in set(WORDS) - used() - fields if not any(code.startswith(made) for made in MADE)}
    assert {code for code in left if "." not in code} == set()


def test_every_field_that_an_order_may_lack_has_words() -> None:
    bare = {name: ORDER[name] for name in ("id", "kind", "services", "reflectors", "ont")}
    bare |= {"customer": {"name": "N"}, "site": {"address": "A"}, "resource": {"olt": "O", "pon_port": "1"}}
    missing = lacking(WorkOrder.parse(json.dumps(bare).encode()))
    assert len(missing) == 7
    assert {"exchange_field" if name == "exchange" else name for name in missing} <= set(WORDS)


def test_every_verb_and_every_reason_of_remote_support_has_words() -> None:
    assert {f"verb_{name}" for name in VERBS} == {code for code in WORDS if code.startswith("verb_")}
    of_seals = set(re.findall(r'SealError\(\s*"(\w+)"', (PAGE.parents[1] / "seal.py").read_text()))
    unanswered = {"retained", "flooded", "rate_minute", "rate_hour"} | of_seals
    reasons = {*REFUSALS, *ENDINGS, *unanswered}
    assert {f"reason_{name}" for name in reasons} == {code for code in WORDS if code.startswith("reason_")}
