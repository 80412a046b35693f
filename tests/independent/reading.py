"""Sealed objects and trust files as docs/record.md states them; imports nothing of Prooflight.

Of libraries only `cryptography`, for Ed25519.
"""

import base64
import hashlib
import json
import re
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tests.independent.forms import FORMS

OBJECT_BYTES = 65_536
TOKEN_LENGTH = OBJECT_BYTES * 4 // 3 + 1024
ROLES = {
    "order": "order",
    "receipt": "reflector",
    "record": "station",
    "acceptance": "acceptor",
    "criteria": "criteria",
    "verdict": "acceptor",
    "review": "reviewer",
}
P = 2**255 - 19
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_DIGEST = re.compile("[0-9a-f]{64}")
WEAK_Y = {
    0,
    1,
    P - 1,
    2707385501144840649318225287225658788936804267575313519463743609750303402022,
    55188659117513257062467267217118295137698188065244968500265048394206261417927,
}


def strict(raw: bytes, size: int = OBJECT_BYTES, depth: int = 8) -> Any:
    """Strict JSON, or ValueError."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key twice")
        return dict(pairs)

    def never(word: str) -> Any:
        raise ValueError(word)

    def whole(text: str) -> int:
        return int(text) if len(text) <= 19 else never(text)

    def finite(text: str) -> float:
        return float(text) if abs(float(text)) != float("inf") else never(text)

    def walk(value: Any, left: int) -> None:
        if isinstance(value, str):
            value.encode()
        elif isinstance(value, dict | list):
            if left == 0:
                raise ValueError("too deep")
            for inner in value if isinstance(value, list) else [*value, *value.values()]:
                walk(inner, left - 1)

    if len(raw) > size:
        raise ValueError("too long")
    try:
        made = json.loads(
            raw.decode(), object_pairs_hook=once, parse_constant=never, parse_int=whole, parse_float=finite
        )
        walk(made, depth)
    except RecursionError as error:
        raise ValueError("too deep") from error
    return made


def decoded(text: str) -> bytes:
    """The bytes of the one base64url spelling, or ValueError."""
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise ValueError("not base64url")
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError("another spelling")
    return raw


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def time(text: str) -> datetime:
    made = datetime.fromisoformat(text)
    if made.tzinfo is None:
        raise ValueError("no offset")
    return made


def pinned(raw: bytes) -> dict[str, dict[str, Any]]:
    """A trust file's keys by kid, or ValueError."""
    made = strict(raw, size=1 << 20)
    if not isinstance(made, dict) or set(made) != {"keys"} or not isinstance(made["keys"], list):
        raise ValueError("not a trust file")
    found: dict[str, dict[str, Any]] = {}
    for key in made["keys"]:
        _check_key(key)
        if key["kid"] in found:
            raise ValueError("a key twice")
        found[key["kid"]] = key
    return found


def _check_key(key: Any) -> None:
    needed, more = {"kty", "crv", "alg", "x", "kid", "role", "name"}, {"not_before", "not_after", "revoked"}
    opens = isinstance(key, dict) and key.get("role") == "opening"
    in_tpm = isinstance(key, dict) and (key.get("role"), key.get("kty")) == ("station", "EC")
    needed |= {"y"} if opens or in_tpm else set()
    if not isinstance(key, dict) or needed - set(key) or set(key) - needed - more:
        raise ValueError("members")
    if not all(isinstance(key[name], str) and key[name] for name in needed):
        raise ValueError("texts")
    kinds = ("EC", "P-256", "ECDH-ES" if opens else "ES256") if opens or in_tpm else ("OKP", "Ed25519", "Ed25519")
    if (key["kty"], key["crv"], key["alg"]) != kinds:
        raise ValueError("algorithm")
    if key["role"] not in ("order", "reflector", "station", "acceptor", "support", "criteria", "reviewer", "opening"):
        raise ValueError("role")
    named = ("crv", "kty", "x", "y") if opens or in_tpm else ("crv", "kty", "x")
    _check_curve(key) if opens or in_tpm else _check_point(key["x"])
    jwk = json.dumps({name: key[name] for name in named}, separators=(",", ":"))
    if decoded(key["kid"]) != hashlib.sha256(jwk.encode()).digest():
        raise ValueError("thumbprint")
    for name in ("not_before", "not_after"):
        if name in key:
            time(key[name])
    if "revoked" in key:
        revoked = key["revoked"]
        if not {"time", "reason"} <= set(revoked) <= {"time", "reason", "last_good_epoch", "last_good_seq"}:
            raise ValueError("revoked")
        time(revoked["time"])
        for name in ("last_good_epoch", "last_good_seq"):
            if type(revoked.get(name, 0)) is not int or revoked.get(name, 0) < 0:
                raise ValueError("last good")
        if not isinstance(revoked["reason"], str):
            raise ValueError("reason")


def _check_point(x: str) -> None:
    raw = decoded(x)
    y = int.from_bytes(raw, "little") % 2**255
    if len(raw) != 32 or y >= P or y in WEAK_Y:
        raise ValueError("point")


def _check_curve(key: dict[str, Any]) -> None:
    x, y = (decoded(key[name]) for name in "xy")
    if (len(x), len(y)) != (32, 32):
        raise ValueError("point")
    point = int.from_bytes(x, "big"), int.from_bytes(y, "big")
    ec.EllipticCurvePublicNumbers(point[0], point[1], ec.SECP256R1()).public_key()


def _algorithm(key: dict[str, Any]) -> str:
    return "ES256" if (key["role"], key["kty"]) == ("station", "EC") else "Ed25519"


