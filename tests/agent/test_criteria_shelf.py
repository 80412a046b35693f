"""Criteria of one's own count where a criteria key signed them, and nowhere else; ours cannot be replaced."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agent import bundle, seal
from agent.chain import Chain
from agent.clock import StationClock
from agent.criteria_shelf import Shelf, SignedCriteriaError, sign
from agent.journal import Journal
from agent.record import CriteriaRef
from diagnostics import criteria, strict_json
from diagnostics.criteria import CriteriaError
from tests.agent import samples
from tests.agent.conftest import Ring

OURS = (Path(criteria.__file__).parent / "criteria" / "cn_telecom_ftth.toml").read_text()
MINE = OURS.replace('name = "cn_telecom_ftth"', 'name = "mine"', 1).encode()


def prooflight(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "agent.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def shelf(folder: Path, ring: Ring) -> Shelf:
    return Shelf(folder=folder, trust=lambda: ring.trust)


def test_a_signed_set_is_found_by_its_name_and_known_by_the_digest_of_its_text(tmp_path: Path, ring: Ring) -> None:
    made, token = sign(MINE, "mine.toml", ring.criteria)
    (tmp_path / "mine.criteria").write_text(token)
    assert shelf(tmp_path, ring).load("mine") == made == criteria.parse(MINE, "mine.toml")
    assert shelf(tmp_path, ring).load("cn_telecom_ftth") == criteria.load("cn_telecom_ftth")


def changed(token: str, ring: Ring, **content: object) -> str:
    """The token with other content, signed again by the criteria key."""
    made = strict_json.parse_object(seal.read(token, typ=seal.CRITERIA).payload) | content
    return seal.seal(strict_json.write(made), typ=seal.CRITERIA, key=ring.criteria).token


WRONG: dict[str, tuple[Callable[[str, Ring], str], str]] = {
    "plain TOML": (lambda t, r: MINE.decode(), "not a compact JWS"),
    "signed by the station": (lambda t, r: sign(MINE, "m", r.station)[1], "pinned as station"),
    "signed by the order key": (lambda t, r: sign(MINE, "m", r.order)[1], "pinned as order"),
    "signed by a stranger": (lambda t, r: sign(MINE, "m", r.stranger)[1], "not in the trust file"),
    "a digest of other text": (lambda t, r: changed(t, r, digest="0" * 64), "those of the text"),
    "another version than its text": (lambda t, r: changed(t, r, version="9"), "those of the text"),
    "lowered after it was signed": (
        lambda t, r: changed(t, r, text=MINE.decode().replace("0.9", "0.1")),
        "those of the text",
    ),
    "a field of nobody": (lambda t, r: changed(t, r, note=""), "is not a field"),
    "a set of another name": (
        lambda t, r: sign(MINE.replace(b'name = "mine"', b'name = "yours"', 1), "m", r.criteria)[1],
        "holds yours",
    ),
}


@pytest.mark.parametrize(("made", "words"), WRONG.values(), ids=WRONG)
def test_what_no_criteria_key_signed_is_no_set(
    made: Callable[[str, Ring], str], words: str, tmp_path: Path, ring: Ring
) -> None:
    (tmp_path / "mine.criteria").write_text(made(sign(MINE, "mine.toml", ring.criteria)[1], ring))
    with pytest.raises(CriteriaError, match=r"mine\.criteria: ") as caught:
        shelf(tmp_path, ring).load("mine")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["../mine", "", "yours", "/etc/passwd"])
def test_a_name_without_a_set_is_refused(name: str, tmp_path: Path, ring: Ring) -> None:
    with pytest.raises(CriteriaError, match="is not known"):
        shelf(tmp_path, ring).load(name)


def test_a_set_of_ours_cannot_be_signed_anew(ring: Ring) -> None:
    with pytest.raises(SignedCriteriaError, match="comes with the software"):
        sign(OURS.encode(), "cn.toml", ring.criteria)


def test_a_line_is_judged_again_by_the_signed_set_only_where_it_is_at_hand(tmp_path: Path, ring: Ring) -> None:
    (tmp_path / "mine.toml").write_bytes(MINE)
    key = ring.folder / "criteria.jwk"
    done = prooflight("criteria", "sign", tmp_path / "mine.toml", "--key", key, "--folder", tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    made = shelf(tmp_path, ring).load("mine")
    shown = prooflight("criteria", "show", "mine", "--folder", tmp_path, "--trust", ring.trust_file, "--json")
    assert json.loads(shown.stdout)["digest"] == made.digest
    assert criteria.load("cn_telecom_ftth").digest in prooflight("criteria", "list").stdout
    with Journal(tmp_path / "journal") as journal:
        chain = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        ordered = replace(samples.ORDERED, criteria="mine")
        by = CriteriaRef(name="mine", version=made.version, digest=made.digest)
        attempt = chain.open(samples.order(), ordered=ordered, criteria=by, environment={})
        chain.finish(attempt, samples.result(), {})
        bundle.save(tmp_path / "b.json", bundle.collect(chain, "WO-1"))
    words = ("verify", tmp_path / "b.json", "--trust", ring.trust_file)
    assert prooflight(*words).returncode == 3
    assert prooflight(*words, "--criteria", tmp_path).returncode == 0
