"""The desk closes only what the measurements deserve and the policy allows, and says why in every case."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.acceptor.desk import Facts, decide
from agent.acceptor.known_order import KnownOrder
from agent.clock import Stamp
from agent.receipt import Receipt
from agent.record import AcceptanceRecord, OrderRef, Result
from agent.signed_order import SignedOrder
from diagnostics import criteria
from diagnostics.line import Reflector
from tests.agent import receipts, samples

CLOSED = AcceptanceRecord(
    tx="E",
    station="station-1",
    epoch=1,
    seq=2,
    prev="a" * 64,
    open="a" * 64,
    clock=Stamp(wall=samples.TAKEN, mono_ns=1, boot_id="b", status="S"),
    environment={},
    order=OrderRef(id="WO-1", digest="1" * 64),
    attempt=1,
    ordered=samples.ORDERED,
    criteria=samples.CRITERIA,
    result=samples.result(),
)
FACTS = Facts(
    quarantine="",
    ticket="open",
    chain="complete",
    close_unanchored=True,
    load_criteria=criteria.load,
    at=samples.TAKEN,
)


def stating(result: Result, outcome: str) -> AcceptanceRecord:
    return replace(CLOSED, result=replace(result, outcome=outcome))


SIGNED = SignedOrder(
    issuer="tickets",
    nonce="A" * 43,
    order_id="WO-1",
    order_digest="1" * 64,
    ordered=samples.ORDERED,
    commitments={},
    resource={},
    stations=("station-1",),
    technicians=(),
    criteria=samples.CRITERIA,
    reflectors=(Reflector(host="r1", name="reflector-1", gate=5200),),
    attempts=3,
    issued_at=samples.TAKEN - timedelta(days=1),
    expires_at=samples.TAKEN + timedelta(days=6),
)
ANCHORED = replace(
    CLOSED, order=OrderRef(id="WO-1", digest="1" * 64, anchor="a" * 64), open="b" * 64, result=receipts.result()
)
WITNESSED = {"d" * 64: receipts.made("down"), "e" * 64: receipts.made("up")}


def known(
    *, revoked: str = "", attempts: int = 1, seen: dict[str, Receipt] = WITNESSED, **changes: Any
) -> dict[str, Any]:
    """The fact of a signed order with what reflectors signed, with some of its content changed."""
    opens = frozenset(["b" * 64, *(f"{number:064x}" for number in range(1, attempts))])
    signed = replace(SIGNED, **changes)
    order = KnownOrder(signed=signed, token="", revoked=revoked, opens=opens, receipts=seen)
    return {"order": order, "close_unanchored": False}


CASES: dict[str, tuple[AcceptanceRecord, dict[str, Any], str, str | None, str]] = {
    "as ordered": (CLOSED, {}, "closed", "accepted", "closed because policy close_unanchored is on"),
    "nobody signed the order": (CLOSED, {"close_unanchored": False}, "review", "accepted", "nobody signed the order"),
    "dark": (replace(CLOSED, result=samples.result(samples.DARK)), {}, "rejected", "rejected", "Optical power"),
    "unproven": (
        replace(CLOSED, result=samples.result(samples.UNPROVEN)),
        {},
        "review",
        "inconclusive",
        "instrument_limit",
    ),
    "verdict pass over failing numbers": (
        stating(samples.result(samples.DARK), "accepted"),
        {},
        "rejected",
        "rejected",
        "the station called it accepted, the measurements say rejected",
    ),
    "verdict fail over good numbers": (
        stating(samples.result(), "rejected"),
        {},
        "review",
        "accepted",
        "the station called it rejected",
    ),
    "edited criteria": (
        replace(CLOSED, criteria=replace(samples.CRITERIA, digest="e" * 64)),
        {},
        "review",
        None,
        "not known here",
    ),
    "criteria of another name": (
        replace(CLOSED, ordered=replace(samples.ORDERED, criteria="mine")),
        {},
        "review",
        None,
        "'mine' is not known",
    ),
    "a PON class without limits": (
        replace(CLOSED, ordered=replace(samples.ORDERED, pon_class="Z9")),
        {},
        "review",
        None,
        "no limits for PON class",
    ),
    "another ONT than the ordered one": (
        replace(CLOSED, result=samples.result(samples.GOOD | {"ont_pon_serial": samples.OTHER_SERIAL.commitment})),
        {},
        "rejected",
        "rejected",
        "another one",
    ),
    "nothing measured": (
        replace(CLOSED, result=replace(samples.result(), measurements=())),
        {},
        "review",
        "inconclusive",
        "was not measured",
    ),
    "a number twice": (
        replace(CLOSED, result=replace(samples.result(), measurements=samples.result().measurements * 2)),
        {},
        "review",
        "inconclusive",
        "was not measured",
    ),
    "key in quarantine": (CLOSED, {"quarantine": "two records"}, "refused", None, "two records"),
    "other order content": (CLOSED, {"ticket": "other"}, "review", "accepted", "known here with other content"),
    "a signed order": (ANCHORED, known(), "closed", "accepted", "all required limits hold"),
    "its last attempt": (ANCHORED, known(attempts=3), "closed", "accepted", "all required limits hold"),
    "one attempt too many": (ANCHORED, known(attempts=4), "review", "accepted", "attempt 4 of 3"),
    "an order that is not ours": (ANCHORED, {}, "review", "accepted", "was not issued here"),
    "a revoked order": (ANCHORED, known(revoked="moved away"), "review", "accepted", "revoked: moved away"),
    "an order for another station": (
        ANCHORED,
        known(stations=("station-2",)),
        "review",
        "accepted",
        "not for station station-1",
    ),
    "result of order A for order B": (ANCHORED, known(order_id="WO-2"), "review", "accepted", "is for WO-2"),
    "an order for other content": (ANCHORED, known(order_digest="2" * 64), "review", "accepted", "for other content"),
    "other facts than were signed": (
        ANCHORED,
        known(ordered=replace(samples.ORDERED, down_mbps=1000.0)),
        "review",
        "accepted",
        "other ordered facts",
    ),
    "other criteria than were signed": (
        ANCHORED,
        known(criteria=replace(samples.CRITERIA, digest="e" * 64)),
        "review",
        "accepted",
        "by other criteria",
    ),
    "delivered late, but seen in time": (
        ANCHORED,
        known() | {"at": SIGNED.expires_at + timedelta(days=9)},
        "closed",
        "accepted",
        "all required limits hold",
    ),
    "no receipt": (ANCHORED, known(seen={}), "review", "accepted", "is not here"),
    "a hidden failed run": (
        ANCHORED,
        known(seen=WITNESSED | {"f" * 64: receipts.made(run=3, state="failed")}),
        "review",
        "accepted",
        "signed run 3 (failed), which no record shows",
    ),
    "nine hidden attempts": (
        ANCHORED,
        known(seen=WITNESSED | {f"{n:064x}": receipts.made(run=n, open=f"{n:064x}") for n in range(11, 20)}),
        "review",
        "accepted",
        "signed run 11 (completed), which no record shows",
    ),
    "figures of both ends apart": (
        ANCHORED,
        known(seen=WITNESSED | {"d" * 64: receipts.made(ratio=0.9)}),
        "review",
        "accepted",
        "more than 5% apart",
    ),
    "expired by server time": (
        ANCHORED,
        known(seen={}) | {"at": SIGNED.expires_at + timedelta(seconds=1)},
        "review",
        "accepted",
        "the order expired",
    ),
    "older than its order": (
        ANCHORED,
        known(seen={}) | {"at": SIGNED.issued_at - timedelta(seconds=1)},
        "review",
        "accepted",
        "older than the order",
    ),
    "closed before": (CLOSED, {"ticket": "closed"}, "recorded", "accepted", "closed before"),
    "chain begun anew": (CLOSED, {"chain": "re-anchored"}, "review", "accepted", "begun anew"),
}


@pytest.mark.parametrize(("record", "facts", "decision", "outcome", "words"), CASES.values(), ids=CASES)
def test_the_desk_decides_and_says_why(
    record: AcceptanceRecord, facts: dict[str, Any], decision: str, outcome: str | None, words: str
) -> None:
    ruling = decide(record, replace(FACTS, **facts))
    assert (ruling.decision, ruling.outcome) == (decision, outcome)
    assert words.lower() in " ".join(ruling.reasons).lower()


@pytest.mark.parametrize("tx", ["B", "A", "X", "P", "R"])
def test_steps_without_a_result_are_recorded(tx: Any) -> None:
    step = replace(CLOSED, tx=tx, result=None, reason="power cut")
    ruling = decide(step, FACTS)
    assert (ruling.decision, ruling.outcome) == ("recorded", None)
    assert "power cut" in ruling.reasons[0]


@pytest.mark.parametrize("case", [name for name, case in CASES.items() if "close_unanchored" not in case[1]])
def test_nothing_that_nobody_signed_is_closed_while_the_policy_is_off(case: str) -> None:
    record, facts, *_ = CASES[case]
    assert decide(record, replace(FACTS, **facts, close_unanchored=False)).decision != "closed"
