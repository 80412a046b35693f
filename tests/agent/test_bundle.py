"""A bundle is valid only as it was signed: flips, swaps and omissions are found; what cannot be checked is said."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import bundle, record_form, seal
from agent.base64url import decode, encode
from agent.bundle import Bundle, BundledAttempt, BundleError
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.trust import Trust
from agent.verification import Verification, names, verify
from diagnostics import criteria, strict_json
from tests.agent import samples
from tests.agent.acceptor.conftest import desk, visit
from tests.agent.conftest import Ring

NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)


@pytest.fixture
def station(tmp_path: Path, ring: Ring) -> Iterator[Chain]:
    with Journal(tmp_path / "journal") as journal:
        yield Chain(journal, key=ring.station, station="station-1", clock=StationClock())


def accepted(chain: Chain, ring: Ring, folder: Path) -> None:
    """Have every record acknowledged, as a delivery would."""
    office = desk(folder / "ledger", ring)
    for link in chain.pending():
        office.take(chain.token(link))
        row = office.ledger.connection.execute(
            "SELECT acceptance FROM records WHERE digest = ?", (link.digest,)
        ).fetchone()
        chain.acknowledge(link, row[0], NOW)


@pytest.fixture
def sound(tmp_path: Path, ring: Ring, station: Chain) -> Bundle:
    """A dark first attempt, one for another order, and a good second one, acknowledged."""
    visit(station, 1, ont_rx_power_dbm=-30.0)
    visit(station, 2)
    visit(station, 1)
    accepted(station, ring, tmp_path)
    return bundle.collect(station, "WO-1")


def verified(made: Bundle, trust: Trust) -> Verification:
    return verify(bundle.parse(bundle.write(made)), trust, criteria.load, NOW)


def words_of(found: Verification, name: str) -> str:
    return next(check.words for check in found.checks if check.name == name)


def statuses(found: Verification) -> dict[str, str]:
    return {check.name: check.status for check in found.checks}


def test_a_sound_bundle_is_valid_and_says_what_it_does_not_prove(sound: Bundle, ring: Ring) -> None:
    found = verified(sound, ring.trust)
    unproven = {"anchor", "receipts", "time", "visit", "figures", "openings", "evidence"}
    assert statuses(found) == {name: "NOT CHECKED" if name in unproven else "OK" for name in names()}
    assert found.valid
    assert found.outcome == "accepted"
    assert found.acceptance is not None
    assert found.acceptance.decision == "closed"


def test_a_bundle_without_acceptance_is_valid_and_unconfirmed(sound: Bundle, ring: Ring) -> None:
    found = verified(replace(sound, acceptance=None), ring.trust)
    assert found.valid
    assert found.acceptance is None
    assert statuses(found)["acceptance"] == "NOT CHECKED"


def test_a_rejected_line_verifies_as_rejected(tmp_path: Path, ring: Ring, station: Chain) -> None:
    visit(station, 1, ont_rx_power_dbm=-30.0)
    accepted(station, ring, tmp_path)
    found = verified(bundle.collect(station, "WO-1"), ring.trust)
    assert (found.valid, found.outcome) == (True, "rejected")


def test_an_attempt_that_broke_off_is_in_the_bundle_as_such(tmp_path: Path, ring: Ring, station: Chain) -> None:
    visit(station)
    attempt = station.open(samples.order(), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
    running = verified(bundle.collect(station, "WO-1"), ring.trust)
    assert (running.valid, running.outcome) == (True, None)
    station.abandon(attempt, "A", "interrupted", {})
    found = verified(bundle.collect(station, "WO-1"), ring.trust)
    assert (found.valid, found.outcome) == (True, None)


def lying(sound: Bundle, ring: Ring, **change: Any) -> Bundle:
    """The bundle with its last result changed and signed again by the station's own key."""
    last = sound.attempts[-1]
    assert last.close is not None
    record = record_form.parse(seal.read(last.close, typ=seal.RECORD).payload)
    assert record.result is not None
    result = replace(record.result, **change.pop("result", {}))
    token = seal.seal(
        record_form.write(replace(record, result=result, **change)), typ=seal.RECORD, key=ring.station
    ).token
    return replace(sound, attempts=(*sound.attempts[:-1], replace(last, close=token)), acceptance=None)


