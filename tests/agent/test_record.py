"""A record reads back as what was written, and only what has its one form is a record."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import record_form
from agent.clock import Stamp
from agent.record import AcceptanceRecord, RecordError, judge_again
from diagnostics import criteria, strict_json
from tests.agent import samples

CLOCK = Stamp(wall=samples.TAKEN, mono_ns=5, boot_id="b7", status="I")
OPEN = AcceptanceRecord(
    tx="B",
    station="station-1",
    epoch=1,
    seq=1,
    prev=None,
    clock=CLOCK,
    environment={"version": "0.1", "cpu_ratio": 0.2, "link": None},
    order=samples.order(),
    attempt=1,
    ordered=samples.ORDERED,
    criteria=samples.CRITERIA,
)
CLOSED = replace(OPEN, tx="E", seq=2, prev="a" * 64, open="a" * 64, result=samples.result())
BROKEN_OFF = AcceptanceRecord(
    tx="A",
    station="station-1",
    epoch=1,
    seq=2,
    prev="a" * 64,
    clock=CLOCK,
    environment={},
    order=samples.order(),
    attempt=1,
    open="a" * 64,
    reason="interrupted",
)
REANCHORED = AcceptanceRecord(
    tx="R", station="station-1", epoch=2, seq=1, prev="a" * 64, clock=CLOCK, environment={}, reason="new key"
)


@pytest.mark.parametrize("record", [OPEN, CLOSED, BROKEN_OFF, REANCHORED], ids=lambda record: record.tx)
def test_a_record_reads_back_as_what_was_written(record: AcceptanceRecord) -> None:
    assert record_form.parse(record_form.write(record)) == record


def test_a_record_of_a_whole_visit_is_far_below_the_limit_of_64_kib() -> None:
    assert len(record_form.write(CLOSED)) < 16_384


def test_the_longest_runs_that_criteria_may_ask_for_fit_into_a_record() -> None:
    run = samples.RUN | {"seconds": [[1_250_000_000, 1_000_123, 0]] * 200}  # 10 Gbit/s, twice in each direction
    assert CLOSED.result is not None
    long = replace(CLOSED, result=replace(CLOSED.result, runs=(run,) * 4))
    assert len(record_form.write(long)) < 49_152


def test_a_record_that_would_be_too_long_is_not_written() -> None:
    huge = replace(OPEN, environment={f"key {n}": "x" * 100 for n in range(700)})
    with pytest.raises(RecordError, match="longer than 65536"):
        record_form.write(huge)


@pytest.mark.parametrize("values", [samples.GOOD, samples.DARK, samples.UNPROVEN], ids=["good", "dark", "unproven"])
def test_judging_again_comes_to_the_station_s_own_findings(values: dict[str, Any]) -> None:
    record = replace(CLOSED, result=samples.result(values))
    again = judge_again(record_form.parse(record_form.write(record)), criteria.load)
    assert record.result is not None
    assert again.outcome == record.result.outcome
    assert [finding.to_json() for finding in again.findings] == list(record.result.findings)


def test_other_criteria_than_the_ones_here_are_not_judged_by() -> None:
    other = replace(CLOSED, criteria=replace(samples.CRITERIA, digest="b" * 64))
    with pytest.raises(criteria.CriteriaError, match="not known here"):
        judge_again(other, criteria.load)


def with_run(record: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return record | {"runs": [record["runs"][0] | changed]}


SPOILT: dict[str, tuple[str, Callable[[dict[str, Any]], Any]]] = {
    "foreign field": ("note: is not a field", lambda r: r | {"note": 1}),
    "missing field": ("seq: is missing", lambda r: {k: v for k, v in r.items() if k != "seq"}),
    "field of another tx": ("reason: is not a field of a E", lambda r: r | {"reason": ""}),
    "other version": ("v: must be 1", lambda r: r | {"v": 2}),
    "unknown tx": ("tx: must be one of", lambda r: r | {"tx": "Z"}),
    "seq zero": ("seq: must be a whole number", lambda r: r | {"seq": 0}),
    "seq true": ("seq: must be a whole number", lambda r: r | {"seq": True}),
    "seq huge": ("seq: must be a whole number", lambda r: r | {"seq": 2**53}),
    "prev not hex": ("prev: must be a SHA-256", lambda r: r | {"prev": "A" * 64}),
    "prev short": ("prev: must be a SHA-256", lambda r: r | {"prev": "a"}),
    "anchored": ("order.anchor: must be one of", lambda r: r | {"order": r["order"] | {"anchor": "signed"}}),
    "naive time": ("clock.wall: must name its offset", lambda r: r | {"clock": r["clock"] | {"wall": "2026-01-01"}}),
    "nested environment": ("environment", lambda r: r | {"environment": {"a": []}}),
    "outcome": ("outcome: must be one of", lambda r: r | {"outcome": "passed"}),
    "ordered rate": ("ordered: ", lambda r: r | {"ordered": r["ordered"] | {"down_mbps": "500"}}),
    "findings": (r"findings\[0\]: must be an object", lambda r: r | {"findings": [1]}),
    "evidence": ("evidence.sample: must be a SHA-256", lambda r: r | {"evidence": {"sample": "x"}}),
    "measurement": (r"measurements\[0\]", lambda r: r | {"measurements": [{}]}),
    "unknown quantity": (
        r"measurements\[0\]: ont_rx_powr_dbm is not a quantity",
        lambda r: r | {"measurements": [r["measurements"][0] | {"quantity": "ont_rx_powr_dbm"}]},
    ),
    "finer than its resolution": (
        "not in the one form",
        lambda r: r | {"measurements": [r["measurements"][0] | {"value": -18.20001}]},
    ),
    "beyond all numbers": (
        r"measurements\[0\]",
        lambda r: r | {"measurements": [r["measurements"][0] | {"value": 1e308}]},
    ),
    "foreign field of a run": (r"runs\[0\]: fields differ: note", lambda r: with_run(r, note=1)),
    "run of no direction": (r"runs\[0\]: direction must be one of", lambda r: with_run(r, direction="left")),
    "run by another IP": (r"runs\[0\]: family must be 4 or 6", lambda r: with_run(r, family=5)),
    "control that would be shown": (r"runs\[0\]: congestion", lambda r: with_run(r, congestion_control="\x1b[2J")),
    "bytes that are not whole": (r"runs\[0\]: payload_bytes must be", lambda r: with_run(r, payload_bytes=1.5)),
    "bytes below zero": (r"runs\[0\]: payload_bytes must be", lambda r: with_run(r, payload_bytes=-1)),
    "a second without its flag": (r"runs\[0\]: seconds must hold", lambda r: with_run(r, seconds=[[1, 2]])),
    "a flag that is a flag": (r"runs\[0\]: seconds must be", lambda r: with_run(r, seconds=[[1, 2, True]])),
    "run at no place on earth": (r"runs\[0\]: started_at", lambda r: with_run(r, started_at="2026-11-22T09:30:00")),
    "time in another form": (r"runs\[0\]: is not in the one", lambda r: with_run(r, started_at="2026-11-22T09:30Z")),
    "failure of no kind": (r"runs\[0\]: failure must be", lambda r: with_run(r, failure={"kind": "rain"})),
    "watched from elsewhere": (r"runs\[0\]: beside must be", lambda r: with_run(r, beside={"weather": []})),
    "watched without a time": (r"runs\[0\]: beside.rtt_us", lambda r: with_run(r, beside={"rtt_us": [[None, 4]]})),
    "foreign field of a measurement": (
        "not in the one form",
        lambda r: r | {"measurements": [r["measurements"][0] | {"sigma": 1}]},
    ),
}


@pytest.mark.parametrize(("words", "spoil"), SPOILT.values(), ids=SPOILT)
def test_a_wrong_field_is_named(words: str, spoil: Callable[[dict[str, Any]], Any]) -> None:
    made = json.loads(record_form.write(CLOSED))
    with pytest.raises(RecordError, match=words):
        record_form.parse(strict_json.write(spoil(made)))


JUNK = (
    st.none()
    | st.integers()
    | st.text(max_size=5)
    | st.lists(st.none(), max_size=2)
    | st.dictionaries(st.text(), st.none())
)


@given(st.data())
def test_junk_in_any_field_is_refused_in_one_line_or_read_as_it_stands(data: st.DataObject) -> None:
    made = json.loads(record_form.write(data.draw(st.sampled_from([OPEN, CLOSED, BROKEN_OFF, REANCHORED]))))
    at: Any = made
    while True:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not at[key] or not isinstance(at[key], dict | list) or data.draw(st.booleans()):
            break
        at = at[key]
    at[key] = data.draw(JUNK)
    try:
        record_form.parse(strict_json.write(made))
    except RecordError as error:
        assert "\n" not in str(error)
