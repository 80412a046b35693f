"""Trust: the pinned public keys that we believe, each with its one role, its validity and whether it was revoked.

A trust file comes out of band, never from a record; whatever it does not say exactly is an error that names the key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from agent import opening_key
from agent.keys import ALGORITHM, KeyFileError, check_point, thumbprint
from agent.watched_file import WatchedFile
from diagnostics import strict_json
from diagnostics.errors import BadConfiguration
from diagnostics.quantities import nearest_name

ROLES = ("order", "reflector", "station", "acceptor", "support", "criteria", "reviewer", opening_key.ROLE)
TRUST_FILE_BYTES = 1 << 20


class TrustError(BadConfiguration):
    """A trust file is missing or wrong; the message names the file, the key and the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Since when a key is not believed; what a station sealed up to (epoch, seq) `last_good` stays good."""

    time: datetime
    reason: str
    last_good: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedKey:
    """A pinned public key with its one role; one of P-256 has `y`: a station's in a TPM, or one that only opens."""

    kid: str
    x: str
    role: str
    name: str
    y: str = ""
    not_before: datetime | None = None
    not_after: datetime | None = None
    revoked: Revocation | None = None

    @property
    def algorithm(self) -> str:
        """The one algorithm that this key signs by."""
        return opening_key.REQUEST_ALGORITHM if self.y and self.role == "station" else ALGORITHM


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """The pinned keys by key id."""

    keys: Mapping[str, TrustedKey] = field(default_factory=dict)


def load_trust(path: Path) -> Trust:
    """The pinned keys of a trust file."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise TrustError(f"{path}: {error.strerror}; make a trust file with: prooflight keys enrol") from error
    return parse_trust(raw, str(path))


def parse_trust(raw: bytes, file: str) -> Trust:
    """The pinned keys that a trust file's bytes state; TrustError names the key and the field that are wrong."""
    try:
        made = strict_json.parse_object(raw, size=TRUST_FILE_BYTES)
    except strict_json.JsonError as error:
        raise TrustError(f"{file}: not a trust file: {error}") from error
    if set(made) != {"keys"} or not isinstance(made["keys"], list):
        raise TrustError(f"{file}: must be an object with one list, keys")
    keys: dict[str, TrustedKey] = {}
    for number, entry in enumerate(made["keys"]):
        key = _trusted(f"{file}: keys[{number}]", entry)
        if key.kid in keys:
            raise TrustError(f"{file}: keys[{number}]: the key {key.kid} stands there twice; a key has one role")
        keys[key.kid] = key
    return Trust(keys=keys)


_SIGNS = {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM}
_OPENS = {"kty": "EC", "crv": "P-256", "alg": opening_key.KEY_ALGORITHM}
_IN_TPM = {"kty": "EC", "crv": "P-256", "alg": opening_key.REQUEST_ALGORITHM}
_REQUIRED = (*_SIGNS, "x", "kid", "role", "name")
_OPTIONAL = ("not_before", "not_after", "revoked")


def _trusted(where: str, entry: Any) -> TrustedKey:
    kind = _kind(entry)
    curved = kind is not _SIGNS
    required = (*_REQUIRED, "y") if curved else _REQUIRED
    made = _fields(where, entry, required, _OPTIONAL)
    for name in required:
        if not isinstance(made[name], str) or not made[name]:
            raise TrustError(f"{where}: {name} must be text and not empty")
    for name, value in kind.items():
        if made[name] != value:
            raise TrustError(f"{where}: {name} must be {value}")
    if made["role"] not in ROLES:
        raise TrustError(f"{where}: role must be one of {', '.join(ROLES)}{nearest_name(made['role'], ROLES)}")
    try:
        opening_key.check_point(made["x"], made["y"]) if curved else check_point(made["x"])
    except KeyFileError as error:
        raise TrustError(f"{where}: {error}") from error
    kid = opening_key.thumbprint(made["x"], made["y"]) if curved else thumbprint(made["x"])
    if made["kid"] != kid:
        raise TrustError(f"{where}: kid must be the RFC 7638 thumbprint of the key, {kid}")
    return TrustedKey(
        kid=made["kid"],
        x=made["x"],
        role=made["role"],
        name=made["name"],
        y=made["y"] if curved else "",
        not_before=_time(where, made, "not_before"),
        not_after=_time(where, made, "not_after"),
        revoked=_revocation(f"{where}: revoked", made["revoked"]) if "revoked" in made else None,
    )


def _kind(entry: Any) -> dict[str, str]:
    """What a key must be for its role; a station's may be of P-256, where it lives in a TPM."""
    role, kty = (entry.get("role"), entry.get("kty")) if isinstance(entry, dict) else (None, None)
    if role == opening_key.ROLE:
        return _OPENS
    return _IN_TPM if role == "station" and kty == "EC" else _SIGNS


def _revocation(where: str, entry: Any) -> Revocation:
    made = _fields(where, entry, ("time", "reason"), ("last_good_epoch", "last_good_seq"))
    last = (made.get("last_good_epoch", 1), made.get("last_good_seq", 0))
    if not all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in last):
        raise TrustError(f"{where}: last_good_epoch and last_good_seq must be whole numbers")
    if not isinstance(made["reason"], str):
        raise TrustError(f"{where}: reason must be text")
    time = _time(where, made, "time")
    assert time is not None
    return Revocation(time=time, reason=made["reason"], last_good=last)


def _fields(where: str, entry: Any, required: tuple[str, ...], optional: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise TrustError(f"{where}: must be an object")
    for name in entry:
        if name not in (*required, *optional):
            raise TrustError(f"{where}: {name[:40]!r} is not a field{nearest_name(name, (*required, *optional))}")
    missing = [name for name in required if name not in entry]
    if missing:
        raise TrustError(f"{where}: {missing[0]} is missing")
    return entry


def _time(where: str, made: Mapping[str, Any], name: str) -> datetime | None:
    if name not in made:
        return None
    try:
        time = datetime.fromisoformat(made[name])
    except (TypeError, ValueError) as error:
        raise TrustError(f"{where}: {name} must be a time like 2026-01-31T12:00:00+00:00") from error
    if time.tzinfo is None:
        raise TrustError(f"{where}: {name} must say its offset from UTC, like 2026-01-31T12:00:00+00:00")
    return time


class PinnedKeys(WatchedFile[Trust]):
    """The trust file, read again when it changed, so that a station is enrolled without a restart."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        super().__init__(path, load_trust, say)
