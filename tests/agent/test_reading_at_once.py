"""What is read at once is what a closer look would read: the same value, and nothing that it would refuse.

Whatever is not read at once gets the closer look, so equal values here mean equal records and equal words everywhere.
"""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import record_form
from agent.clock import Stamp
from agent.record import AcceptanceRecord, OrderRef
from diagnostics import strict_json
from diagnostics.measurement import from_json, to_json
from diagnostics.measurement_form import at_once
from tests.agent import samples

RAW = record_form.write(
    AcceptanceRecord(
        tx="E",
        station="station-1",
        epoch=1,
        seq=2,
        prev="0f" * 32,
        clock=Stamp(wall=samples.TAKEN, mono_ns=1, boot_id="boot", status="S"),
        environment={"version": "1"},
        order=OrderRef(id="WO-1", digest="0f" * 32),
        attempt=1,
        open="0f" * 32,
        ordered=samples.ORDERED,
        criteria=samples.CRITERIA,
        result=samples.result(),
    )
)
MEASURED: list[dict[str, Any]] = json.loads(RAW)["measurements"]
ODD = (
    *(b'"', b"\\", b'\\"', b":", b'":', b" :", b'" :', b'"v":1,', b'"v":1', b'"raw":"",', b'"index":"",'),
    *(b"{", b"}", b"[", b"]", b",", b" ", b"\n", b"\t", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\\ud800", b"\\u0061"),
    *(b"NaN", b"-Infinity", b"1e999", b"-0", b"-0.0", b"5.0", b"1e2", b"12345678901234567890", b"[[[[[[[[[]]]]]]]]]"),
    *(b"true", b"null", b'""', b'" "', b'"+00:00"', b"+08:00", b"Z", "“a  b”".encode(), "\u200e".encode()),
)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["", " ", "x" * 301, "ont_rx_power_dbm", "2026-11-22T09:30:00Z", "2026-11-22T09:30:00+00:00", []])
)


@st.composite
def changed_texts(draw: st.DrawFn) -> bytes:
    """A record's bytes with pieces put in, taken out or put in the place of others."""
    raw = RAW
    for _ in range(draw(st.integers(1, 3))):
        place, length = draw(st.integers(0, len(raw))), draw(st.integers(0, 12))
        raw = raw[:place] + draw(st.sampled_from(ODD) | st.binary(max_size=3)) + raw[place + length :]
    return raw


def same(raw: bytes, depth: int = strict_json.DEPTH) -> bool:
    """Whether a text was read at once; what was read must be what the closer look reads."""
    value = strict_json._at_once(raw, depth)
    if value is strict_json._UNSURE:
        return False
    assert repr(value) == repr(strict_json._closely(raw, depth))
    return True


@settings(max_examples=250)
@given(changed_texts())
def test_a_changed_text_is_read_at_once_only_as_it_is_read_closely(raw: bytes) -> None:
    same(raw)


@settings(max_examples=150)
@given(
    st.recursive(
        VALUES | st.sampled_from(['":', '" :', ' "', "\\", "{}"]),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(":{a", max_size=3), inner, max_size=3),
        max_leaves=12,
    ),
    st.sampled_from([(",", ":"), (", ", ": "), (",", " :")]),
    st.booleans(),
)
def test_other_texts_likewise(made: Any, separators: tuple[str, str], ascii_only: bool) -> None:
    same(json.dumps(made, separators=separators, ensure_ascii=ascii_only).encode(errors="surrogatepass"), depth=3)


@pytest.mark.parametrize(
    ("raw", "at_once"),
    [
        (RAW, True),
        (b'{"a":1,"a":2}', False),
        (b'{"a":{"b":1,"b":2}}', False),
        (b'{"a" :1,"a":2}', False),
        (b'{"a":1,"a" :2,"b":"\\":"}', False),
        (b'{"a"\n:1,"a":2,"b":":"}', False),
        (b'[1,{"a":[{"b":1,"\\u0062":1}]}]', False),
        (b"[" * 9 + b"]" * 9, False),
    ],
)
def test_a_record_is_read_at_once_and_a_key_that_stands_there_twice_never(raw: bytes, at_once: bool) -> None:
    assert same(raw) is at_once


@settings(max_examples=250)
@given(st.sampled_from(MEASURED), st.data())
def test_a_changed_measurement_is_read_at_once_only_as_it_is_read_closely(
    made: dict[str, Any], data: st.DataObject
) -> None:
    changed = dict(made)
    for name in data.draw(st.lists(st.sampled_from([*made, "raw", "more"]), max_size=2)):
        inner = st.fixed_dictionaries({}, optional=dict.fromkeys(("kind", "stage", "detail", "more"), VALUES))
        changed[name] = data.draw(VALUES | inner | st.sampled_from([each.get(name) for each in MEASURED]))
    for name in data.draw(st.lists(st.sampled_from(list(made)), max_size=1)):
        del changed[name]
    if (read := at_once(changed)) is not None:
        closely = from_json(changed)
        assert repr(read) == repr(closely)
        assert to_json(closely) == changed


@pytest.mark.parametrize("made", MEASURED, ids=lambda made: str(made["quantity"]))
def test_what_a_station_writes_is_read_at_once(made: dict[str, Any]) -> None:
    assert at_once(made) == from_json(made)
