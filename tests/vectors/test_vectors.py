"""The verifier says of every vector what it must; and the files are what their generator makes."""

import json
from collections import defaultdict
from datetime import datetime
from typing import Any

import pytest

from agent import bundle, opening, seal
from agent.base64url import decode
from agent.bundle import BundleError
from agent.case import Piece, read_piece
from agent.compact_check import verify_compact
from agent.compact_verdict import CompactVerdictError
from agent.criteria_shelf import Shelf
from agent.object_checks import looked
from agent.opening import OpeningError
from agent.trust import Trust, TrustError, load_trust, parse_trust
from agent.verification import names, verify
from diagnostics import strict_json
from tests.vectors import story
from tests.vectors.bundle_cases import SOUND
from tests.vectors.writing import HERE, files


def listed(name: str) -> list[Any]:
    made: list[Any] = json.loads((HERE / f"{name}.json").read_bytes())
    return made


def by_name(name: str) -> Any:
    return pytest.mark.parametrize("vector", [pytest.param(each, id=each["name"]) for each in listed(name)])


@pytest.fixture(scope="module")
def trust() -> Trust:
    return load_trust(HERE / "trust.jwks")


def test_the_files_are_what_the_generator_makes() -> None:
    there = {str(path.relative_to(HERE)) for kind in ("json", "jwks", "criteria") for path in HERE.rglob(f"*.{kind}")}
    made = files()
    stale = sorted(there ^ set(made)) + [name for name, raw in made.items() if (HERE / name).read_bytes() != raw]
    assert not stale, "run: python -m tests.vectors"


@by_name("strict_json")
def test_a_text_has_one_reading_or_none(vector: dict[str, Any]) -> None:
    try:
        strict_json.parse(decode(vector["base64url"]))
        read = True
    except strict_json.JsonError:
        read = False
    assert read == vector["read"]


@by_name("keys")
def test_a_trust_file_is_believed_or_refused(vector: dict[str, Any]) -> None:
    try:
        parse_trust(vector["text"].encode(), "trust.jwks")
        believed = True
    except TrustError:
        believed = False
    assert believed == vector["believed"]


@by_name("seals")
def test_a_sealed_object_gets_these_five_answers(vector: dict[str, Any], trust: Trust) -> None:
    piece = read_piece(Piece(where="vector", typ=seal.RECORD, token=vector["token"]), trust)
    assert {name: status for name, (status, _) in looked(piece, story.NOW).items()} == vector["checks"]


@by_name("bundles")
def test_a_bundle_gets_these_answers(vector: dict[str, Any]) -> None:
    raw = (HERE / vector["file"]).read_bytes()
    if not vector["readable"]:
        with pytest.raises(BundleError):
            bundle.parse(raw)
        return
    pinned = load_trust(HERE / vector["trust"])
    shelf = Shelf(folder=HERE / vector["criteria"] if vector["criteria"] else None, trust=lambda: pinned)
    found = verify(bundle.parse(raw), pinned, shelf.load, datetime.fromisoformat(vector["now"]))
    assert {check.name: check.status for check in found.checks} == vector["checks"], found.checks
    assert (found.valid, found.outcome) == (vector["valid"], vector["outcome"])


@by_name("compact")
def test_a_compact_verdict_gets_these_answers(vector: dict[str, Any], trust: Trust) -> None:
    if vector["checks"] is None:
        with pytest.raises(CompactVerdictError):
            verify_compact(vector["text"], trust, None, story.NOW)
        return
    shelf = Shelf(folder=HERE / "criteria", trust=lambda: trust)
    beside = vector["bundle"] and verify(bundle.load(HERE / vector["bundle"]), trust, shelf.load, story.NOW)
    found = verify_compact(vector["text"], trust, beside, story.NOW)
    assert {check.name: check.status for check in found.checks} == vector["checks"], found.checks
    assert found.valid == ("FAILED" not in vector["checks"].values())


@by_name("openings")
def test_a_file_of_openings_gets_this_answer(vector: dict[str, Any], trust: Trust) -> None:
    if vector["openings"] is None:
        with pytest.raises(OpeningError):
            opening.parse_file(vector["text"].encode())
        return
    opened = opening.parse_file(vector["text"].encode())
    shelf = Shelf(folder=HERE / "criteria", trust=lambda: trust)
    found = verify(bundle.load(HERE / vector["bundle"]), trust, shelf.load, story.NOW, opened)
    assert [check.status for check in found.checks if check.name == "openings"] == [vector["openings"]]
    assert found.valid == (vector["openings"] == "OK")


def test_every_check_fails_in_a_vector_and_is_not_checked_in_another() -> None:
    seen = defaultdict(set)
    for vector in listed("bundles"):
        for name, status in vector.get("checks", {}).items():
            seen[name].add(status)
    every = {"OK", "FAILED", "NOT CHECKED"}
    assert {name: seen[name] for name in names()} == dict.fromkeys(names(), every) | {
        "types": {"OK", "FAILED"},  # nothing comes before it
        "openings": {"NOT CHECKED"},  # nobody opens anything there; see openings.json
        "evidence": {"NOT CHECKED"},  # never in a bundle
    }


def test_no_vector_but_the_sound_ones_is_valid() -> None:
    valid = {vector["name"] for vector in listed("bundles") if vector.get("valid")}
    assert valid == {
        *SOUND,
        "shortened sentences",
        "visit closed",
        "visit closed again",
        "visit awaited",
        "a key in a TPM",
        "a review that accepts",
        "a review that rejects",
    }
