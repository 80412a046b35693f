"""A result counts under a signed order only where its reflectors signed the very same runs, and no others."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.receipt import Receipt
from agent.record import AcceptanceRecord, OrderRef
from agent.signed_order import SignedOrder
from agent.witnessing import admitted_outside, figure_doubts, hidden, link_doubts, seen_at
from diagnostics.line import Reflector
from tests.agent import receipts, samples
from tests.agent.acceptor.test_desk import CLOSED, SIGNED

DOWN, UP = "d" * 64, "e" * 64
ORDER = replace(SIGNED, reflectors=(Reflector(host="r1", name="reflector-1", gate=5200), Reflector(host="r2")))
RECORD = replace(
    CLOSED, order=OrderRef(id="WO-1", digest="1" * 64, anchor="a" * 64), open="b" * 64, result=receipts.result()
)
SOUND: dict[str, Receipt] = {DOWN: receipts.made("down"), UP: receipts.made("up")}


def doubts(
    record: AcceptanceRecord, signed: SignedOrder, seen: dict[str, Receipt], layer: str = "tcp_payload"
) -> list[str]:
    return [
        *link_doubts(record, signed, seen),
        *figure_doubts(record, seen, layer),
        *admitted_outside(record, signed, seen),
    ]


def with_result(**values: Any) -> AcceptanceRecord:
    return replace(RECORD, result=receipts.result(**values))


def with_run(**changes: Any) -> AcceptanceRecord:
    assert RECORD.result
    return replace(RECORD, result=replace(RECORD.result, runs=(receipts.DOWN_RUN | changes, receipts.UP_RUN)))


def test_runs_that_both_ends_signed_raise_no_doubt() -> None:
    assert doubts(RECORD, ORDER, SOUND, "tcp_payload") == []


CASES: dict[str, tuple[AcceptanceRecord, dict[str, Receipt], str]] = {
    "local iperf3 server: no receipt": (with_result(down=None, up=None), {}, "no reflector signed"),
    "receipt of one direction only": (with_result(up=None), SOUND, "no reflector signed what it saw of the upload"),
    "receipt that is not there": (RECORD, {DOWN: SOUND[DOWN]}, "run 2: its receipt eeeeeeeeeeee is not here"),
    "receipt of run 1 for run 2": (with_result(up=DOWN), SOUND, "one receipt is named for two runs"),
    "receipts exchanged": (with_result(down=UP, up=DOWN), SOUND, "for the other direction"),
    "receipt of another station": (RECORD, SOUND | {DOWN: receipts.made(station="s2")}, "is for station s2"),
    "receipt for another order": (RECORD, SOUND | {DOWN: receipts.made(order="f" * 64)}, "for another order"),
    "receipt of another attempt": (RECORD, SOUND | {DOWN: receipts.made(open="f" * 64)}, "for another attempt"),
    "reflector that the order does not name": (RECORD, SOUND | {DOWN: receipts.made(reflector="laptop")}, "of laptop"),
    "reflector named in another place": (with_run(reflector=1), SOUND, "does not name there"),
    "run that broke off at the reflector": (RECORD, SOUND | {DOWN: receipts.made(state="aborted")}, "says aborted"),
    "figures more than 5 % apart": (RECORD, SOUND | {DOWN: receipts.made(ratio=0.94)}, "more than 5% apart"),
    "reflector that saw half of it": (RECORD, SOUND | {DOWN: receipts.made(series=((0, 1),))}, "too little"),
    "admitted before the order": (
        RECORD,
        SOUND | {DOWN: receipts.made(admitted_at=ORDER.issued_at - timedelta(seconds=1))},
        "outside the order's time",
    ),
    "admitted after it expired": (
        RECORD,
        SOUND | {DOWN: receipts.made(admitted_at=ORDER.expires_at + timedelta(seconds=1))},
        "outside the order's time",
    ),
    "figure above both counts": (with_result(throughput_down_bytes=150_000_000), SOUND, "more than both ends signed"),
    "figure above the lower count": (RECORD, SOUND | {DOWN: receipts.made(ratio=0.97)}, "more than both ends signed"),
    "rate that does not follow from its bytes": (
        with_result(throughput_down_mbps=499.0),
        SOUND,
        "does not follow from its bytes",
    ),
}


@pytest.mark.parametrize(("record", "found", "words"), CASES.values(), ids=CASES)
def test_what_the_reflectors_did_not_sign_is_doubted(
    record: AcceptanceRecord, found: dict[str, Receipt], words: str
) -> None:
    assert words in "; ".join(doubts(record, ORDER, found, "tcp_payload"))


def test_a_figure_beside_the_judged_one_confirms_nothing() -> None:
    assert RECORD.result
    high = receipts.result(throughput_down_mbps=900.0, throughput_down_bytes=225_000_000)
    beside = [replace(m, index="z") for m in RECORD.result.measurements if m.quantity.startswith("throughput_down_")]
    both = replace(RECORD, result=replace(high, measurements=(*high.measurements, *beside)))
    assert "more than both ends signed" in "; ".join(doubts(both, ORDER, SOUND, "tcp_payload"))


def test_a_rate_of_frames_may_exceed_that_of_payload_by_their_headers() -> None:
    framed = with_result(throughput_down_mbps=498.11 * 1.06)
    assert doubts(framed, ORDER, SOUND, "ethernet") == []
    assert doubts(framed, ORDER, SOUND, "tcp_payload") != []


def test_a_run_that_a_reflector_signed_and_no_record_shows_is_named() -> None:
    opens = {"b" * 64}
    assert hidden(SOUND, {DOWN, UP}, opens) == []
    failed = receipts.made(run=7, state="failed")
    assert hidden(SOUND | {"f" * 64: failed}, {DOWN, UP}, opens) == [
        "reflector reflector-1 signed run 7 (failed), which no record shows"
    ]
    elsewhere = receipts.made(run=8, open="c" * 64)
    assert len(hidden({DOWN: elsewhere}, {DOWN}, opens)) == 1


def test_an_attempt_was_seen_when_its_last_run_was_admitted() -> None:
    later = receipts.made("up", admitted_at=receipts.ADMITTED + timedelta(minutes=5))
    assert seen_at({DOWN: SOUND[DOWN], UP: later}, "b" * 64, samples.TAKEN) == later.admitted_at
    assert seen_at(SOUND, "c" * 64, samples.TAKEN) == samples.TAKEN
