"""Seals: compact JWS over exact bytes, opened only by a pinned key of the right role; never re-serialised.

The algorithm comes from the key and never from the header. A header holds alg, kid and typ and nothing else, so a key
or a certificate inside an object is refused like any other foreign member. One token has one spelling.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from agent.base64url import Base64Error, decode
from agent.keys import ALGORITHM, PrivateKey
from agent.trust import Trust, TrustedKey
from diagnostics import strict_json
from diagnostics.errors import BadInput

ORDER = "prooflight.order+jws"
RECEIPT = "prooflight.receipt+jws"
RECORD = "prooflight.record+jws"
ACCEPTANCE = "prooflight.acceptance+jws"
ENROLMENT = "prooflight.enrolment+jws"
REVOCATION = "prooflight.revocation+jws"
ADMISSION = "prooflight.admission+jws"
CRITERIA = "prooflight.criteria+jws"
VERDICT = "prooflight.verdict+jws"

ROLE_OF = {
    ORDER: "order",
    REVOCATION: "order",
    RECEIPT: "reflector",
    RECORD: "station",
    ADMISSION: "station",
    ACCEPTANCE: "acceptor",
    VERDICT: "acceptor",
    CRITERIA: "criteria",
}
TOKEN_LENGTH = strict_json.OBJECT_BYTES * 4 // 3 + 1024
_HEADER_LENGTH = 512

Reason = Literal[
    "size", "encoding", "typ", "header", "unknown_key", "role", "validity", "revoked", "signature", "payload"
]


class SealError(BadInput):
    """A sealed object is not believed; `reason` says why in one word."""

    def __init__(self, reason: Reason, words: str) -> None:
        super().__init__(words)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A sealed object as it is stored, sent and verified: the token's exact text, and who says to have signed what."""

    token: str
    typ: str
    kid: str
    payload: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the token's text, in hex: the name that everybody calls this object by."""
        return digest_of(self.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A sealed object whose signature was verified, with the pinned key that made it."""

    envelope: Envelope
    key: TrustedKey
    content: Mapping[str, Any]


def digest_of(token: str) -> str:
    """SHA-256 of a token's text, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def seal(payload: bytes, *, typ: str, key: PrivateKey) -> Envelope:
    """Sign the exact bytes of one JSON object, at most 64 KiB long."""
    from joserfc import jws
    from joserfc.jwk import OKPKey

    strict_json.parse_object(payload)
    header = {"alg": ALGORITHM, "kid": key.kid, "typ": typ}
    token = jws.serialize_compact(header, payload, OKPKey.import_key({**key.jwk}), algorithms=[ALGORITHM])
    return Envelope(token=token, typ=typ, kid=key.kid, payload=payload)


def read(token: str, *, typ: str, algorithm: str = ALGORITHM) -> Envelope:
    """Take a token apart without believing it: size, spelling, typ and header are checked, the signature is not."""
    if len(token) > TOKEN_LENGTH:
        raise SealError("size", f"the object is longer than {TOKEN_LENGTH} characters")
    parts = token.split(".")
    if len(parts) != 3:
        raise SealError("encoding", "not a compact JWS: it must have three parts")
    try:
        header, payload, _ = (decode(part) for part in parts)
    except Base64Error as error:
        raise SealError("encoding", f"not a compact JWS: a part is {error}") from error
    return Envelope(token=token, typ=typ, kid=_kid(header, typ, algorithm), payload=payload)


def _kid(raw: bytes, typ: str, algorithm: str) -> str:
    try:
        header = strict_json.parse_object(raw, size=_HEADER_LENGTH, depth=2)
    except strict_json.JsonError as error:
        raise SealError("header", f"its header is {error}") from error
    if header.get("typ") != typ:
        raise SealError("typ", f"typ is not {typ}")
    foreign = sorted(set(header) - {"alg", "kid", "typ"})
    if foreign:
        raise SealError("header", f"its header holds {foreign[0][:20]!r}, which is not believed from a header")
    if header.get("alg") != algorithm:
        raise SealError("header", f"alg is not {algorithm}, the algorithm of every pinned key of this kind")
    if not isinstance(header.get("kid"), str):
        raise SealError("header", "its header names no key")
    return str(header["kid"])


def open_sealed(token: str, *, typ: str, trust: Trust, at: datetime | None = None) -> Opened:
    """Verify a token against the pinned keys and return its content; SealError where anything is amiss.

    `at` is when the object was received by somebody whose clock counts; None leaves the key's validity unchecked.
    """
    envelope = read(token, typ=typ)
    key = signer(envelope, trust)
    check_role(key, typ)
    verify_signature(envelope, key.x)
    opened = Opened(envelope=envelope, key=key, content=content(envelope))
    if at is not None:
        check_validity(opened, at)
    return opened


def signer(envelope: Envelope, trust: Trust) -> TrustedKey:
    """The pinned key that an envelope names; SealError where there is none."""
    key = trust.keys.get(envelope.kid)
    if key is None:
        raise SealError("unknown_key", f"key {envelope.kid[:50]!r} is not in the trust file")
    return key


def check_role(key: TrustedKey, typ: str) -> None:
    """Refuse a key of another role than the one that signs such objects, with SealError."""
    if key.role != ROLE_OF[typ]:
        raise SealError("role", f"key {key.name} is pinned as {key.role}, it may not sign {typ}")


def verify_signature(envelope: Envelope, x: str) -> None:
    """Check a token's signature under one public key; SealError where it does not fit."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    # Not joserfc: it brings in all of X.509 and more than doubles what verifying one bundle costs.
    signed, _, signature = envelope.token.rpartition(".")
    try:
        Ed25519PublicKey.from_public_bytes(decode(x)).verify(decode(signature), signed.encode())
    except (InvalidSignature, ValueError) as error:
        raise SealError("signature", "the signature does not fit") from error


def content(envelope: Envelope) -> dict[str, Any]:
    """The object that a payload states, read strictly; SealError where it is none."""
    try:
        return strict_json.parse_object(envelope.payload)
    except strict_json.JsonError as error:
        raise SealError("payload", f"its content is {error}") from error


def check_validity(opened: Opened, at: datetime) -> None:
    """Refuse an object whose key was not valid at a time, or revoked by then, with SealError."""
    check_dates(opened.key, at)
    check_revocation(opened.key, opened.content, at)


def check_dates(key: TrustedKey, at: datetime) -> None:
    """Refuse a key that was not yet or no longer valid at a time, with SealError."""
    if key.not_before and at < key.not_before:
        raise SealError("validity", f"key {key.name} is valid only from {key.not_before.isoformat()}")
    if key.not_after and at > key.not_after:
        raise SealError("validity", f"key {key.name} was valid only until {key.not_after.isoformat()}")


def check_revocation(key: TrustedKey, content: Mapping[str, Any], at: datetime) -> None:
    """Refuse what a key signed that was revoked by then, with SealError; a station's last good records stay good."""
    if key.revoked is None or at < key.revoked.time:
        return
    place = (content.get("epoch"), content.get("seq"))
    if key.role != "station" or not all(isinstance(n, int) for n in place) or place > key.revoked.last_good:
        raise SealError("revoked", f"key {key.name} was revoked: {key.revoked.reason}")


def refuse_revoked(opened: Opened) -> None:
    """Refuse what a revoked key signed, whatever time it states: for who has no clock to tell before from after."""
    if opened.key.revoked is not None:
        raise SealError("revoked", f"key {opened.key.name} was revoked: {opened.key.revoked.reason}")
