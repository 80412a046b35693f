"""Seals: compact JWS over exact bytes, opened only by a pinned key of the right role; never re-serialised.

The algorithm comes from the key and never from the header. A header holds alg, kid and typ and nothing else, so a key
or a certificate inside an object is refused like any other foreign member. One token has one spelling.
"""

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from agent.base64url import Base64Error, decode, encode
from agent.keys import ALGORITHM, PrivateKey
from agent.trust import Trust, TrustedKey
from diagnostics import strict_json
from diagnostics.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ORDER = "prooflight.order+jws"
RECEIPT = "prooflight.receipt+jws"
RECORD = "prooflight.record+jws"
ACCEPTANCE = "prooflight.acceptance+jws"
ENROLMENT = "prooflight.enrolment+jws"
REVOCATION = "prooflight.revocation+jws"
ADMISSION = "prooflight.admission+jws"
CRITERIA = "prooflight.criteria+jws"
VERDICT = "prooflight.verdict+jws"
WEBHOOK = "prooflight.webhook+jws"
REVIEW = "prooflight.review+jws"
KIT = "prooflight.kit+jws"
COMMAND = "prooflight.command+jws"
REPLY = "prooflight.reply+jws"

ROLE_OF = {
    ORDER: "order",
    REVOCATION: "order",
    RECEIPT: "reflector",
    RECORD: "station",
    ADMISSION: "station",
    ACCEPTANCE: "acceptor",
    VERDICT: "acceptor",
    WEBHOOK: "acceptor",
    CRITERIA: "criteria",
    KIT: "criteria",
    REVIEW: "reviewer",
    COMMAND: "support",
    REPLY: "station",
}
TPM_ALGORITHM = "ES256"
_ALGORITHMS = (ALGORITHM, TPM_ALGORITHM)
_OF_STATIONS = (RECORD, ADMISSION, REPLY, ENROLMENT)  # what a key in a TPM may sign
_HALF_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 // 2  # SEC 2, secp256r1
TOKEN_LENGTH = strict_json.OBJECT_BYTES * 4 // 3 + 1024
_HEADER_LENGTH = 512
_MOST_KEPT = 4096  # keys and headers that are looked at once

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
    """A sealed object as it is stored, sent and verified: the token's exact text, and who says to have signed what.

    `digest` is the SHA-256 of the text, in hex: the name that everybody calls this object by.
    """

    token: str
    typ: str
    kid: str
    payload: bytes
    algorithm: str = ALGORITHM
    digest: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", digest_of(self.token))


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
    strict_json.parse_object(payload)
    header = strict_json.write({"alg": key.algorithm, "kid": key.kid, "typ": typ})
    signed = f"{encode(header)}.{encode(payload)}"
    token = f"{signed}.{encode(key.sign(signed.encode()))}"
    return Envelope(token=token, typ=typ, kid=key.kid, payload=payload, algorithm=key.algorithm)


def read(token: str, *, typ: str) -> Envelope:
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
    kid, algorithm = _signer_and_algorithm(header, typ)
    return Envelope(token=token, typ=typ, kid=kid, payload=payload, algorithm=algorithm)


def _signer_and_algorithm(raw: bytes, typ: str) -> tuple[str, str]:
    try:
        header = _header(raw)
    except strict_json.JsonError as error:
        raise SealError("header", f"its header is {error}") from error
    if header.get("typ") != typ:
        raise SealError("typ", f"typ is not {typ}")
    foreign = sorted(set(header) - {"alg", "kid", "typ"})
    if foreign:
        raise SealError("header", f"its header holds {foreign[0][:20]!r}, which is not believed from a header")
    allowed = _ALGORITHMS if typ in _OF_STATIONS else (ALGORITHM,)
    if header.get("alg") not in allowed:
        raise SealError("header", f"alg is not {' or '.join(allowed)}, which pinned keys of this kind are for")
    if not isinstance(header.get("kid"), str):
        raise SealError("header", "its header names no key")
    return str(header["kid"]), str(header["alg"])


@functools.lru_cache(maxsize=_MOST_KEPT)  # the headers of a key are all alike
def _header(raw: bytes) -> Mapping[str, Any]:
    return MappingProxyType(strict_json.parse_object(raw, size=_HEADER_LENGTH, depth=2))


def open_sealed(token: str, *, typ: str, trust: Trust, at: datetime | None = None) -> Opened:
    """Verify a token against the pinned keys and return its content; SealError where anything is amiss.

    `at` is when the object was received by somebody whose clock counts; None leaves the key's validity unchecked.
    """
    envelope = read(token, typ=typ)
    key = signer(envelope, trust)
    check_algorithm(envelope, key)
    check_role(key, typ)
    verify_signature(envelope, key.x, key.y)
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


def check_algorithm(envelope: Envelope, key: TrustedKey) -> None:
    """Refuse a header that names another algorithm than its key is for, with SealError."""
    if envelope.algorithm != key.algorithm:
        raise SealError("header", f"alg is not {key.algorithm}, the algorithm of the pinned key")


def check_role(key: TrustedKey, typ: str) -> None:
    """Refuse a key of another role than the one that signs such objects, with SealError."""
    if key.role != ROLE_OF[typ]:
        raise SealError("role", f"key {key.name} is pinned as {key.role}, it may not sign {typ}")


def verify_signature(envelope: Envelope, x: str, y: str = "") -> None:
    """Check a token's signature under one public key, of P-256 where it has a `y`; SealError where it does not fit."""
    from cryptography.exceptions import InvalidSignature

    # Not joserfc: it brings in all of X.509 and more than doubles what verifying one bundle costs.
    signed, _, signature = envelope.token.rpartition(".")
    try:
        if envelope.algorithm == TPM_ALGORITHM:
            _verify_es256(decode(x), decode(y), decode(signature), signed.encode())
        else:
            _public_key(x).verify(decode(signature), signed.encode())
    except (InvalidSignature, ValueError) as error:
        raise SealError("signature", "the signature does not fit") from error


@functools.lru_cache(maxsize=_MOST_KEPT)
def _public_key(x: str) -> "Ed25519PublicKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return Ed25519PublicKey.from_public_bytes(decode(x))


def _verify_es256(x: bytes, y: bytes, signature: bytes, signed: bytes) -> None:
    """ES256 (RFC 7518 3.4) in its one spelling: the greater s would be a second signature by nobody's doing."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    across, up, r, s = (int.from_bytes(part, "big") for part in (x, y, signature[:32], signature[32:]))
    if len(signature) != 64 or s > _HALF_ORDER:
        raise ValueError("not the one spelling of a signature")
    key = ec.EllipticCurvePublicNumbers(across, up, ec.SECP256R1()).public_key()
    key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))


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
