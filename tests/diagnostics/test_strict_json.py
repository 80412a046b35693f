"""Strict JSON has one reading or none."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics import strict_json

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(st.characters(codec="utf-8"), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"a":1,"a":2}', "'a' stands there twice"),
        (b'{"b":{"a":1,"\\u0061":2}}', "'a' stands there twice"),
        (b"[NaN]", "NaN"),
        (b"[-Infinity]", "Infinity"),
        (b"[1e999]", "out of range"),
        (b"[12345678901234567890]", "19 digits"),
        (b'["\\ud800"]', "UTF-8"),
        (b'{"\\udfff":1}', "UTF-8"),
        (b"\xff", "UTF-8"),
        (b"\xef\xbb\xbf{}", "BOM"),
        (b"", "not JSON"),
        (b"{} {}", "not JSON"),
        (b"[" * 9 + b"]" * 9, "deeper than 8"),
        (b"[" * 30000, "deeper than 8"),
        (b'"' + b"a" * 65536 + b'"', "longer than 65536"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(raw: bytes, words: str) -> None:
    with pytest.raises(strict_json.JsonError, match=words):
        strict_json.parse(raw)


def test_eight_containers_deep_is_still_read() -> None:
    assert strict_json.parse(b"[" * 8 + b"]" * 8) == [[[[[[[[]]]]]]]]


@given(JSON)
def test_what_we_write_reads_back_the_same_and_is_what_the_standard_library_reads(value: object) -> None:
    raw = strict_json.write(value)
    assert strict_json.parse(raw, depth=20) == json.loads(raw) == value


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,0e-\\u1a ', max_size=40).map(str.encode))
def test_garbage_is_read_as_the_standard_library_reads_it_or_refused(raw: bytes) -> None:
    try:
        value = strict_json.parse(raw)
    except strict_json.JsonError as error:
        assert "\n" not in str(error)
    else:
        assert value == json.loads(raw)
