"""Strict refusals in Chinese: each sentence that an order, a fact or a picture can be refused with is told."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.photograph import PhotographError, format_of
from agent.web import assets
from agent.work_order import OrderError, WorkOrder
from diagnostics.causes import name_causes
from diagnostics.criteria import load
from diagnostics.measurement import Failure
from diagnostics.verdict import judge
from tests.agent import samples

AGENT = Path(assets.__file__).parents[1]
TEXT = (AGENT / "web" / "page" / "words_strict.js").read_text(encoding="utf-8")
SENTENCES, DEMANDS = (
    [
        (re.compile(pattern.replace(r"\/", "/")), told)
        for pattern, told in re.findall(r'^  \[/(.+)/, "(.+)"\],$', part, re.MULTILINE)
    ]
    for part in TEXT.split("const DEMANDS")
)
SOURCES = ("fields.py", "work_order.py", "visit_facts.py", "visiting.py", "photograph.py")
ELSEWHERE = {  # said of a file that a command names, or around a sentence that is told
    "7: 7; name a file with a work order",
    "7: 7",
    "7; facts are one JSON object in UTF-8",
}


def spelt(node: ast.expr) -> str:
    """A message with a 7 wherever something is put in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(spelt(part) for part in node.values)
    return "7"


def said() -> Iterator[tuple[str, str]]:
    """Each message in the sources, `demand` where a field is named before it, else `sentence`."""
    for name in SOURCES:
        for node in ast.walk(ast.parse((AGENT / name).read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr == "complain":
                branches = (
                    (node.args[1].body, node.args[1].orelse) if isinstance(node.args[1], ast.IfExp) else node.args[1:]
                )
                yield from (("demand", spelt(each)) for each in branches)
            elif isinstance(node.func, ast.Name) and re.fullmatch(r"(Order|Visit|Photograph)Error", node.func.id):
                yield "sentence", spelt(node.args[0])


SAID = sorted(set(said()) - {("sentence", words) for words in ELSEWHERE})


def told(kind: str, words: str) -> str | None:
    """What the page would show for it."""
    if kind == "sentence" and (found := next((each for each in SENTENCES if each[0].search(words)), None)):
        return found[1]
    demand = words.partition(": ")[2] if kind == "sentence" else words
    return next((each for pattern, each in DEMANDS if pattern.search(demand)), None)


def test_the_rows_were_found() -> None:
    assert len(SENTENCES) + len(DEMANDS) == TEXT.count("[/^") > 30
    assert len(SAID) > 30


@pytest.mark.parametrize(("kind", "words"), SAID)
def test_every_sentence_is_told_in_chinese(kind: str, words: str) -> None:
    found = told(kind, words.replace("7: is", "photograph: is"))
    assert found is not None and re.search(r"[\u4e00-\u9fff]", found)


@pytest.mark.parametrize(("pattern", "chinese"), [*SENTENCES, *DEMANDS], ids=str)
def test_what_is_put_in_is_what_the_sentence_brings(pattern: "re.Pattern[str]", chinese: str) -> None:
    places = {int(place) for place in re.findall(r"\{(\d)\}", chinese)}
    assert places == set(range(len(places))) and len(places) <= pattern.groups


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"id": 1}', b"x" * (2 << 20)])
def test_refusals_as_they_come_are_told(raw: bytes) -> None:
    with pytest.raises(OrderError) as order:
        WorkOrder.parse(raw)
    assert told("sentence", str(order.value))
    if raw:
        with pytest.raises(PhotographError) as picture:
            format_of(raw, "photograph")
        assert told("sentence", str(picture.value))


def test_why_a_cause_is_named_is_told_in_both_languages() -> None:
    from agent.web.findings import causes

    dark = Failure(kind="no_signal", stage="ont", detail="the ONT's own words")
    measured = samples.result(samples.GOOD | {"ont_rx_power_dbm": dark}).measurements
    verdict = judge(measured, load(samples.ORDERED.criteria).for_line(samples.ORDERED))
    named = causes(name_causes(verdict, measured), measured, verdict)
    assert named and named[0]["evidence"]
    for english, chinese in named[0]["evidence"]:
        assert re.search(r"[\u4e00-\u9fff]", chinese) and not re.search(r"[\u4e00-\u9fff]", english)
        assert "_" not in english, "a name of ours, not a word"