def _verify_curve(key: dict[str, Any], signature: bytes, signed: bytes) -> None:
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != 64 or s > N // 2:
        raise ValueError("another spelling")
    point = (int.from_bytes(decoded(key[name]), "big") for name in "xy")
    public = ec.EllipticCurvePublicNumbers(next(point), next(point), ec.SECP256R1()).public_key()
    public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(SHA256()))


def _well(made: dict[str, Any]) -> bool:
    """Whole numbers are written as such, and digests in lower-case hex."""
    wholes = [made[name] for name in ("epoch", "seq", "attempt", "attempts", "run", "bytes") if name in made]
    order = made.get("order")
    named = [made[name] for name in ("open", "close", "record") if name in made]
    named += [order["digest"]] if isinstance(order, dict) else [order] if made.get("state") else []
    named += [made["prev"]] if made.get("prev") is not None else []
    return all(type(n) is int and 0 <= n < 2**53 for n in wholes) and all(_DIGEST.fullmatch(d) for d in named)


class Piece:
    """One sealed object with the five answers about it; `content` is None where it is not of its form."""

    def __init__(self, token: str, kind: str, keys: dict[str, dict[str, Any]], at: datetime) -> None:
        self.kind, self.token, self.digest = kind, token, digest(token)
        self.content: Any = None
        self.key: dict[str, Any] | None = None
        self._keys = keys
        names = ("types", "algorithms", "signatures", "keys", "revocation")
        self.answers = dict.fromkeys(names, "NOT CHECKED")
        try:
            header, self._payload, self._signature = self._parts()
        except ValueError:
            self.answers["types"] = "FAILED"
            return
        if not self._header(header):
            return
        self.key = keys.get(self._kid)
        self._look(at)

    @property
    def believed(self) -> bool:
        return self.content is not None and set(self.answers.values()) == {"OK"}

    def _parts(self) -> list[bytes]:
        if len(self.token) > TOKEN_LENGTH or self.token.count(".") != 2:
            raise ValueError("not three parts")
        return [decoded(part) for part in self.token.split(".")]

    def _header(self, raw: bytes) -> bool:
        try:
            header = strict(raw, size=512, depth=2)
            if not isinstance(header, dict):
                raise ValueError("no object")
        except ValueError:
            self.answers |= {"types": "OK", "algorithms": "FAILED"}
            return False
        if header.get("typ") != f"prooflight.{self.kind}+jws":
            self.answers["types"] = "FAILED"
            return False
        whole = set(header) == {"alg", "kid", "typ"} and isinstance(header["kid"], str)
        key = self._keys.get(header["kid"]) if whole else None
        may = ("Ed25519", "ES256") if self.kind == "record" else ("Ed25519",)
        whole = whole and header["alg"] in ((_algorithm(key),) if key else may) and header["alg"] in may
        self.answers |= {"types": "OK", "algorithms": "OK" if whole else "FAILED"}
        self._kid = str(header.get("kid"))
        return whole

    def _look(self, at: datetime) -> None:
        loose: Any = {}
        try:
            loose = strict(self._payload)
            if not isinstance(loose, dict) or not self._formed(loose):
                raise ValueError("not of its form")
            self.content = loose
        except (ValueError, KeyError, TypeError):
            self.answers["types"] = "FAILED"
        if self.key is None:
            self.answers["keys"] = "FAILED"
            return
        self.answers["signatures"] = "OK" if self._fits(self.key) else "FAILED"
        self.answers["keys"] = "OK" if self._may_sign(self.key, at) else "FAILED"
        self.answers["revocation"] = "FAILED" if self._is_revoked(self.key, loose, at) else "OK"

    def _formed(self, made: dict[str, Any]) -> bool:
        form = FORMS.get(str(made.get("tx")) if self.kind == "record" else self.kind)
        if self.kind == "criteria":
            return True
        spare = {"review"} if self.kind == "acceptance" and isinstance(made.get("review"), str) else set()
        spoken = self.kind != "review" or (made["why"] and made["decision"] in ("accept", "reject"))
        return (
            form is not None
            and set(made) - spare == form
            and type(made["v"]) is int
            and made["v"] == 1
            and _well(made)
            and bool(spoken)
        )

    def _fits(self, key: dict[str, Any]) -> bool:
        try:
            signed = self.token.rpartition(".")[0].encode()
            if _algorithm(key) == "ES256":
                _verify_curve(key, self._signature, signed)
            else:
                Ed25519PublicKey.from_public_bytes(decoded(key["x"])).verify(self._signature, signed)
        except (InvalidSignature, ValueError):
            return False
        return True

    def _may_sign(self, key: dict[str, Any], at: datetime) -> bool:
        stated = {"record": "station", "receipt": "reflector", "review": "reviewer"}.get(self.kind, "")
        named = self.content is None or not stated or self.content[stated] == key["name"]
        early = "not_before" in key and at < time(key["not_before"])
        late = "not_after" in key and at > time(key["not_after"])
        return named and key["role"] == ROLES[self.kind] and not early and not late

    def _is_revoked(self, key: dict[str, Any], content: Any, at: datetime) -> bool:
        revoked = key.get("revoked")
        if revoked is None or at < time(revoked["time"]):
            return False
        last = (revoked.get("last_good_epoch", 1), revoked.get("last_good_seq", 0))
        place = (content.get("epoch"), content.get("seq")) if isinstance(content, dict) else (None, None)
        return key["role"] != "station" or not all(type(n) is int for n in place) or place > last
