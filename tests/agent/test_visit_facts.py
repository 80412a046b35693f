"""What was noted on a visit becomes measurements by one table; what was not, or cannot be known, is said as such."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.clock import Stamp
from agent.photograph import MOST_BYTES, PhotographError, format_of
from agent.visit import Noted, visit_measurements
from agent.visit_facts import FORMAT, KINDS, Fact, VisitError, from_json, parse_file
from agent.visit_texts import line_of, texts
from agent.work_order import WorkOrder
from diagnostics import criteria
from diagnostics.measurement import Measurement
from diagnostics.quantities import VISIT_QUANTITIES
from diagnostics.serials import scanned_serial
from diagnostics.verdict import judge_visit
from tests.agent import orders, visits

WINDOW = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)  # 14:00 in Hangzhou
ENDED = Stamp(wall=WINDOW + timedelta(hours=1), mono_ns=1, boot_id="b", status="S")
ORDER = orders.work_order()


def fact(kind: str, *, at: datetime = WINDOW, clock: Any = "I", stated: bool = False, **content: Any) -> Fact:
    return Fact(kind=kind, at=at, clock=clock, stated=stated, content=content)


def measured(
    *facts: Fact, order: WorkOrder = ORDER, ended: Stamp = ENDED, after: bool = True
) -> dict[str, Measurement]:
    noted = [Noted(fact=each, after_result=after) for each in facts]
    made = visit_measurements(order, noted, ended=ended, now=ENDED.wall)
    assert len({m.name for m in made}) == len(made)
    return {m.name: m for m in made}


def value(found: Measurement) -> Any:
    return found.value if found.failure is None else found.failure.kind


CHANGE = {"told_at": WINDOW - timedelta(hours=3), "was_at": WINDOW, "cause": "customer", "desk": "A2"}
PHOTO = {"of": "device", "sha256": "a" * 64, "format": "jpeg", "bytes": 10}
CASES: dict[str, tuple[list[Fact], str, Any]] = {
    "there early": ([fact("arrived", at=WINDOW - timedelta(minutes=5))], "arrival_offset_s", -300),
    "the first arrival counts": (
        [fact("arrived", at=WINDOW), fact("arrived", at=WINDOW + timedelta(hours=1))],
        "arrival_offset_s",
        0,
    ),
    "a clock that knows nothing": ([fact("arrived", clock="U")], "arrival_offset_s", "instrument_limit"),
    "the order's own arrival": ([], "arrival_offset_s", -300),
    "a change in time": ([fact("change", **CHANGE)], "change_notice_s", 10_800),
    "a change with its cause": ([fact("change", **CHANGE)], "change_reason", "named"),
    "no change": ([], "change_reason", "not_applicable"),
    "nobody in": ([fact("nobody_in", waited_s=720, contact="called twice")], "nobody_in_wait_s", 720),
    "somebody in": ([], "nobody_in_wait_s", "not_applicable"),
    "no repair": ([], "repair_day", "not_applicable"),
    "bar code behind a prefix": ([fact("barcode", text="S/N: 48575443 4D2A9C17")], "device_barcode", "HWTC4D2A9C17"),
    "no bar code": ([], "device_barcode", "no_such_object"),
    "label in one spelling": ([fact("label", text="hzw-7 2")], "cable_label", "HZW-72"),
    "label scanned": ([fact("label", text="x")], "cable_label_scan", "scanned"),
    "one photograph twice is one": ([fact("photograph", **PHOTO)] * 2, "photographs[device]", 1),
    "none of the label": ([fact("photograph", **PHOTO)], "photographs[label]", "no_such_object"),
    "told": ([fact("told", what="result")], "told_result", "told"),
    "told one thing": ([fact("told", what="result")], "told_mode", "no_such_object"),
    "rated": ([fact("rated", stars=4)], "customer_rating", 4),
    "rated again": ([fact("rated", stars=4), fact("rated", stars=5)], "customer_rating", 5),
    "labelled": ([fact("account_label")], "account_label", "attached"),
    "called nobody in": ([], "visit_escalation", "none"),
    "called support in": ([fact("escalated", to="support", reason="x")], "visit_escalation", "support"),
    "called in and settled": (
        [fact("escalated", to="desk", reason="x"), fact("resumed")],
        "visit_escalation",
        "none",
    ),
    "a whole order": ([], "order_data", "complete"),
    "booked": ([], "booking_delay_s", 2100),
    "a window": ([], "appointment_window_s", 7200),
}


@pytest.mark.parametrize(("facts", "name", "expected"), CASES.values(), ids=CASES)
def test_a_fact_becomes_its_measurement(facts: list[Fact], name: str, expected: Any) -> None:
    assert value(measured(*facts)[name]) == expected


def test_what_the_customer_was_told_before_the_result_does_not_count_for_it() -> None:
    told = [fact("told", what=what) for what in ("result", "account")]
    found = measured(*told, after=False)
    assert [value(found[f"told_{what}"]) for what in ("result", "account")] == ["no_such_object", "told"]


def test_the_source_says_whose_time_it_is_and_how_far_it_is_believed() -> None:
    sources = [measured(fact("rated", stars=1, **how))["customer_rating"].source for how in ({}, {})]
    stated = measured(fact("rated", stated=True, stars=1))["customer_rating"].source
    assert (sources[0], stated) == ("technician, station clock, I", "technician, time stated, I")


def test_an_order_says_what_it_lacks() -> None:
    bare = orders.work_order(exchange="", appointment={})
    found = measured(order=bare)
    assert value(found["order_data"]) == "incomplete"
    missing = "exchange, appointment.received_at, appointment.booked_at, appointment.window"
    assert found["order_data_missing"].value == missing
    assert value(found["arrival_offset_s"]) == "no_such_object"


@pytest.mark.parametrize(
    ("hours", "status", "duration", "day"),
    [(5, "S", 18_000, "same"), (20, "I", 72_000, "later"), (5, "U", "instrument_limit", "instrument_limit")],
)
def test_a_repair_is_timed_by_the_day_of_the_desk_that_took_it(
    hours: int, status: Any, duration: Any, day: str
) -> None:
    received = datetime(2026, 3, 3, 9, 0, tzinfo=timezone(timedelta(hours=8)))
    repair = orders.work_order(kind="repair", appointment={"received_at": received.isoformat()})
    ended = replace(ENDED, wall=(received + timedelta(hours=hours)).astimezone(UTC), status=status)
    found = measured(order=repair, ended=ended)
    assert (value(found["repair_duration_s"]), value(found["repair_day"])) == (duration, day)


def test_an_order_that_tells_of_a_change_without_cause_is_unexplained_until_it_is_noted() -> None:
    appointment = json.loads(orders.RAW)["appointment"]
    told = {"told_at": CHANGE["told_at"].isoformat(), "was_at": WINDOW.isoformat()}  # type: ignore[attr-defined]
    order = orders.work_order(appointment=appointment | {"changes": [told]})
    assert value(measured(order=order)["change_reason"]) == "unnamed"
    assert value(measured(fact("change", **CHANGE), order=order)["change_reason"]) == "named"


def test_every_quantity_that_is_judged_has_words_in_both_languages_for_every_status() -> None:
    assert set(texts()) == VISIT_QUANTITIES - {"order_data_missing"}
    for told in texts().values():
        assert set(told) == {"title", "title_zh", "todo", "todo_zh", "wrong", "wrong_zh"} and all(told.values())
    limits = criteria.load(visits.NAME).for_visit(visits.ORDERED)
    for finding in judge_visit(visits.result().measurements, limits).findings:
        for status in ("pass", "marginal", "fail", "unknown"):
            lines = {line_of(replace(finding, status=status), language) for language in ("en", "zh")}  # type: ignore
            assert len(lines) == 2


GIVEN: dict[str, Any] = {"format": FORMAT, "facts": [{"fact": "rated", "stars": 5}]}
SPOILT: dict[str, tuple[Any, str]] = {
    "another format": (GIVEN | {"format": "x"}, "format: must be one of"),
    "no facts": (GIVEN | {"facts": []}, "facts: must have at least 1 entry"),
    "a foreign fact": (GIVEN | {"facts": [{"fact": "slept"}]}, "facts[0].fact: must be one of"),
    "a photograph": (GIVEN | {"facts": [{"fact": "photograph", **PHOTO}]}, "facts[0].fact: must be one of"),
    "six stars": (GIVEN | {"facts": [{"fact": "rated", "stars": 6}]}, "facts[0].stars: must be a whole number"),
    "stars as text": (GIVEN | {"facts": [{"fact": "rated", "stars": "5"}]}, "facts[0].stars: must be a whole number"),
    "a foreign field": (GIVEN | {"facts": [{"fact": "rated", "stars": 5, "by": "me"}]}, "facts[0].by: is not a field"),
    "a foreign member": (GIVEN | {"visitor": 1}, "visitor: is not a field"),
    "a naive time": (GIVEN | {"facts": [{"fact": "arrived", "at": "2026-03-03T14:00:00"}]}, "facts[0].at: must name"),
    "an escalation without reason": (
        GIVEN | {"facts": [{"fact": "escalated", "to": "desk"}]},
        "facts[0].reason: is missing",
    ),
    "a reason with an escape": (
        GIVEN | {"facts": [{"fact": "escalated", "to": "desk", "reason": "a\x1b[31mb"}]},
        "facts[0].reason: must be at most 500 characters of plain text",
    ),
    "a scan of a book": (
        GIVEN | {"facts": [{"fact": "label", "text": "x" * 129}]},
        "facts[0].text: must be at most 128",
    ),
    "too many": (GIVEN | {"facts": [{"fact": "arrived"}] * 151}, "facts: must be at most 150"),
    "a list": ([], "not a JSON object"),
}


@pytest.mark.parametrize(("made", "words"), SPOILT.values(), ids=SPOILT)
def test_a_file_of_facts_is_refused_by_the_field_that_is_wrong(made: Any, words: str) -> None:
    with pytest.raises(VisitError) as caught:
        parse_file(json.dumps(made).encode())
    assert words in str(caught.value) and "\n" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from([*KINDS, FORMAT]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["fact", "facts", "format", "at", "text", "stars", "what", "to"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(st.binary(max_size=60) | JSON.map(lambda made: json.dumps(made).encode()))
def test_garbage_is_no_file_of_facts(raw: bytes) -> None:
    try:
        told = parse_file(raw)
    except VisitError as error:
        assert "\n" not in str(error)
    else:
        assert told and all(each.kind in KINDS for each in told)


FACTS = st.sampled_from([each for facts, _, _ in CASES.values() for each in facts])


@given(FACTS)
def test_a_fact_reads_back_as_what_was_written(made: Fact) -> None:
    assert from_json(json.loads(json.dumps(made.to_json()))) == made


@settings(max_examples=100)
@given(FACTS, st.sampled_from(["fact", "at", "clock", "stated", "text", "new"]), JSON)
def test_a_fact_that_was_changed_reads_as_it_stands_or_not_at_all(made: Fact, name: str, other: Any) -> None:
    written = made.to_json() | {name: other}
    try:
        assert from_json(written).to_json() == written
    except VisitError as error:
        assert "\n" not in str(error)


@given(st.lists(FACTS, max_size=8), st.booleans())
def test_whatever_was_noted_each_quantity_comes_out_once(facts: list[Fact], after: bool) -> None:
    found = measured(*facts, after=after)
    assert {m.quantity for m in found.values()} == VISIT_QUANTITIES - {"order_data_missing", "device_barcode_as_read"}


PICTURES = {
    "jpeg": b"\xff\xd8\xff\xe0" + b"x" * 20,
    "png": b"\x89PNG\r\n\x1a\n" + b"x" * 20,
    "webp": b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    "heic": b"\x00\x00\x00\x18ftypheic" + b"x" * 20,
}


@pytest.mark.parametrize(("name", "raw"), PICTURES.items(), ids=PICTURES)
def test_a_photograph_is_known_by_its_first_bytes(name: str, raw: bytes) -> None:
    assert format_of(raw, "x") == name


@pytest.mark.parametrize(
    "raw", [b"", b"<svg onload=x>", b"GIF89a" + b"x" * 20, b"%PDF-1.7", b"RIFF\x10\x00\x00\x00WAVE", b"\x00" * 99]
)
def test_anything_else_is_no_photograph(raw: bytes) -> None:
    with pytest.raises(PhotographError, match="JPEG, PNG, WebP or HEIC"):
        format_of(raw, "x.jpg")


def test_a_photograph_has_a_largest_size() -> None:
    with pytest.raises(PhotographError, match="larger than 16 MiB"):
        format_of(PICTURES["jpeg"] + bytes(MOST_BYTES), "x.jpg")


@pytest.mark.parametrize(
    ("scanned", "serial"),
    [
        ("HWTC12345678", "HWTC12345678"),
        ("hwtc12345678\r\n", "HWTC12345678"),
        ("4857544312345678", "HWTC12345678"),
        ("SN:HWTC12345678", "HWTC12345678"),
        ("S/N 4857-5443-1234-5678", "HWTC12345678"),
        ("GPON SN: HWTC12345678", "HWTC12345678"),
        ("SNHWTC12345678", "HWTC12345678"),
        ("SNAB12345678", "SNAB12345678"),
        ("SN123456", "SN123456"),
        ("S/N: 2102311XYZ", "2102311XYZ"),
        ("SN:", "SN:"),
    ],
)
def test_a_bar_code_says_its_serial_with_or_without_a_prefix(scanned: str, serial: str) -> None:
    assert scanned_serial(scanned) == serial
