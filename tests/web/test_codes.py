"""Codes in photographs are read by a child: sharp, skewed, dark, none, several; what is no picture is told so."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.photograph import PhotographError
from agent.web.codes import CodesUnread, codes_in
from tests.web.labels import CABLE, SERIAL, bomb, code, jpeg, photograph

ORDER = "prooflight:order:WO-2026-000117:0123456789abcdef"
AS_TAKEN: dict[str, dict[str, Any]] = {
    "sharp": {},
    "skewed": {"skew": 17.0},
    "very skewed": {"skew": -34.0},
    "upside down": {"skew": 180.0},
    "dark": {"dark": 0.25, "noise": 6},
    "soft": {"blur": 1.2},
    "dark, skewed": {"skew": -9.0, "dark": 0.3, "noise": 5},
}


@pytest.mark.parametrize("taken", AS_TAKEN)
def test_bar_code_and_qr_code_of_a_label_are_read(taken: str) -> None:
    raw = photograph(code(SERIAL), code(ORDER, "QRCode"), **AS_TAKEN[taken])
    assert {(each["format"], each["text"]) for each in codes_in(raw)} == {("Code128", SERIAL), ("QRCode", ORDER)}


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_kinds_of_pictures_are_read_as_well(kind: str) -> None:
    assert [each["text"] for each in codes_in(jpeg(code(CABLE), kind))] == [CABLE]


def test_a_picture_without_a_code_has_none() -> None:
    assert codes_in(photograph()) == []


def test_of_three_codes_all_are_told_and_none_is_chosen() -> None:
    texts = {"SN:HWTC4D2A9C17", "MAC:00259E112233", "LOID:hz0571"}
    assert {each["text"] for each in codes_in(photograph(*map(code, sorted(texts))))} == texts


def test_what_stands_in_a_code_comes_out_as_one_plain_line() -> None:
    (found,) = codes_in(photograph(code("a\r\nb\x1b[31m\u202ec<script>", "QRCode")))
    assert found["text"] == "a b [31mc<script>"


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("raw", [b"", SVG, b"GIF89a", b"%PDF-1.7", b"PK\x03\x04", jpeg(code(CABLE), "TIFF")])
def test_what_is_no_photograph_is_refused_before_a_child_starts(raw: bytes) -> None:
    with pytest.raises(PhotographError, match="a photograph is JPEG"):
        codes_in(raw)


@pytest.mark.parametrize(
    "raw", [bomb(), b"\xff\xd8\xff" + b"x" * 999, b"RIFF\0\0\0\0WEBPVP8 " + b"\xff" * 99], ids=["bomb", "jpeg", "webp"]
)
def test_a_broken_or_absurd_picture_is_told_so(raw: bytes) -> None:
    with pytest.raises(CodesUnread, match="broken_picture"):
        codes_in(raw)


def test_a_picture_of_an_iphone_as_it_is_kept_there_is_told_so() -> None:
    with pytest.raises(CodesUnread, match="heic"):
        codes_in(b"\0\0\0\x18ftypheic" + bytes(99))


@settings(max_examples=8)
@given(place=st.integers(3, 4000), bits=st.integers(1, 255))
def test_a_damaged_photograph_never_harms(place: int, bits: int) -> None:
    raw = bytearray(photograph(code(CABLE)))
    raw[place % len(raw)] ^= bits
    with suppress(CodesUnread, PhotographError):
        assert all(set(each) == {"format", "text"} for each in codes_in(bytes(raw)))
