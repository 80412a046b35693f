"""Enrolment: a key holder proves to have the private key, a person pins the public one in a trust file with one role.

A request is sealed by the very key that it offers; nothing in it is believed but that. An entry that is there already
is never changed but once, when it is revoked, and never taken out: what it signed before must stay verifiable.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent import opening_key, seal
from agent.disk import Disk
from agent.keys import ALGORITHM, KeyFileError, PrivateKey, check_point, public_jwk, thumbprint
from agent.opening_key import OpeningKey
from agent.trust import TRUST_FILE_BYTES, TrustError, parse_trust
from diagnostics import strict_json


def request(key: PrivateKey | OpeningKey) -> str:
    """The token by which a key asks to be enrolled."""
    payload = strict_json.write({"v": 1, "jwk": key.public()})
    if isinstance(key, OpeningKey):
        return opening_key.sign_request(key, payload, seal.ENROLMENT)
    return seal.seal(payload, typ=seal.ENROLMENT, key=key).token


def proven(token: str) -> str:
    """The public key (its x) that a request offers, once it is proved that whoever made it holds the private one."""
    envelope = seal.read(token, typ=seal.ENROLMENT)
    if envelope.algorithm != ALGORITHM:
        raise KeyFileError("not the request of an Ed25519 key; only a station's may live in a TPM")
    try:
        content = strict_json.parse_object(envelope.payload)
    except strict_json.JsonError as error:
        raise KeyFileError(f"not an enrolment request: {error}") from error
    jwk = content.get("jwk")
    if not isinstance(jwk, dict) or not isinstance(jwk.get("x"), str) or jwk != public_jwk(jwk["x"]):
        raise KeyFileError("not an enrolment request: jwk must be a public Ed25519 key")
    check_point(jwk["x"])
    if envelope.kid != thumbprint(jwk["x"]):
        raise KeyFileError("not an enrolment request: it is signed by another key than it offers")
    seal.verify_signature(envelope, jwk["x"])
    return str(jwk["x"])


def proven_point(token: str) -> tuple[str, str]:
    """The point (x, y) that the request of a P-256 key offers, once possession of the private half is proved."""
    envelope = seal.read(token, typ=seal.ENROLMENT)
    try:
        jwk = strict_json.parse_object(envelope.payload).get("jwk")
    except strict_json.JsonError as error:
        raise KeyFileError(f"not an enrolment request: {error}") from error
    point = (jwk.get("x"), jwk.get("y")) if isinstance(jwk, dict) else (None, None)
    x, y = point
    if not isinstance(x, str) or not isinstance(y, str) or jwk != opening_key.public_jwk(x, y):
        raise KeyFileError("not an enrolment request: jwk must be a public P-256 key")
    opening_key.check_point(x, y)
    if envelope.kid != opening_key.thumbprint(x, y) or not opening_key.signature_fits(token, x, y):
        raise KeyFileError("not an enrolment request: it is signed by another key than it offers")
    return x, y


def enrol(trust_file: Path, token: str, *, role: str, name: str, not_after: datetime | None = None) -> str:
    """Pin the key of a request in a trust file, which is made if it is not there; returns the key id."""
    entry: dict[str, Any] = _offered(token, role) | {"role": role, "name": name}
    if not_after is not None:
        entry["not_after"] = not_after.astimezone(UTC).isoformat()
    entries = _entries(trust_file)
    if any(known.get("kid") == entry["kid"] for known in entries):
        raise TrustError(f"{trust_file}: key {entry['kid']} is pinned already; a key has one role")
    if role == "station" and any((known["role"], known["name"]) == (role, name) for known in _live(entries)):
        raise TrustError(f"{trust_file}: station {name} has a key already; revoke it first")
    _save(trust_file, [*entries, entry])
    return str(entry["kid"])


def _offered(token: str, role: str) -> dict[str, Any]:
    """The public key of a request as a trust file states it."""
    in_tpm = role == "station" and seal.read(token, typ=seal.ENROLMENT).algorithm == seal.TPM_ALGORITHM
    if in_tpm or role == opening_key.ROLE:
        x, y = proven_point(token)
        kid, algorithm = opening_key.thumbprint(x, y), seal.TPM_ALGORITHM if in_tpm else opening_key.KEY_ALGORITHM
        return opening_key.public_jwk(x, y) | {"kid": kid, "alg": algorithm}
    x = proven(token)
    return public_jwk(x) | {"kid": thumbprint(x), "alg": ALGORITHM}


def revoke(trust_file: Path, kid: str, *, reason: str, at: datetime, last_good: tuple[int, int] | None = None) -> str:
    """Mark a pinned key, named by at least 8 characters of its id, as not believed from a time on; its full id.

    A station's records stay good up to (epoch, seq) `last_good`; without it none of those that come later is.
    """
    entries = _entries(trust_file)
    found = [entry for entry in entries if len(kid) >= 8 and str(entry["kid"]).startswith(kid)]
    if len(found) != 1:
        raise TrustError(f"{trust_file}: {'two keys begin' if found else 'no key begins'} with {kid!r}; name its id")
    (entry,) = found
    if "revoked" in entry:
        raise TrustError(f"{trust_file}: key {entry['kid']} is revoked already; a revocation is never changed")
    if last_good is not None and entry["role"] != "station":
        raise TrustError(f"{trust_file}: key {entry['kid']} is pinned as {entry['role']}; only a station has records")
    entry["revoked"] = {"time": at.astimezone(UTC).isoformat(), "reason": reason}
    if last_good is not None:
        entry["revoked"] |= {"last_good_epoch": last_good[0], "last_good_seq": last_good[1]}
    _save(trust_file, entries)
    return str(entry["kid"])


def _save(trust_file: Path, entries: list[dict[str, Any]]) -> None:
    raw = b'{"keys":[\n' + b",\n".join(strict_json.write(each) for each in entries) + b"\n]}\n"
    parse_trust(raw, str(trust_file))
    try:
        Disk().replace(trust_file, raw)
    except OSError as error:
        raise TrustError(f"{trust_file}: cannot be written: {os.strerror(error.errno or 0)}") from error


def _live(entries: list[dict[str, Any]]) -> list[Mapping[str, Any]]:
    return [entry for entry in entries if "revoked" not in entry]


def _entries(trust_file: Path) -> list[dict[str, Any]]:
    if not trust_file.exists():
        return []
    raw = trust_file.read_bytes()
    parse_trust(raw, str(trust_file))
    entries: list[dict[str, Any]] = strict_json.parse_object(raw, size=TRUST_FILE_BYTES)["keys"]
    return entries
