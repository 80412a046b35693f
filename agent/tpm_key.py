"""A station's key that lives in a TPM: made there, never outside, and asked for each signature by tpm2-tools.

The key file holds no secret: the public point, the persistent handle and how the TPM is reached. Who copies the card
copies no key. Signatures are ES256 in their one spelling (the lower s), so that no token has a twin.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from agent import opening_key
from agent.base64url import encode
from agent.keys import KeyFileError, PrivateKey, load_private, read_private_file, write_private_file
from diagnostics.errors import NotAvailable

TCTI = "device:/dev/tpmrm0"
HANDLE = "0x81010050"  # in the owner's range of persistent objects (TCG registry of reserved handles)
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SEC 2, secp256r1
_DEADLINE_S = 30.0
_MEMBERS = {"crv", "kty", "x", "y", "handle", "tcti"}
_ATTRIBUTES = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign|noda"


class TpmError(NotAvailable):
    """The TPM does not do what it is asked; the message says what and the remedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TpmKey(PrivateKey):
    """A P-256 key in a TPM; `tcti` says how that is reached, as tpm2-tools spell it."""

    y: str
    handle: str
    tcti: str

    @property
    def algorithm(self) -> str:
        """What a header names."""
        return opening_key.REQUEST_ALGORITHM

    @property
    def held(self) -> str:
        """Where the private half is."""
        return "tpm"

    def public(self) -> dict[str, str]:
        """The public half as a JWK."""
        return opening_key.public_jwk(self.x, self.y)

    def sign(self, raw: bytes) -> bytes:
        """The TPM's signature, r and s in 64 bytes; TpmError where there is none."""
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        with tempfile.TemporaryDirectory() as folder:
            signed, signature = Path(folder) / "signed", Path(folder) / "signature"
            signed.write_bytes(raw)
            words = ("-c", self.handle, "-g", "sha256", "-s", "ecdsa", "-f", "plain", "-o", str(signature))
            _run(self.tcti, "tpm2_sign", *words, str(signed))
            r, s = decode_dss_signature(signature.read_bytes())
        return b"".join(n.to_bytes(32, "big") for n in (r, min(s, _ORDER - s)))


def new(path: Path, tcti: str = TCTI, handle: str = HANDLE) -> TpmKey:
    """Make a key in the TPM under a persistent handle, and write where it is to a new file."""
    with tempfile.TemporaryDirectory() as folder:
        place = {name: str(Path(folder) / name) for name in ("primary", "public", "private", "key", "pem")}
        kind = ("-G", "ecc256:ecdsa-sha256", "-a", _ATTRIBUTES)
        blobs = ("-u", place["public"], "-r", place["private"])
        for words in (
            ("tpm2_createprimary", "-C", "o", "-G", "ecc", "-c", place["primary"]),
            ("tpm2_create", "-C", place["primary"], *kind, *blobs),
            ("tpm2_load", "-C", place["primary"], *blobs, "-c", place["key"]),
            ("tpm2_evictcontrol", "-C", "o", "-c", place["key"], handle),
            ("tpm2_readpublic", "-c", handle, "-f", "pem", "-o", place["pem"]),
        ):
            _run(tcti, *words)
            _run(tcti, "tpm2_flushcontext", "-t")  # a TPM has room for three objects, and not each has a manager
        x, y = _point(Path(place["pem"]).read_bytes())
    made = TpmKey(kid=opening_key.thumbprint(x, y), x=x, y=y, handle=handle, tcti=tcti, jwk={})
    write_private_file(path, made.public() | {"handle": handle, "tcti": tcti})
    return made


def load(path: Path) -> PrivateKey:
    """The station's key in a file, wherever its private half is."""
    found = read_private_file(path)
    if "handle" not in found:
        return load_private(path)
    if set(found) != _MEMBERS or (found["crv"], found["kty"]) != ("P-256", "EC"):
        raise KeyFileError(f"{path}: not the file of a key in a TPM; it has {', '.join(sorted(_MEMBERS))}")
    x, y = found["x"], found["y"]
    opening_key.check_point(x, y)
    return TpmKey(kid=opening_key.thumbprint(x, y), x=x, y=y, handle=found["handle"], tcti=found["tcti"], jwk={})


def _point(pem: bytes) -> tuple[str, str]:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    public = load_pem_public_key(pem)
    assert isinstance(public, EllipticCurvePublicKey)
    numbers = public.public_numbers()
    return encode(numbers.x.to_bytes(32, "big")), encode(numbers.y.to_bytes(32, "big"))


def _run(tcti: str, *words: str) -> None:
    environ = {"PATH": os.environ.get("PATH", os.defpath), "TPM2TOOLS_TCTI": tcti, "TSS2_LOG": "all+NONE"}
    try:
        done = subprocess.run(
            words, capture_output=True, text=True, errors="replace", env=environ, check=False, timeout=_DEADLINE_S
        )
    except FileNotFoundError as error:
        raise TpmError(f"{words[0]} is not installed; apt-get install tpm2-tools") from error
    except subprocess.TimeoutExpired as error:
        raise TpmError(f"the TPM at {tcti} did not answer {words[0]} within {_DEADLINE_S:.0f} s") from error
    if done.returncode:
        told = next((line.strip() for line in done.stderr.splitlines() if line.strip()), "no word")
        raise TpmError(f"the TPM at {tcti} refused {words[0]}: {told[:200]}; see: man {words[0]}")
