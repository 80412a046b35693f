"""The acceptor's compact verdict: in every acceptance of a result, as a QR code, and believed only as it was signed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import bundle, compact_verdict, qr_code, seal
from agent.acknowledgement import VERDICT_CHARACTERS
from agent.chain import Chain
from agent.clock import StationClock
from agent.compact_check import verify_compact
from agent.compact_verdict import CompactVerdict, CompactVerdictError
from agent.journal import Journal
from agent.trust import parse_trust
from tests.agent.acceptor.conftest import desk, visit
from tests.agent.conftest import Ring
from tests.agent.qr_reader import read_qr
from tests.agent.test_bundle import accepted, prooflight
from tests.vectors.ring import resealed, trust_file
from tests.vectors.story import compact, sound

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


@pytest.fixture
def station(tmp_path: Path, ring: Ring) -> Iterator[Chain]:
    with Journal(tmp_path / "journal") as journal:
        yield Chain(journal, key=ring.station, station="station-1", clock=StationClock())


@pytest.fixture
def path(tmp_path: Path, ring: Ring, station: Chain) -> Path:
    """The bundle of a work order that was closed."""
    visit(station)
    accepted(station, ring, tmp_path)
    bundle.save(tmp_path / "bundle.json", bundle.collect(station, "WO-1"))
    return tmp_path / "bundle.json"


def test_a_verdict_is_shown_as_a_qr_code_and_verifies_alone_and_beside_its_bundle(path: Path, ring: Ring) -> None:
    picture = path.with_name("verdict.svg")
    done = prooflight("verdict", path, "--qr", picture)
    assert (done.returncode, done.stderr) == (0, "")
    told, text, _ = done.stdout.splitlines()
    assert told.startswith(
        "order WO-1: accepted, closed at 2026-11-22 12:00 UTC; down 498.123 of 500 Mbit/s, up 99.5 of"
    )
    assert read_qr(picture.read_bytes()) == text
    assert len(text) <= 700
    alone = prooflight("verify", "--compact", text, "--trust", ring.trust_file)
    assert (alone.returncode, alone.stderr) == (0, "")
    assert "NOT CHECKED  bundle      no bundle was given (not needed)" in alone.stdout
    beside = prooflight("verify", path, "--compact", text, "--trust", ring.trust_file, "--json")
    made = json.loads(beside.stdout)
    assert (beside.returncode, made["valid"], made["verdict"]["down_mbps"]) == (0, True, 498.123)
    assert made["checks"][-1] == {"name": "bundle", "status": "OK", "words": "the bundle says the same", "needed": True}


def test_a_forged_verdict_ends_with_3_and_another_text_with_65(ring: Ring) -> None:
    forged = prooflight("verify", "--compact", compact_verdict.text(compact(closed())), "--trust", ring.trust_file)
    assert (forged.returncode, forged.stdout.splitlines()[-1]) == (3, "compact verdict: NOT VALID")
    for words in (["--compact", "prooflight:order:WO-1:0123456789abcdef"], ["--compact", "x" * 5000], []):
        done = prooflight("verify", *words, "--trust", ring.trust_file)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (65, "", 1)


def test_a_bundle_without_a_verdict_says_why(tmp_path: Path, ring: Ring, station: Chain) -> None:
    attempt = visit(station)
    path = tmp_path / "bundle.json"
    bundle.save(path, bundle.collect(station, "WO-1"))
    done = prooflight("verdict", path)
    assert (done.returncode, done.stderr.count("\n")) == (65, 1)
    assert "no acceptance in this bundle yet" in done.stderr
    assert attempt


def test_only_what_has_an_outcome_has_a_compact_verdict(tmp_path: Path, ring: Ring, station: Chain) -> None:
    visit(station)
    office = desk(tmp_path / "ledger", ring)
    made = [office.take(station.token(link))[0].verdict for link in station.links]
    assert [verdict is not None for verdict in made] == [False, True]


def closed() -> str:
    return sound().attempts[0].close or ""


@pytest.mark.parametrize("rate", [0.0, 99999.999])
def test_the_longest_verdict_fits_a_qr_code(rate: float) -> None:
    rates = dict.fromkeys(("down_mbps", "up_mbps", "ordered_down_mbps", "ordered_up_mbps"), rate)
    at = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
    text = compact_verdict.text(
        compact(closed(), order="W" * 64, outcome="inconclusive", decision="recorded", issued_at=at, **rates)
    )
    assert len(text) <= 760 < VERDICT_CHARACTERS
    assert read_qr(qr_code.svg(text)) == text


def test_the_same_text_is_always_the_same_picture() -> None:
    assert qr_code.svg("prooflight:order:WO-1:0123456789abcdef") == qr_code.svg(
        "prooflight:order:WO-1:0123456789abcdef"
    )


GOOD = compact(closed())
TEXT = compact_verdict.text(GOOD)
TRUST = parse_trust(trust_file(), "trust.jwks")


def refused(text: str) -> bool:
    """Whether a text is no compact verdict, or one that is not believed."""
    try:
        return not verify_compact(text, TRUST, None, NOW).valid
    except CompactVerdictError as error:
        return "\n" not in str(error)


def test_every_flipped_bit_of_a_qr_code_is_refused() -> None:
    assert not refused(TEXT)
    raw = bytearray(TEXT.encode())
    for place in range(len(raw)):
        for bit in range(8):
            raw[place] ^= 1 << bit
            assert refused(raw.decode("latin-1")), (place, bit)
            raw[place] ^= 1 << bit


@given(st.text(max_size=80) | st.text(alphabet="AEeyJ_-.=", max_size=60).map(compact_verdict.text))
def test_garbage_is_never_a_verdict(garbage: str) -> None:
    assert refused(garbage)


@given(
    st.dictionaries(
        st.sampled_from([*CompactVerdict.__slots__, "v", "x"]),
        st.none()
        | st.booleans()
        | st.integers(-(2**60), 2**60)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=10)
        | st.lists(st.none()),
        max_size=3,
    )
)
def test_a_signed_verdict_with_odd_members_is_valid_only_where_it_reads_back(changes: dict[str, object]) -> None:
    text = compact_verdict.text(resealed(GOOD, seal.VERDICT, "acceptor", **changes))
    if not refused(text):
        made = verify_compact(text, TRUST, None, NOW).verdict
        assert made is not None and compact_verdict.from_json(json.loads(compact_verdict.write(made))) == made
