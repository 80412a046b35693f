"""A commitment is equal where the value is, tells nothing else, and opens in one spelling only."""

import contextlib
import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import commitment
from agent.base64url import decode, encode
from agent.commitment import CommitmentError, Disclosure, disclose, salts
from diagnostics.committed import is_commitment

SALT = salts(b"one secret")
TEXTS = st.text(max_size=60)


def test_the_example_of_the_record_page_comes_out() -> None:
    made = Disclosure(salt=bytes(range(16)), name="ont_serial", value="HWTC4D2A9C17")
    page = (Path(__file__).parents[2] / "docs" / "record.md").read_text()
    for text in (decode(made.text).decode(), made.text, made.commitment):
        assert f"    {text}\n" in page


def test_a_commitment_is_the_hash_of_the_disclosure_s_text_as_in_rfc_9901() -> None:
    made = disclose("technician", "4711", SALT)
    assert made.commitment == "sha256:" + hashlib.sha256(made.text.encode()).hexdigest()
    salt, name, value = json.loads(decode(made.text))
    assert (decode(salt), name, value) == (SALT("technician"), "technician", "4711")
    assert is_commitment(made.commitment)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("ont_serial", "HWTC4D2A9C17", "48:57:54:43:4d:2a:9c:17"),
        ("ont_serial", "hwtc-4d2a9c17", "485754434D2A9C17"),
        ("cable_label", "hzw 7-2-301", "HZW7-2-301"),
        ("technician", "4711", " 4711 "),
    ],
)
def test_another_spelling_of_the_same_value_has_the_same_commitment(name: str, one: str, other: str) -> None:
    assert disclose(name, one, SALT) == disclose(name, other, SALT)


@pytest.mark.parametrize(
    "other",
    [
        disclose("ont_serial", "HWTC4D2A9C18", SALT),
        disclose("technician", "HWTC4D2A9C17", SALT),
        disclose("ont_serial", "HWTC4D2A9C17", salts(b"another secret")),
    ],
    ids=["another value", "another name", "another salt"],
)
def test_anything_else_has_another_commitment(other: Disclosure) -> None:
    assert other.commitment != disclose("ont_serial", "HWTC4D2A9C17", SALT).commitment


def test_a_disclosure_prints_neither_salt_nor_value() -> None:
    made = disclose("ont_serial", "HWTC4D2A9C17", SALT)
    assert repr(made) == "Disclosure(name='ont_serial')"


@given(st.lists(st.tuples(TEXTS, TEXTS), max_size=5))
def test_what_is_joined_is_split_again(pairs: list[tuple[str, str]]) -> None:
    made = tuple(disclose(name, value, SALT) for name, value in pairs)
    assert commitment.split(commitment.join("a.b.c", made)) == ("a.b.c", made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        encode(b'["AAAAAAAAAAAAAAAAAAAAAA","a","b"] '),
        encode(b'["AAAAAAAAAAAAAAAAAAAAAA", "a", "b"]'),
        encode(b'["AAAAAAAAAAAAAAAAAAAA","a","b"]'),
        encode(b'["AAAAAAAAAAAAAAAAAAAAAA","a",1]'),
        encode(b'["AAAAAAAAAAAAAAAAAAAAAA","a"]'),
        encode(b'{"a":1}'),
        encode(b'["AAAAAAAAAAAAAAAAAAAAAA","a","b"]') + "=",
        encode(b'["AAAAAAAAAAAAAAAAAAAAAA","a","\\u0062"]'),
        encode(b"[" * 5000),
        encode(b'["AAAAAAAAAAAAAAAAAAAAAA","a","' + b"x" * 5000 + b'"]'),
    ],
)
def test_what_is_not_a_disclosure_in_its_one_spelling_is_refused(text: str) -> None:
    with pytest.raises(CommitmentError) as caught:
        commitment.parse(text)
    assert "\n" not in str(caught.value)


@given(st.one_of(st.text(max_size=200), st.binary(max_size=100).map(encode)))
def test_garbage_is_refused_or_reads_back(text: str) -> None:
    with contextlib.suppress(CommitmentError):
        assert commitment.parse(text).text == text


@pytest.mark.parametrize("text", ["a.b.c~", "a.b.c~x", "a.b.c~~", "a.b.c~" + "x~" * 201])
def test_disclosures_behind_an_object_end_with_a_tilde_each(text: str) -> None:
    if text == "a.b.c~":
        assert commitment.split(text) == ("a.b.c", ())
        return
    with pytest.raises(CommitmentError):
        commitment.split(text)


def test_what_opens_nothing_that_was_stated_is_named_and_not_told() -> None:
    stated, foreign = disclose("circuit", "C-1", SALT), disclose("name", "Chen Wei", SALT)
    content = {"commitments": {"circuit": stated.commitment}, "x": [1, {"y": "sha256:" + "0" * 63}]}
    assert commitment.stated_in(content) == {stated.commitment}
    assert commitment.unmatched([stated, foreign], commitment.stated_in(content)) == ["name"]
