"""The back office's key for openings: P-256, so that its request can be signed by the very key that it offers.

It never signs anything else, and whatever signs never opens: role and curve keep both apart. The private half prints
nothing.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from agent.base64url import Base64Error, decode, encode
from agent.keys import KeyFileError, read_private_file, write_private_file
from diagnostics import strict_json

ROLE = "opening"
KEY_ALGORITHM = "ECDH-ES"
REQUEST_ALGORITHM = "ES256"
_MEMBERS = ("crv", "kty", "x", "y")
_PRIME = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B  # SEC 2, secp256r1


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningKey:
    """A private P-256 key that opens; `jwk` holds the secret and stays out of every print."""

    kid: str
    x: str
    y: str
    jwk: Mapping[str, str] = field(repr=False)

    def public(self) -> dict[str, str]:
        """The public half as a JWK."""
        return public_jwk(self.x, self.y)


def public_jwk(x: str, y: str) -> dict[str, str]:
    """The JWK of a P-256 public key, its members in the order that RFC 7638 hashes."""
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def thumbprint(x: str, y: str) -> str:
    """The key id of a P-256 public key: its RFC 7638 thumbprint."""
    return encode(hashlib.sha256(strict_json.write(public_jwk(x, y))).digest())


def check_point(x: str, y: str) -> None:
    """Refuse what is no point of the curve, in its one spelling (SEC 1 3.2.2.1); its cofactor is 1."""
    try:
        raw = [decode(part) for part in (x, y)]
    except Base64Error as error:
        raise KeyFileError(f"public key: x or y is {error}") from error
    if [len(part) for part in raw] != [32, 32]:
        raise KeyFileError("public key: x and y must be 32 bytes long")
    across, up = (int.from_bytes(part, "big") for part in raw)
    if max(across, up) >= _PRIME or (up * up - across**3 + 3 * across - _B) % _PRIME:
        raise KeyFileError("public key: x and y are no point of P-256")


def new_private(path: Path) -> OpeningKey:
    """Make a key and write it to a new file, as `agent.keys.new_private` does; its id begins with no hyphen either."""
    from joserfc.jwk import ECKey

    made = ECKey.generate_key("P-256").as_dict(private=True)
    while thumbprint(str(made["x"]), str(made["y"])).startswith("-"):
        made = ECKey.generate_key("P-256").as_dict(private=True)
    jwk = {name: str(made[name]) for name in (*_MEMBERS, "d")}
    write_private_file(path, jwk)
    return OpeningKey(kid=thumbprint(jwk["x"], jwk["y"]), x=jwk["x"], y=jwk["y"], jwk=jwk)


def is_opening_key(path: Path) -> bool:
    """Whether a private key file holds a key of this kind."""
    found = read_private_file(path)
    return found.get("kty") == "EC" and "d" in found


def load_private(path: Path) -> OpeningKey:
    """The key in a private JWK file; refused where others could read or replace the file."""
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey

    jwk = read_private_file(path)
    if set(jwk) != {*_MEMBERS, "d"} or (jwk["crv"], jwk["kty"]) != ("P-256", "EC"):
        raise KeyFileError(f"{path}: not a private P-256 JWK; make one with: prooflight keys new FILE --role opening")
    check_point(jwk["x"], jwk["y"])
    try:
        ECKey.import_key({**jwk}).private_key.private_numbers()  # refuses halves that do not belong together
    except (JoseError, ValueError) as error:
        raise KeyFileError(f"{path}: not a usable P-256 key") from error
    return OpeningKey(kid=thumbprint(jwk["x"], jwk["y"]), x=jwk["x"], y=jwk["y"], jwk=jwk)


def sign_request(key: OpeningKey, payload: bytes, typ: str) -> str:
    """The one thing that such a key signs: the request to be enrolled."""
    from joserfc import jws
    from joserfc.jwk import ECKey

    header = {"alg": REQUEST_ALGORITHM, "kid": key.kid, "typ": typ}
    whole = ECKey.import_key({**key.jwk})
    return str(jws.serialize_compact(header, payload, whole, algorithms=[REQUEST_ALGORITHM]))


def signature_fits(token: str, x: str, y: str) -> bool:
    """Whether a request is signed by the key of this point."""
    from joserfc import jws
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey

    try:
        jws.deserialize_compact(token, ECKey.import_key({**public_jwk(x, y)}), algorithms=[REQUEST_ALGORITHM])
    except (JoseError, ValueError):
        return False
    return True
