"""docs/decisions.md is the desk's table: each row is given by a case here, and no reason is given that has no row."""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.acceptor import desk, placing
from agent.acceptor.desk import Facts, KnownResult, Ruling, decide
from agent.acceptor.line_binding import Circuit, Unanswered
from agent.acceptor.placing import Neighbours, place_of
from agent.acceptor.reasons import KINDS, because
from agent.acknowledgement import DECISIONS, Acceptance
from agent.record import AcceptanceRecord
from diagnostics.measurement import Failure
from tests.agent import receipts, samples, visits
from tests.agent.acceptor.test_desk import ANCHORED, CASES, CLOSED, FACTS, SIGNED, known

PAGE = (Path(__file__).parents[3] / "docs" / "decisions.md").read_text()
ROWS = re.findall(r"^\| (\w+) \| `(\w+)` \|", PAGE, re.MULTILINE)
STANDINGS = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)

RESULT = replace(CLOSED, ordered=visits.ORDERED, criteria=visits.CRITERIA, result=visits.line_result())
VISIT = replace(RESULT, tx="V", seq=3, close="c" * 64, result=visits.result())
KNOWN = KnownResult(record=RESULT, digest="c" * 64, at=samples.TAKEN, newest=True)
STOOD = Failure(kind="not_supported", stage="still", detail="the counter stood still")
STILL = replace(CLOSED, result=samples.result(samples.GOOD | {"ont_octets_down_ratio": STOOD}))
RESOURCE = {"olt": "OLT-1", "pon_port": "0/2/5", "onu_id": 17, "splitter_port": ""}
BOUND = ANCHORED, known(resource=RESOURCE) | {"lookup": lambda network, at: (Circuit(olt="OLT-1", pon_port="0/2/5"),)}
ELSEWHERE = known(resource=RESOURCE) | {"lookup": lambda network, at: ()}
UNANSWERED = known(resource=RESOURCE) | {"lookup": lambda network, at: Unanswered(words="timed out 4 times")}
BAD_RESULT = replace(RESULT, result=visits.line_result(samples.DARK))
GIVEN = Acceptance(
    acceptor="desk",
    record="d" * 64,
    kid="k",
    epoch=1,
    seq=2,
    order=CLOSED.order,
    decision="closed",
    outcome="accepted",
    reasons=("all required limits hold",),
    line="bound",
    verdict=None,
    chain="complete",
    close_unanchored=False,
    issued_at=samples.TAKEN,
)
MORE: dict[str, tuple[AcceptanceRecord, dict[str, Any], str, str]] = {
    "an aborted test": (replace(CLOSED, tx="A", result=None, reason="dinner"), {}, "recorded", "step"),
    "limits": (CLOSED, {}, "closed", "limits_hold"),
    "no light, and a port that nobody knows": (
        replace(CLOSED, result=samples.result(samples.DARK | {"ont_tx_power_dbm": 2.1, "ont_identity": STOOD})),
        {},
        "rejected",
        "limit_unproven",
    ),
    "counters that stood still": (STILL, {}, "review", "counters_still"),
    "the ordered line": (*BOUND, "closed", "limits_hold"),
    "another line": (ANCHORED, ELSEWHERE, "review", "other_line"),
    "a look-up that does not answer": (ANCHORED, UNANSWERED, "review", "line_unanswered"),
    "figures above what was signed": (
        replace(ANCHORED, result=receipts.result(throughput_down_bytes=2 * receipts.PAYLOAD["down"])),
        known(),
        "review",
        "figures_apart",
    ),
    "a result that waits": (RESULT, {}, "recorded", "visit_awaited"),
    "its visit": (VISIT, {"visited": KNOWN}, "closed", "visit_complete"),
    "a visit of nothing": (VISIT, {}, "review", "visit_astray"),
    "a visit of another result": (VISIT, {"visited": replace(KNOWN, digest="d" * 64)}, "review", "visit_astray"),
    "an older visit": (VISIT, {"visited": replace(KNOWN, newest=False)}, "recorded", "visit_superseded"),
    "a visit of a dark line": (VISIT, {"visited": replace(KNOWN, record=BAD_RESULT)}, "rejected", "limit_failed"),
    "a visit that nobody rated": (
        replace(VISIT, result=visits.result({"customer_rating": visits.MISSING})),
        {"visited": KNOWN},
        "review",
        "limit_unproven",
    ),
    "a visit of a result that a person accepted": (
        VISIT,
        {"visited": replace(KNOWN, accepted_by="Ma Li"), "chain": "re-anchored"},
        "closed",
        "person",
    ),
    "the same, withdrawn since": (
        VISIT,
        {"visited": replace(KNOWN, accepted_by="Ma Li")} | known(revoked="moved"),
        "review",
        "order_revoked",
    ),
    "the same, replaced since": (
        VISIT,
        {"visited": replace(KNOWN, accepted_by="Ma Li"), "ticket": "other"},
        "review",
        "other_content",
    ),
    "our own word of yesterday, whatever it is about": (
        replace(CLOSED, result=samples.result(samples.DARK)),
        {"given": GIVEN, "ticket": "other"},
        "closed",
        "decided_before",
    ),
    "the same, closed since": (
        VISIT,
        {"visited": replace(KNOWN, accepted_by="Ma Li"), "ticket": "closed"},
        "recorded",
        "closed_before",
    ),
}


def rulings() -> Iterator[Ruling]:
    for record, changes, *_ in (*CASES.values(), *MORE.values()):
        yield decide(record, replace(FACTS, **changes))


