"""The table of verbs: its page tells it as it is, and no argument is more than an error."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.fields import Fields
from agent.support.verbs import VERBS
from agent.support.verbs.line_check import CHECKS
from diagnostics.checks import STAGES
from diagnostics.errors import BadInput
from tests.agent.support.asked import read

PAGE = (Path(__file__).parents[3] / "docs" / "support.md").read_text()
ROWS = re.findall(r"^\| `([\w.]+)` \| ?(.*?) ?\| (yes|no) \| (yes|no) \| (.*) \|$", PAGE, re.MULTILINE)
GOOD: dict[str, list[dict[str, Any]]] = {
    "status": [{}],
    "cancel": [{"of": "0" * 64}],
    "ont.read": [{}, {"groups": ["optics", "pon"]}],
    "ont.watch": [{}, {"seconds": 600}, {"quantities": ["ont_bias_ma"], "seconds": 1}],
    "line.ping": [{"target": "gateway"}, {"target": "reflector.2", "count": 100, "interval_ms": 100}],
    "line.trace": [{"target": "dns"}, {"target": "ont", "hops": 30, "tries": 3}],
    "line.check": [{"check": name} for name in CHECKS],
    "log.slice": [{}, {"lines": 200}],
    "record.list": [{}, {"last": 1}],
    "record.resend": [{"records": ["0" * 64]}],
    "test.run": [{}],
}
BAD = [
    ("status", {"x": 1}),
    ("ont.read", {"groups": []}),
    ("ont.read", {"groups": ["all"]}),
    ("ont.read", {"groups": "optics"}),
    ("ont.watch", {"seconds": 601}),
    ("ont.watch", {"seconds": 0}),
    ("ont.watch", {"seconds": True}),
    ("ont.watch", {"quantities": ["ont_pon_serial"]}),
    ("ont.watch", {"quantities": ["ont_rx_power_dbm"] * 2}),
    ("ont.watch", {"quantities": []}),
    ("line.ping", {}),
    ("line.ping", {"target": "192.0.2.1"}),
    ("line.ping", {"target": "example.org"}),
    ("line.ping", {"target": "reflector.1"}),
    ("line.ping", {"target": "reflector.9"}),
    ("line.ping", {"target": "gateway", "count": 101}),
    ("line.ping", {"target": "gateway", "interval_ms": 99}),
    ("line.trace", {"target": "198.18.0.9"}),
    ("line.trace", {"target": "gateway", "hops": 31}),
    ("line.trace", {"target": "gateway", "tries": 4}),
    ("line.check", {"check": "download"}),
    ("line.check", {}),
    ("log.slice", {"lines": 201}),
    ("log.slice", {"file": "/etc/passwd"}),
    ("record.list", {"last": 0}),
    ("record.resend", {"records": []}),
    ("record.resend", {"records": ["0" * 64] * 51}),
    ("record.resend", {"records": ["A" * 64]}),
    ("test.run", {"order": "WO-1"}),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.integers() | st.sampled_from(["gateway", "ont"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(sorted({name for goods in GOOD.values() for good in goods for name in good} | {"x"}))


def test_the_page_tells_every_verb_as_it_is() -> None:
    told = {name: (consent == "yes", line == "yes") for name, _, consent, line, _ in ROWS}
    assert told == {name: (verb.consent, verb.line) for name, verb in VERBS.items()}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_page_tells_the_arguments_of_a_verb(row: tuple[str, ...]) -> None:
    name, told = row[0], set(re.findall(r"`(\[?)(\w+)\]?`", row[1].partition(": of")[0]))
    whole = {argument: value for good in GOOD[name] for argument, value in good.items()}
    assert {argument for _, argument in told} == set(whole)
    for optional, argument in told:
        without = {key: value for key, value in whole.items() if key != argument}
        if optional:
            read(name, without)
        else:
            with pytest.raises(BadInput, match=argument):
                read(name, without)


@pytest.mark.parametrize("name", VERBS)
def test_good_arguments_are_read_and_read_again_as_the_same(name: str) -> None:
    for good in GOOD[name]:
        made = read(name, good)
        assert read(name, json.loads(json.dumps(made))) == made


@pytest.mark.parametrize(("name", "bad"), BAD, ids=str)
def test_bad_arguments_are_refused_by_their_name(name: str, bad: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match=r"^arguments"):
        read(name, bad)


@pytest.mark.parametrize("name", VERBS)
@settings(max_examples=60)
@given(made=st.dictionaries(NAMES, JSON, max_size=3))
def test_no_argument_is_more_than_an_error(name: str, made: dict[str, Any]) -> None:
    try:
        read(name, made)
    except BadInput:
        return
    with pytest.raises(BadInput):
        VERBS[name].read(Fields(made | {"stranger": 1}, "arguments", BadInput))


def test_a_check_that_can_be_asked_for_fills_no_line() -> None:
    assert not {check.name for stage in STAGES[3:] for check in stage} & set(CHECKS)
    assert {"reach", "path", "dns", "link"} <= set(CHECKS)
