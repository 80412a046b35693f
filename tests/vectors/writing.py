"""The vector files as bytes, by name: trust files, criteria, strict JSON, sealed objects, keys, bundles; pure."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent import bundle
from agent.verification import names
from tests.vectors import bundle_cases, compact, keys, openings, review_cases, story, texts, tokens, tpm_cases
from tests.vectors.bundles import Vector
from tests.vectors.ring import trust_file

HERE = Path(__file__).parent
UNNEEDED = ("visit", "openings", "evidence")  # what these vectors have nothing of


def files() -> dict[str, bytes]:
    """Every vector file by its name in this folder."""
    indexes = {
        "strict_json": texts.vectors(),
        "seals": tokens.vectors(),
        "keys": keys.vectors(),
        "compact": compact.vectors(),
        "openings": openings.vectors(),
    }
    sets = {"vector_line": story.CRITERIA_TOKEN, "vector_visit": story.DEMANDING_TOKEN}
    made = trust_files() | {f"criteria/{name}.criteria": token.encode() + b"\n" for name, token in sets.items()}
    made |= {f"bundles/{_slug(name)}.json": raw for name, raw, _ in written()}
    made[openings.FILE] = openings.written()
    indexes["bundles"] = [_indexed(name, vector) for name, _, vector in written()]
    return made | {f"{name}.json": _pretty(index) for name, index in indexes.items()}


def written() -> Iterator[tuple[str, bytes, Vector]]:
    """Each bundle with its name, its bytes and what is to be said of it."""
    for name, vector in bundle_cases.VECTORS.items():
        made = vector.make()
        yield name, made if isinstance(made, bytes) else bundle.write(made), vector


def trust_files() -> dict[str, bytes]:
    """The trust files that the bundles are verified by."""
    early, late = "2026-11-22T10:00:00+00:00", "2026-11-22T12:30:00+00:00"
    without = [key for key in json.loads(trust_file())["keys"] if key["role"] != "station"]
    revoked = {"time": early, "reason": "stolen"}
    return {
        "trust.jwks": trust_file(),
        "trust-no-station.jwks": _pretty({"keys": without}),
        "trust-expired.jwks": trust_file(station={"not_after": early}),
        "trust-revoked.jwks": trust_file(station={"revoked": revoked}),
        "trust-revoked-later.jwks": trust_file(station={"revoked": revoked | {"time": late}}),
        "trust-last-good.jwks": trust_file(station={"revoked": revoked | {"last_good_seq": 2}}),
        "trust-reflector-revoked.jwks": trust_file(reflector={"revoked": revoked}),
        tpm_cases.TRUST: tpm_cases.trust_file(),
        review_cases.TRUST: review_cases.trust_file(),
    }


def _indexed(name: str, vector: Vector) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "why": vector.why, "file": f"bundles/{_slug(name)}.json"}
    if vector.checks is None:
        return made | {"readable": False}
    checks = {check: "NOT CHECKED" if check in UNNEEDED else "OK" for check in names()} | vector.checks
    return made | {
        "readable": True,
        "trust": vector.trust,
        "criteria": "criteria" if vector.criteria else None,
        "now": vector.now.isoformat(),
        "valid": vector.valid,
        "outcome": vector.outcome,
        "checks": checks,
    }


def _slug(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower())


def _pretty(made: Any) -> bytes:
    return json.dumps(made, indent=1, ensure_ascii=False).encode() + b"\n"