def pairs(ruling: Ruling) -> set[tuple[str, str]]:
    return {(ruling.decision, each.kind) for each in ruling.because}


@pytest.mark.parametrize(("record", "changes", "decision", "kind"), MORE.values(), ids=MORE)
def test_the_desk_gives_the_reason_of_the_case(
    record: AcceptanceRecord, changes: dict[str, Any], decision: str, kind: str
) -> None:
    assert (decision, kind) in pairs(decide(record, replace(FACTS, **changes)))


def test_every_row_of_the_page_is_given_by_a_case_and_every_case_has_its_rows() -> None:
    given_ = set().union(*map(pairs, rulings()))
    assert set(ROWS) == given_
    assert len(ROWS) == len(set(ROWS))
    assert {kind for _, kind in ROWS} == set(KINDS)


def test_the_source_gives_no_reason_outside_the_list() -> None:
    named = [
        node.args[1 if getattr(node.func, "id", "") == "_ruling" else 0]
        for node in ast.walk(ast.parse(Path(desk.__file__).read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("because", "_ruling")
    ]
    kinds = {node.value for node in named if isinstance(node, ast.Constant)}
    assert kinds == set(KINDS)
    with pytest.raises(ValueError, match="not a kind of reason"):
        because("mood", ["it rains"])


RECORDS = st.sampled_from([record for record, *_ in (*CASES.values(), *MORE.values())])
KNOWN_BY = ({}, {"revoked": "moved"}, {"attempts": 9}, {"seen": {}})
ORDERS = [None, *(known(resource=RESOURCE, **changes)["order"] for changes in KNOWN_BY)]
LOOKUPS = [changes.get("lookup") for _, changes, *_ in MORE.values()]
GENERATED = st.builds(
    lambda **changes: replace(FACTS, **changes),
    quarantine=st.sampled_from(["", "", "", "two records"]),
    ticket=st.sampled_from(["open", "closed", "other"]),
    chain=st.sampled_from(["complete", "re-anchored"]),
    close_unanchored=st.booleans(),
    at=st.sampled_from([samples.TAKEN, SIGNED.issued_at - timedelta(1), SIGNED.expires_at + timedelta(1)]),
    order=st.sampled_from(ORDERS),
    lookup=st.sampled_from(LOOKUPS),
    visited=st.builds(
        lambda record, **told: KnownResult(record=record, digest="c" * 64, at=samples.TAKEN, **told),
        st.sampled_from([RESULT, BAD_RESULT]),
        newest=st.booleans(),
        accepted_by=st.sampled_from(["", "Ma Li"]),
    )
    | st.none(),
)
MUST_HOLD = {"limits_hold", "person"}


@settings(max_examples=200)
@given(RECORDS, GENERATED)
def test_every_record_gets_one_decision_with_reasons_of_the_table_and_the_same_one_again(
    record: AcceptanceRecord, facts: Facts
) -> None:
    ruling = decide(record, facts)
    assert ruling == decide(record, facts)
    assert ruling.decision in DECISIONS and ruling.because
    assert pairs(ruling) <= set(ROWS)
    if ruling.decision == "closed":
        assert ruling.outcome == "accepted" and facts.ticket == "open" and not facts.quarantine
        assert MUST_HOLD & {each.kind for each in ruling.because}


PREV = "a" * 64
FOLLOWS = Neighbours(before=PREV)
FIRST = replace(CLOSED, tx="B", seq=1, prev=None)
PLACES: dict[str, tuple[AcceptanceRecord, dict[str, Any], str, str]] = {
    "behind its predecessor": (CLOSED, {}, "next", ""),
    "the very first": (FIRST, {"before": None}, "next", ""),
    "a new epoch": (replace(FIRST, tx="R", epoch=2, prev=PREV), {"before": None}, "next", ""),
    "answered before": (CLOSED, {"acceptance": "eyJ", "here": "d" * 64}, "repeat", ""),
    "a gap before it": (CLOSED, {"before": None}, "early", ""),
    "it waits already": (CLOSED, {"before": None, "waiting": "d" * 64}, "early", ""),
    "another one waits there": (
        CLOSED,
        {"before": None, "waiting": "e" * 64},
        "fork",
        "two records for epoch 1, seq 2",
    ),
    "another one waits there for its line": (CLOSED, {"waiting": "e" * 64}, "fork", "two records for epoch 1, seq 2"),
    "another one stands there": (CLOSED, {"here": "e" * 64}, "fork", "two records for epoch 1, seq 2"),
    "another one before it": (CLOSED, {"before": "e" * 64}, "fork", "does not follow the record before it"),
    "a second beginning": (replace(FIRST, prev=PREV), {"before": None}, "fork", "does not begin a chain"),
    "an epoch without its R": (replace(FIRST, epoch=2, prev=PREV), {"before": None}, "fork", "does not begin"),
    "a key in quarantine": (CLOSED, {"before": None, "quarantined": True}, "next", ""),
}


@pytest.mark.parametrize(("record", "around", "standing", "fault"), PLACES.values(), ids=PLACES)
def test_a_record_is_placed_by_its_neighbours(
    record: AcceptanceRecord, around: dict[str, Any], standing: str, fault: str
) -> None:
    place = place_of(record, "d" * 64, replace(FOLLOWS, **around))
    assert place.standing == standing
    assert fault in place.fault and bool(place.fault) == (standing == "fork")


def test_the_page_names_every_standing() -> None:
    assert STANDINGS == list(get_args(placing.Standing)) == ["next", "repeat", "early", "fork"]
    assert {standing for _, _, standing, _ in PLACES.values()} == set(STANDINGS)