DARK = samples.result(samples.DARK)
FRAUDS: dict[str, tuple[str, Callable[[Bundle, Ring], Bundle]]] = {
    "an attempt left out": ("attempts", lambda b, r: replace(b, attempts=b.attempts[1:])),
    "attempts swapped": ("chain", lambda b, r: replace(b, attempts=b.attempts[::-1])),
    "an attempt twice": ("chain", lambda b, r: replace(b, attempts=(*b.attempts, b.attempts[-1]))),
    "the close of another attempt": (
        "chain",
        lambda b, r: replace(b, attempts=(b.attempts[0], replace(b.attempts[1], close=b.attempts[0].close))),
    ),
    "open and close exchanged": (
        "chain",
        lambda b, r: replace(
            b, attempts=(BundledAttempt(open=b.attempts[0].close or "", close=b.attempts[0].open), b.attempts[1])
        ),
    ),
    "result of order A for order B": ("order", lambda b, r: replace(b, order_id="WO-2")),
    "other order content": ("order", lambda b, r: replace(b, order_digest="2" * 64)),
    "verdict pass over failing numbers": (
        "verdict",
        lambda b, r: lying(b, r, result={"measurements": DARK.measurements, "outcome": "accepted"}),
    ),
    "a finding prettified": ("verdict", lambda b, r: lying(b, r, result={"findings": DARK.findings})),
    "ordered facts lowered after the open record": (
        "chain",
        lambda b, r: lying(b, r, ordered=replace(samples.ORDERED, down_mbps=10.0)),
    ),
    "criteria that are not known": (
        "verdict",
        lambda b, r: lying(b, r, criteria=replace(samples.CRITERIA, digest="c" * 64)),
    ),
    "acceptance of the first attempt's result": (
        "acceptance",
        lambda b, r: replace(b, attempts=b.attempts[:1]),
    ),
    "acceptance signed by the station": (
        "acceptance",
        lambda b, r: replace(b, acceptance=resealed(b.acceptance or "", r)),
    ),
    "a record as acceptance": ("acceptance", lambda b, r: replace(b, acceptance=b.attempts[0].open)),
    "an acceptance as record": (
        "types",
        lambda b, r: replace(b, attempts=(replace(b.attempts[0], open=b.acceptance or ""), b.attempts[1])),
    ),
    "a signed order that nobody can verify yet": ("anchor", lambda b, r: replace(b, signed_order="a.b.c")),
    "a receipt that nobody can verify yet": (
        "receipts",
        lambda b, r: replace(b, attempts=(replace(b.attempts[0], receipts=("a.b.c",)), b.attempts[1])),
    ),
}


def resealed(token: str, ring: Ring) -> str:
    return seal.seal(seal.read(token, typ=seal.ACCEPTANCE).payload, typ=seal.ACCEPTANCE, key=ring.station).token


@pytest.mark.parametrize(("check", "commit"), FRAUDS.values(), ids=FRAUDS)
def test_a_fraud_is_found_by_the_check_that_is_for_it(
    sound: Bundle, ring: Ring, check: str, commit: Callable[[Bundle, Ring], Bundle]
) -> None:
    found = verified(commit(sound, ring), ring.trust)
    assert not found.valid
    assert statuses(found)[check] in ("FAILED", "NOT CHECKED")
    assert [c.needed for c in found.checks if c.name == check] == [True]


def test_nothing_is_valid_under_a_trust_file_that_does_not_pin_the_station(sound: Bundle) -> None:
    found = verified(sound, Trust())
    assert (found.valid, statuses(found)["keys"], found.outcome) == (False, "FAILED", None)


def test_no_bundle_holds_personal_data_or_anything_unsigned_but_the_order_s_name(sound: Bundle) -> None:
    made = json.loads(bundle.write(sound))
    assert set(made) == {"format", "order", "attempts", "acceptance"}
    assert set(made["order"]) == {"id", "digest", "signed"}
    assert {name for attempt in made["attempts"] for name in attempt} == {
        "open",
        "close",
        "receipts",
        "visits",
        "openings",
    }


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda b: b | {"note": 1}, "note: is not a field"),
        (lambda b: b | {"format": "prooflight.bundle/2"}, "format: must be one of"),
        (lambda b: b | {"attempts": []}, "attempts: must have at least 1"),
        (lambda b: b | {"order": {"id": "x"}}, "order.digest: is missing"),
        (lambda b: b | {"acceptance": 5}, "acceptance: must be text"),
        (lambda b: b | {"attempts": [b["attempts"][0] | {"receipts": [1]}]}, "receipts: must be a list"),
        (lambda b: [], "not a JSON object"),
    ],
)
def test_what_is_no_bundle_is_refused_by_its_field(sound: Bundle, spoil: Callable[[Any], Any], words: str) -> None:
    with pytest.raises(BundleError, match=words):
        bundle.parse(strict_json.write(spoil(json.loads(bundle.write(sound)))))


