"""Bundles of a station whose key lives in a TPM: ES256 on P-256, in the one spelling of a signature."""

from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from agent import opening_key, seal
from agent.base64url import decode, encode
from agent.bundle import Bundle
from diagnostics import strict_json
from tests.vectors.bundles import RECORDS, Vector, failed, last, unchecked, unfinished
from tests.vectors.ring import NAMES, entry, parts, seed

TRUST = "trust-tpm.jwks"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_KEY = ec.derive_private_key(int.from_bytes(seed("tpm")), ec.SECP256R1())
_POINT = [encode(n.to_bytes(32)) for n in (_KEY.public_key().public_numbers().x, _KEY.public_key().public_numbers().y)]


def trust_file() -> bytes:
    """The trust file whose station has a key of P-256."""
    kid = opening_key.thumbprint(*_POINT)
    own = opening_key.public_jwk(*_POINT) | {"kid": kid, "alg": "ES256", "role": "station", "name": NAMES["station"]}
    return strict_json.write({"keys": [own, *(entry(role) for role in NAMES if role != "station")]}) + b"\n"


def _sealed(made: str, *, twin: bool = False, **changes: Any) -> str:
    """A record's content under this key; `twin` with the other s that fits as well."""
    header = {"alg": "ES256", "kid": opening_key.thumbprint(*_POINT), "typ": seal.RECORD} | changes
    signed = f"{encode(strict_json.write(header))}.{encode(parts(made)[1])}"
    r, s = decode_dss_signature(_KEY.sign(signed.encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
    low = min(s, ORDER - s)
    return f"{signed}.{encode(r.to_bytes(32) + (ORDER - low if twin else low).to_bytes(32))}"


def _opened(**changes: Any) -> Bundle:
    made = unfinished(None)
    return last(made, open=_sealed(made.attempts[-1].open, **changes))


def _cut() -> Bundle:
    made = _opened()
    head, _, signature = made.attempts[-1].open.rpartition(".")
    return last(made, open=f"{head}.{encode(decode(signature)[:-1])}")


_STILL_OPEN = unchecked("criteria", "verdict", "receipts", "figures", "acceptance")
_ON_RECORDS = unchecked(*RECORDS, "acceptance")
TPM = {
    "a key in a TPM": Vector(
        why="ES256 by a station's pinned key of P-256",
        make=_opened,
        checks=_STILL_OPEN,
        outcome=None,
        valid=True,
        trust=TRUST,
    ),
    "a key in a TPM, the other signature": Vector(
        why="the greater s fits as well, and is another spelling of the same object",
        make=lambda: _opened(twin=True),
        checks=failed("signatures") | _ON_RECORDS,
        outcome=None,
        trust=TRUST,
    ),
    "a key in a TPM, cut short": Vector(
        why="63 bytes", make=_cut, checks=failed("signatures") | _ON_RECORDS, outcome=None, trust=TRUST
    ),
    "a key in a TPM, as Ed25519": Vector(
        why="the algorithm is that of the key",
        make=lambda: _opened(alg="Ed25519"),
        checks=failed("algorithms") | unchecked("signatures", "keys", "revocation") | _ON_RECORDS,
        outcome=None,
        trust=TRUST,
    ),
    "a key in a TPM that is not pinned": Vector(
        why="no such key in this trust file",
        make=_opened,
        checks=failed("keys") | unchecked("signatures", "revocation") | _ON_RECORDS,
        outcome=None,
    ),
}
