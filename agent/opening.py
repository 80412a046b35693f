"""Openings: the disclosures of one signed object, encrypted to the back office as a compact JWE (RFC 7516).

An opening names its object by digest in its protected header and is never signed with it, so that deleting it leaves
every signature as it was. Who opens believes nothing in it that does not hash to what the signed object states.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from agent import commitment
from agent.base64url import Base64Error, decode
from agent.commitment import CommitmentError, Disclosure
from agent.opening_key import KEY_ALGORITHM, ROLE, OpeningKey, public_jwk
from agent.trust import Trust, TrustedKey
from diagnostics import strict_json
from diagnostics.errors import BadInput

TYP = "prooflight.opening+jwe"
ENCRYPTION = "A256GCM"
FORMAT = "prooflight.openings/1"
LONGEST = 100_000
FILE_BYTES = 16 << 20
_HEADER = ("alg", "enc", "kid", "typ", "of", "epk")
VERSION = 1


class OpeningError(BadInput):
    """An opening or a file of them cannot be used; the message says why and tells no value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What an opening says of itself without being opened: of which object (by digest), and for whose key."""

    of: str
    kid: str


def key_for(trust: Trust, at: datetime) -> TrustedKey | None:
    """The pinned key that openings are encrypted to: of those in force the last one; None: there is none."""
    found = [
        key
        for key in trust.keys.values()
        if key.role == ROLE
        and key.revoked is None
        and not (key.not_after and at > key.not_after)
        and not (key.not_before and at < key.not_before)
    ]
    return found[-1] if found else None


def seal(of: str, disclosures: Iterable[Disclosure], key: TrustedKey) -> str:
    """The opening of the object with this digest, for one pinned key."""
    from joserfc import jwe
    from joserfc.jwk import ECKey

    header = {"alg": KEY_ALGORITHM, "enc": ENCRYPTION, "kid": key.kid, "typ": TYP, "of": of}
    content = strict_json.write({"v": VERSION, "disclosures": [each.text for each in disclosures]})
    public = ECKey.import_key({**public_jwk(key.x, key.y)})
    return str(jwe.encrypt_compact(header, content, public, registry=_registry()))


def read(token: str) -> Sealed:
    """An opening's own header; OpeningError where it is not one."""
    parts = token.split(".")
    try:
        if len(token) > LONGEST or len(parts) != 5 or parts[1]:
            raise OpeningError("not an opening: it must be a compact JWE for one key")
        for part in parts[2:]:
            decode(part)
        header = strict_json.parse_object(decode(parts[0]), size=1024, depth=2)
    except (Base64Error, strict_json.JsonError) as error:
        raise OpeningError(f"not an opening: {error}") from error
    if tuple(sorted(header)) != tuple(sorted(_HEADER)) or (header["typ"], header["alg"], header["enc"]) != (
        TYP,
        KEY_ALGORITHM,
        ENCRYPTION,
    ):
        raise OpeningError(f"not an opening: its header must be of {TYP}, {KEY_ALGORITHM} and {ENCRYPTION}")
    if not isinstance(header["of"], str) or not isinstance(header["kid"], str):
        raise OpeningError("not an opening: it names no object or no key")
    return Sealed(of=header["of"], kid=header["kid"])


def opened(token: str, key: OpeningKey) -> tuple[Disclosure, ...]:
    """The disclosures in an opening; OpeningError where it is for another key or was changed."""
    from joserfc import jwe
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey

    if read(token).kid != key.kid:
        raise OpeningError("the opening is for another key")
    try:
        raw = jwe.decrypt_compact(token, ECKey.import_key({**key.jwk}), registry=_registry()).plaintext
        made = strict_json.parse_object(raw or b"", size=LONGEST)
    except (JoseError, ValueError, strict_json.JsonError) as error:
        raise OpeningError("the opening was changed, or is not one") from error
    if set(made) != {"v", "disclosures"} or made["v"] != VERSION:
        raise OpeningError(f"the opening is of another version than {VERSION}")
    return _disclosures(made["disclosures"])


def write_file(openings: Mapping[str, Sequence[Disclosure]]) -> bytes:
    """A file of opened openings: the disclosures by the digest of their object."""
    texts = {digest: [each.text for each in made] for digest, made in openings.items()}
    return strict_json.write({"format": FORMAT, "openings": texts}) + b"\n"


def parse_file(raw: bytes) -> dict[str, tuple[Disclosure, ...]]:
    """The disclosures by the digest of their object, from the bytes of a file."""
    try:
        made = strict_json.parse_object(raw, size=FILE_BYTES)
    except strict_json.JsonError as error:
        raise OpeningError(f"not a file of openings: {error}") from error
    if set(made) != {"format", "openings"} or made["format"] != FORMAT or not isinstance(made["openings"], dict):
        raise OpeningError(f"not a file of openings: must have format {FORMAT} and openings")
    return {digest: _disclosures(texts) for digest, texts in made["openings"].items()}


def load_file(path: Path) -> dict[str, tuple[Disclosure, ...]]:
    """The disclosures in a file of opened openings; OpeningError names the file."""
    try:
        return parse_file(path.read_bytes())
    except OSError as error:
        raise OpeningError(f"{path}: {error.strerror}; name a file of: prooflight acceptor openings") from error
    except OpeningError as error:
        raise OpeningError(f"{path}: {error}") from error


def _disclosures(texts: Any) -> tuple[Disclosure, ...]:
    if not isinstance(texts, list) or len(texts) > commitment.MOST_COMMITMENTS:
        raise OpeningError("an opening must be a list of disclosures")
    try:
        return tuple(commitment.parse(text if isinstance(text, str) else "") for text in texts)
    except CommitmentError as error:
        raise OpeningError(str(error)) from error


def _registry() -> Any:
    from joserfc.jwe import JWERegistry
    from joserfc.registry import HeaderParameter

    digest = HeaderParameter("digest of the object that is opened", "str")
    return JWERegistry(header_registry={"of": digest}, algorithms=[KEY_ALGORITHM, ENCRYPTION])
