"""Keys: our own private key in a file that only we can read, and what makes a public key fit to be believed.

Points that would let one signature fit many messages are refused; a private key never prints itself.
"""

import functools
import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agent.base64url import Base64Error, decode, encode
from diagnostics import strict_json
from diagnostics.errors import BadInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = "Ed25519"

_PRIME = 2**255 - 19
# y of the eight points whose order divides 8: under such a key one signature fits every message (RFC 8032 5.1.7).
_SMALL_ORDER_Y = frozenset(
    (
        0,
        1,
        _PRIME - 1,
        2707385501144840649318225287225658788936804267575313519463743609750303402022,
        55188659117513257062467267217118295137698188065244968500265048394206261417927,
    )
)


class KeyFileError(BadInput):
    """A key or the file that holds it cannot be used; the message names the file and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateKey:
    """An Ed25519 key of our own; `jwk` holds the secret and stays out of every print."""

    kid: str
    x: str
    jwk: Mapping[str, str] = field(repr=False)

    @property
    def algorithm(self) -> str:
        """What a header names."""
        return ALGORITHM

    @property
    def held(self) -> str:
        """Where the private half is: `soft` in a file, `tpm` in a TPM."""
        return "soft"

    def public(self) -> dict[str, str]:
        """The public half as a JWK."""
        return public_jwk(self.x)

    def sign(self, raw: bytes) -> bytes:
        """The signature over these bytes."""
        return _signer(self.jwk["d"]).sign(raw)


@functools.lru_cache(maxsize=8)  # making it costs as much as signing
def _signer(d: str) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(decode(d))


def check_point(x: str) -> None:
    """Refuse an Ed25519 public key that is not canonical or lies in the small subgroup; KeyFileError says which."""
    try:
        raw = decode(x)
    except Base64Error as error:
        raise KeyFileError(f"public key: x is {error}") from error
    if len(raw) != 32:
        raise KeyFileError("public key: x must be 32 bytes long")
    y = int.from_bytes(raw, "little") & (2**255 - 1)
    if y >= _PRIME:
        raise KeyFileError("public key: x is not a canonical point")
    if y in _SMALL_ORDER_Y:
        raise KeyFileError("public key: x is a point of small order, under which any signature could be made to fit")


def public_jwk(x: str) -> dict[str, str]:
    """The JWK of an Ed25519 public key (RFC 8037), its members in the order that RFC 7638 hashes."""
    return {"crv": "Ed25519", "kty": "OKP", "x": x}


def thumbprint(x: str) -> str:
    """The key id of an Ed25519 public key: its RFC 7638 thumbprint."""
    return encode(hashlib.sha256(strict_json.write(public_jwk(x))).digest())


def new_private(path: Path) -> PrivateKey:
    """Make a key and write it to a new file (0600, in a directory that only we can enter).

    Its id never begins with a hyphen, so that no command line takes it for an option.
    """
    from joserfc.jwk import OKPKey

    made = OKPKey.generate_key("Ed25519").as_dict(private=True)
    while thumbprint(str(made["x"])).startswith("-"):
        made = OKPKey.generate_key("Ed25519").as_dict(private=True)
    jwk = {name: str(made[name]) for name in ("crv", "kty", "x", "d")}
    write_private_file(path, jwk)
    return PrivateKey(kid=thumbprint(jwk["x"]), x=jwk["x"], jwk=jwk)


def write_private_file(path: Path, jwk: Mapping[str, str]) -> None:
    """Put a private key into a new file (0600, in a directory that only we can enter), and on the disk."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_open_directory(path)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise KeyFileError(f"{path}: is there already; a key is never overwritten, choose another name") from error
    except OSError as error:
        raise KeyFileError(f"{path}: cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(strict_json.write(jwk) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def load_private(path: Path) -> PrivateKey:
    """The key in a private JWK file; refused where others could read or replace the file."""
    return _private(path, read_private_file(path))


def read_private_file(path: Path) -> dict[str, str]:
    """The members of a private JWK file; refused where others could read or replace the file."""
    try:
        mode = path.stat().st_mode
        raw = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}; make a key with: prooflight keys new {path}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise KeyFileError(f"{path}: others may read this key; run: chmod 600 {path}")
    _refuse_open_directory(path)
    try:
        jwk = strict_json.parse_object(raw)
    except strict_json.JsonError as error:
        raise KeyFileError(f"{path}: not a private key: {error}") from error
    texts = {name: value for name, value in jwk.items() if isinstance(value, str)}
    if texts != jwk:
        raise KeyFileError(f"{path}: not a private key: every member must be text")
    return texts


def _refuse_open_directory(path: Path) -> None:
    if stat.S_IMODE(path.parent.stat().st_mode) & 0o077:
        folder = path.parent
        raise KeyFileError(f"{folder}: others may enter the directory of this key; run: chmod 700 {folder}")


def _private(path: Path, texts: dict[str, str]) -> PrivateKey:
    from joserfc.errors import JoseError
    from joserfc.jwk import OKPKey

    if set(texts) != {"crv", "kty", "x", "d"} or (texts["crv"], texts["kty"]) != ("Ed25519", "OKP"):
        raise KeyFileError(f"{path}: not a private Ed25519 JWK with crv, kty, x and d")
    check_point(texts["x"])
    try:
        own = OKPKey.import_key({**texts}).private_key
        public = encode(own.public_key().public_bytes_raw())
    except (JoseError, ValueError) as error:
        raise KeyFileError(f"{path}: not a usable Ed25519 key") from error
    if public != texts["x"]:
        raise KeyFileError(f"{path}: its public and private halves do not belong together")
    return PrivateKey(kid=thumbprint(texts["x"]), x=texts["x"], jwk=texts)
