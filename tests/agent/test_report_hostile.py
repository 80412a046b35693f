"""Reports of what is forged, broken, hostile or too long: each gives a page that says so, and nothing in it acts."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import bundle
from agent.criteria_shelf import Shelf
from agent.report.sheet import html
from agent.report.statement import state
from agent.trust import load_trust
from diagnostics import criteria
from diagnostics.measurement import Failure
from tests.agent import report_samples as samples
from tests.agent.report_page import LANGUAGES, NOW, Page, nowhere, shown, stated, story

VECTORS = Path(__file__).parents[1] / "vectors"


@pytest.mark.parametrize(
    ("name", "banner"),
    [
        ("a-review-that-accepts", "open"),
        ("a-review-that-rejects", "open"),
        ("visit-closed", "good"),
        ("visit-awaited", "good"),
        ("unanchored", "good"),
        ("refused", "bad"),
        ("still-open", "calm"),
        ("inconclusive", "open"),
        ("alg-none", "bad"),
        ("a-record-as-receipt", "bad"),
        ("an-attempt-left-out", "bad"),
        ("open-and-close-exchanged", "bad"),
        ("two-figures-of-one-name", "bad"),
        ("verdict-pass-over-failing-numbers", "bad"),
    ],
)
def test_sound_and_forged_bundles_get_their_colour(name: str, banner: str) -> None:
    trust = load_trust(VECTORS / "trust-reviewer.jwks")
    shelf = Shelf(folder=VECTORS / "criteria", trust=lambda: trust)
    at = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
    made = state(bundle.load(VECTORS / "bundles" / f"{name}.json"), trust=trust, load_criteria=shelf.load, now=at)
    assert Page(html(made, "zh")).banner == banner


def test_objects_that_cannot_be_read_are_counted_and_the_rest_is_shown() -> None:
    good = samples.good()
    broken = replace(good, attempts=(good.attempts[0], replace(good.attempts[1], close="nothing", visits=("a.b.c",))))
    page = shown(broken, trust=None)
    assert "2 objects of the bundle cannot be read" in page.sections["banner"]
    assert "The records of the last attempt cannot be read" in page.sections["banner"]
    assert "500 Mbit/s down, 100 Mbit/s up" in page.sections["facts"]


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;\u202eevil\u2066"


def test_nothing_that_others_wrote_becomes_markup_or_turns_the_text() -> None:
    plain = {tag for tag, _ in shown(samples.weak()).elements}
    failure = Failure(kind="refused", stage="telnet", detail=HOSTILE)
    values = {("ont_model", ""): HOSTILE, ("ont_vendor", ""): HOSTILE, ("dns_state", ""): failure}
    findings = [{"quantity": "ont_vendor", "status": "fail", "sentence": HOSTILE, "index": HOSTILE, "margin": HOSTILE}]
    findings += [
        {"quantity": ["ont_vendor"], "status": "fail"},
        {"status": {}},
        {"quantity": "ont_vendor", "status": []},
    ]
    causes = [
        {"name": HOSTILE, "title": HOSTILE, "action": HOSTILE, "evidence": [HOSTILE, {"a": HOSTILE}]},
        {"name": 5},
    ]
    made = story(
        lambda case: case.tested(
            values, findings=tuple(findings), causes=tuple(causes), evidence={HOSTILE[:40]: "0f" * 32}
        ),
        decision="rejected",
        outcome="rejected",
        reasons=(HOSTILE,),
        acceptor=HOSTILE[:60].replace("\u202e", ""),
    )

    for load in (criteria.load, nowhere):
        for language in LANGUAGES:
            page = html(state(made, trust=None, load_criteria=load, now=NOW), language)
            read = Page(page)
            assert {tag for tag, _ in read.elements} <= plain | {"ol", "li", "ul"}
            assert not [made for _, made in read.elements if any(name.startswith("on") for name in made)]
            assert "alert(1)" in read.text
            assert not re.search("[\u202a-\u202e\u2066-\u2069]", page)


def test_ten_thousand_findings_are_cut_where_what_passed_stands() -> None:
    row = {
        "quantity": "ont_rx_power_dbm",
        "index": "",
        "status": "pass",
        "required": True,
        "margin": 1,
        "sentence": "fine",
    }
    bad = row | {"status": "fail", "sentence": "the one that failed"}
    made = stated(samples.good(), trust=None)
    shown_one = made.shown
    assert shown_one and shown_one.close and shown_one.close.result
    result = replace(shown_one.close.result, findings=(*[row] * 10_000, bad))
    close = replace(shown_one.close, result=result)
    many = replace(made, attempts=(made.attempts[0], replace(made.attempts[1], close=close)), load_criteria=nowhere)
    page = html(many, "en")
    assert "the one that failed" in page
    assert "9801 more are not shown here" in page
    assert len(page) < 200_000


def test_a_thousand_attempts_are_cut_to_the_latest() -> None:
    good = samples.good()
    many = replace(good, attempts=(*[good.attempts[0]] * 999, good.attempts[1]))
    page = shown(many, trust=None)
    assert "800 more are not shown here" in page.sections["attempts"]
    assert "999 further objects" not in page.text
    assert "1998 further objects of other attempts: not checked" in page.text


def test_the_page_loads_nothing_and_its_policy_allows_nothing_more() -> None:
    page = html(stated(samples.good()), "en")
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy and re.fullmatch(
        r"default-src &#x27;none&#x27;; style-src &#x27;sha256-[\w+/=]+&#x27;; img-src data:; "
        r"base-uri &#x27;none&#x27;; form-action &#x27;none&#x27;",
        policy[1],
    )
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert "<script" not in page and " style=" not in page and "url(" not in page


odd = st.one_of(st.none(), st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False), st.text(max_size=3))
places = st.integers(0, 2**53 - 1)
entries = st.lists(
    st.one_of(
        st.tuples(places, odd), st.tuples(places, odd, odd), st.tuples(places, st.just("ont_rx_power_dbm"), odd, odd)
    ).map(list),
    max_size=5,
)


@settings(max_examples=25)
@given(st.fixed_dictionaries(dict.fromkeys(("rtt_us", "interface", "cpu", "ont"), entries)))
def test_whatever_a_station_says_of_a_run_is_drawn_or_left_out(beside: dict[str, Any]) -> None:
    close = AN_ATTEMPT.close
    assert close and close.result
    runs = tuple({**run, "beside": beside} for run in close.result.runs)
    odd_one = replace(AN_ATTEMPT, close=replace(close, result=replace(close.result, runs=runs)))
    page = Page(html(replace(A_STATEMENT, attempts=(odd_one,)), "zh"))
    assert "下行 (Mbit/s)" in page.sections["plots"]


A_STATEMENT = stated(samples.weak(), trust=None)
AN_ATTEMPT = A_STATEMENT.last