@given(st.binary(max_size=80) | st.text(max_size=40).map(str.encode))
def test_garbage_is_no_bundle(garbage: bytes) -> None:
    with pytest.raises(BundleError):
        bundle.parse(garbage)


def test_a_station_cannot_sign_for_another(sound: Bundle, ring: Ring) -> None:
    content = json.loads(decode(sound.attempts[0].open.split(".")[1]))
    other = strict_json.write(content | {"station": "station-2"})
    forged = seal.seal(other, typ=seal.RECORD, key=ring.station).token
    assert encode(other) in forged
    found = verified(replace(sound, attempts=(replace(sound.attempts[0], open=forged), sound.attempts[1])), ring.trust)
    assert "names station station-2" in words_of(found, "keys")


def prooflight(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_command_ends_with_0_valid_3_not_valid_65_no_bundle(tmp_path: Path, sound: Bundle, ring: Ring) -> None:
    path = tmp_path / "bundle.json"
    bundle.save(path, sound)
    done = prooflight("verify", path, "--trust", ring.trust_file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "order WO-1: valid, verdict: accepted, acceptor: closed"
    told = json.loads(prooflight("verify", path, "--trust", ring.trust_file, "--json").stdout)
    assert (told["valid"], told["outcome"], told["acceptance"]["decision"]) == (True, "accepted", "closed")
    bundle.save(path, replace(sound, attempts=sound.attempts[1:]))
    assert prooflight("verify", path, "--trust", ring.trust_file).returncode == 3
    for text in ("", "[]", '{"format": "other"}', "\0" * 100):
        path.write_text(text)
        done = prooflight("verify", path, "--trust", ring.trust_file)
        assert (done.returncode, done.stderr.count("\n")) == (65, 1), done.stderr
    assert prooflight("verify", tmp_path / "none", "--trust", ring.trust_file).returncode == 65
    assert prooflight("verify", path, "--trust", tmp_path / "none").returncode == 78


@pytest.mark.parametrize("place", range(4))
def test_after_a_broken_record_the_whole_list_is_told_and_what_rests_on_records_is_not_checked(
    sound: Bundle, ring: Ring, place: int
) -> None:
    records = [[attempt.open, attempt.close or ""] for attempt in sound.attempts]
    records[place // 2][place % 2] = other_signature(records[place // 2][place % 2])
    attempts = tuple(BundledAttempt(open=opened, close=close) for opened, close in records)
    found = verified(replace(sound, attempts=attempts), ring.trust)
    assert tuple(check.name for check in found.checks) == names()
    assert not found.valid
    fine = {"types": "OK", "algorithms": "OK", "signatures": "FAILED", "keys": "OK", "revocation": "OK"}
    assert statuses(found) == dict.fromkeys(names(), "NOT CHECKED") | fine
    assert "is not believed: attempt" in words_of(found, "verdict")


def other_signature(token: str) -> str:
    """A well-spelt token with one bit of its signature changed."""
    signed, _, signature = token.rpartition(".")
    raw = bytearray(decode(signature))
    raw[5] ^= 1
    return f"{signed}.{encode(bytes(raw))}"


def test_sentences_that_were_shortened_to_fit_leave_a_record_valid(sound: Bundle, ring: Ring) -> None:
    last = sound.attempts[-1].close
    assert last is not None
    result = record_form.parse(seal.read(last, typ=seal.RECORD).payload).result
    assert result is not None
    brief = tuple({**finding, "sentence": finding["sentence"][:80]} for finding in result.findings)
    assert verified(lying(sound, ring, result={"findings": brief}), ring.trust).valid
    better = tuple({**finding, "margin": 99.0} for finding in result.findings)
    assert not verified(lying(sound, ring, result={"findings": better}), ring.trust).valid
