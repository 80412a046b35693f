"""Whatever a bundle, its objects, a trust file or criteria state: one line or an answer to every check, never more."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import bundle, criteria_shelf, opening, seal
from agent.bundle import Bundle, BundleError
from agent.criteria_shelf import Shelf, SignedCriteriaError
from agent.trust import TrustError, parse_trust
from agent.verification import Verification, names, verify
from diagnostics import strict_json
from diagnostics.criteria import Criteria, CriteriaError
from tests.agent.relinked import OBJECTS, SOUND, places, put, relinked, reread
from tests.agent.test_bundle import prooflight
from tests.vectors import story
from tests.vectors.ring import key, trust_file
from tests.vectors.story import sound

VECTORS = Path(__file__).parents[1] / "vectors"
TRUST = parse_trust(trust_file(), "trust.jwks")
SHELF = Shelf(folder=VECTORS / "criteria", trust=lambda: TRUST)
PLACES = [(name, path) for name in OBJECTS for path in places(SOUND[name])]
ODD = (
    st.none()
    | st.booleans()
    | st.sampled_from([0, -1, 1, 2**53, -(2**53), 10**18, 0.5, -0.0, 1e300, 5e-324])
    | st.sampled_from(["", " ", "x", "0" * 64, "f" * 64, "2026-11-22T12:00:00Z", "9999-12-31T23:59:59-23:59", "B", "E"])
    | st.sampled_from([[], {}, [[]], [None], {"": None}, [0, 0, 0]])
    | st.text(max_size=20)
)


def verified(made: Bundle) -> Verification:
    return verify(reread(made), TRUST, SHELF.load, story.NOW)


def test_the_bundle_that_is_changed_here_is_valid_as_it_is() -> None:
    assert verified(relinked(lambda name, content: content)).valid


@given(st.sampled_from(PLACES), ODD)
@settings(max_examples=250)
def test_whatever_a_right_signer_signs_every_check_is_answered(
    place: tuple[str, tuple[Any, ...]], value: object
) -> None:
    name, path = place
    made = relinked(lambda each, content: put(content, path, value) if each == name else content)
    try:
        found = verified(made)
    except BundleError as error:
        assert "\n" not in str(error)
        return
    assert tuple(check.name for check in found.checks) == names()
    assert not any("\n" in check.words for check in found.checks)
    json.dumps(found.to_json())


DECISIVE = [
    ("order", ("ordered", "down_mbps"), 10.0),
    ("order", ("stations",), ["station-2"]),
    ("order", ("attempts",), 0),
    ("order", ("expires_at",), "2026-11-21T00:00:00+00:00"),
    ("open", ("tx",), "E"),
    ("open", ("seq",), 7),
    ("down", ("ok",), "yes"),
    ("down", ("bytes",), -1),
    ("down", ("station",), "station-2"),
    ("close", ("outcome",), "rejected"),
    ("close", ("measurements", 0, "value"), -30.0),
    ("close", ("runs", 0, "payload_bytes"), 10),
    ("verdict", ("down_mbps",), 500.0),
    ("acceptance", ("outcome",), "rejected"),
    ("acceptance", ("issued_at",), "2026-11-22T09:00:00+00:00"),
]


@pytest.mark.parametrize(("name", "path", "value"), DECISIVE)
def test_what_decides_cannot_be_changed_even_by_who_signs_it(name: str, path: tuple[Any, ...], value: object) -> None:
    assert not verified(relinked(lambda each, c: put(c, path, value) if each == name else c)).valid


RAW = bundle.write(sound())


@given(st.integers(0, len(RAW) - 1), st.integers(0, 40), st.binary(max_size=6))
@settings(max_examples=150)
def test_bytes_put_into_a_bundle_are_never_valid(place: int, dropped: int, put_in: bytes) -> None:
    raw = RAW[:place] + put_in + RAW[place + dropped :]
    assert not_valid(raw) or json.loads(raw) == json.loads(RAW)


def not_valid(raw: bytes) -> bool:
    """Whether these bytes are no bundle, or not a valid one."""
    try:
        return not verify(bundle.parse(raw), TRUST, SHELF.load, story.NOW).valid
    except BundleError as error:
        return "\n" not in str(error)


def flips(raw: bytes) -> Iterator[tuple[int, int]]:
    """Every bit of the signed parts: all that stands in the tokens of a bundle."""
    made = json.loads(raw)
    tokens = [made["order"]["signed"], made["acceptance"]]
    tokens += [t for each in made["attempts"] for t in (each["open"], each["close"], *each["receipts"])]
    for token in filter(None, tokens):
        begin = raw.index(token.encode())
        yield from ((place, bit) for place in range(begin, begin + len(token)) for bit in range(8))


def test_no_flipped_bit_of_a_signed_part_is_valid() -> None:
    """A sample; `python -m tests.benchmarks flips` flips every one."""
    raw = bytearray(RAW)
    assert not not_valid(bytes(raw))
    for place, bit in random.Random(7).sample(list(flips(RAW)), 300):
        raw[place] ^= 1 << bit
        assert not_valid(bytes(raw)), (place, bit)
        raw[place] ^= 1 << bit


KEYS = json.loads(trust_file())


@given(st.sampled_from(places(KEYS)), ODD)
@settings(max_examples=300)
def test_a_trust_file_is_read_as_it_is_or_refused_in_one_line(path: tuple[Any, ...], value: object) -> None:
    made = put(KEYS, path, value)
    try:
        found = parse_trust(strict_json.write(made), "trust.jwks")
    except TrustError as error:
        assert "\n" not in str(error)
    else:
        assert len(found.keys) == len(made["keys"])


TOML = story.CRITERIA_TEXT


@given(st.integers(0, len(TOML)), st.integers(0, 12), st.text(alphabet='0.-e=[]{}"#\nabx_', max_size=6))
@settings(max_examples=200)
def test_criteria_are_read_or_refused_in_one_line_and_never_stand_for_others(
    place: int, dropped: int, put_in: str
) -> None:
    text = TOML[:place] + put_in + TOML[place + dropped :]
    try:
        made, token = criteria_shelf.sign(text.encode(), "set.toml", key("criteria"))
        again = criteria_shelf.opened(token, TRUST)
    except (CriteriaError, SignedCriteriaError, seal.SealError) as error:
        assert "\n" not in str(error).replace("\\n", "")
        return
    assert again == made

    def load(name: str) -> Criteria:
        if name != made.name:
            raise CriteriaError(f"criteria {name} are not here")
        return made

    found = verify(sound(), TRUST, load, story.NOW)
    assert found.valid == (text == TOML)


@given(st.binary(max_size=60) | st.sampled_from([b"{}", b"[]", b'{"format":"prooflight.openings/1","openings":[]}']))
def test_garbage_is_no_file_of_openings(garbage: bytes) -> None:
    with pytest.raises(opening.OpeningError):
        opening.parse_file(garbage)


def test_openings_are_checked_by_the_command_and_tell_no_value(tmp_path: Path) -> None:
    vectors = {each["name"]: each for each in json.loads((VECTORS / "openings.json").read_bytes())}
    for name, code in (("both", 0), ("another value", 3), ("another format", 65)):
        path = tmp_path / "openings.json"
        path.write_text(vectors[name]["text"])
        words = ("--trust", VECTORS / "trust.jwks", "--criteria", VECTORS / "criteria", "--open", path)
        done = prooflight("verify", VECTORS / vectors[name]["bundle"], *words)
        assert (done.returncode, done.stderr.count("\n")) == (code, code == 65), done
        assert "T-4711" not in done.stdout + done.stderr
        assert code != 0 or "OK           openings    2 values match: circuit, technician" in done.stdout
