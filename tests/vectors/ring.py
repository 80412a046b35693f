"""Fixed keys, and tokens made by hand from any header, payload and signature; the secrets here protect nothing."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from agent import seal
from agent.base64url import decode, encode
from agent.keys import PrivateKey, thumbprint
from diagnostics import strict_json

NAMES = {
    "station": "station-1",
    "acceptor": "back office",
    "order": "tickets",
    "reflector": "reflector-1",
    "criteria": "standards",
}
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493


def seed(name: str) -> bytes:
    """The secret of this name."""
    return hashlib.sha256(f"prooflight vector {name}".encode()).digest()


def key(name: str) -> PrivateKey:
    """The one key of this name; the same in every run."""
    public = encode(Ed25519PrivateKey.from_private_bytes(seed(name)).public_key().public_bytes_raw())
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": public, "d": encode(seed(name))}
    return PrivateKey(kid=thumbprint(public), x=public, jwk=jwk)


def entry(role: str, **changes: Any) -> dict[str, Any]:
    """A trust file's entry for the key of a role."""
    own = key(role)
    return {**own.public(), "kid": own.kid, "alg": "Ed25519", "role": role, "name": NAMES[role]} | changes


def trust_file(**changes: dict[str, Any]) -> bytes:
    """A trust file with a key of each role, some of the entries changed."""
    return strict_json.write({"keys": [entry(role, **changes.get(role, {})) for role in NAMES]}) + b"\n"


def header(of: str, signer: str = "station", /, **changes: Any) -> bytes:
    """A header as ours are, some members changed; None takes one out."""
    made = {"alg": "Ed25519", "kid": key(signer).kid, "typ": of} | changes
    return strict_json.write({name: value for name, value in made.items() if value is not None})


def token(head: bytes, payload: bytes, signer: str = "station", signature: bytes | None = None) -> str:
    """A token of any header and payload, signed by a key of ours, or with the signature given."""
    signed = f"{encode(head)}.{encode(payload)}"
    made = Ed25519PrivateKey.from_private_bytes(seed(signer)).sign(signed.encode())
    return f"{signed}.{encode(made if signature is None else signature)}"


def raw_signature(signed: bytes, signer: str = "station") -> bytes:
    """A right signature over any bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed(signer)).sign(signed)


def parts(made: str) -> list[bytes]:
    """The three decoded parts of a token."""
    return [decode(part) for part in made.split(".")]


def mac(head: bytes, payload: bytes, secret: bytes) -> bytes:
    """HMAC-SHA-256 of a token's signed text, as HS256 has it."""
    return hmac.digest(secret, f"{encode(head)}.{encode(payload)}".encode(), "sha256")


def es256(head: bytes, payload: bytes) -> bytes:
    """An ECDSA signature on P-256 by a key that is pinned nowhere."""
    own = ec.derive_private_key(int.from_bytes(seed("es256")), ec.SECP256R1())
    signed = f"{encode(head)}.{encode(payload)}".encode()
    der = own.sign(signed, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    return b"".join(number.to_bytes(32) for number in decode_dss_signature(der))


def resealed(made: str, typ: str, signer: str, **changes: Any) -> str:
    """A token's content with some members changed, signed again."""
    content: Mapping[str, Any] = strict_json.parse_object(parts(made)[1])
    return seal.seal(strict_json.write({**content, **changes}), typ=typ, key=key(signer)).token
