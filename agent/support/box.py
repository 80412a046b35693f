"""Boxes: what a station answers, encrypted as a compact JWE (RFC 7516) to the one-time key that a command brought.

A box says nothing but algorithm and kind in the clear; who opens it believes it for the seal around it, not for itself.
"""

from typing import Any

from agent.base64url import Base64Error, decode
from agent.opening_key import KEY_ALGORITHM, OpeningKey, public_jwk, thumbprint
from agent.support.limits import MESSAGE_BYTES
from diagnostics import strict_json
from diagnostics.errors import BadInput

TYP = "prooflight.reply+jwe"
ENCRYPTION = "A256GCM"
_HEADER = {"alg": KEY_ALGORITHM, "enc": ENCRYPTION, "typ": TYP}


class BoxError(BadInput):
    """A box cannot be opened: it is for another key, was changed, or is none."""


def new_key() -> OpeningKey:
    """A key for the answers to one command; it is never written anywhere."""
    from joserfc.jwk import ECKey

    jwk = {name: str(value) for name, value in ECKey.generate_key("P-256").as_dict(private=True).items()}
    return OpeningKey(kid=thumbprint(jwk["x"], jwk["y"]), x=jwk["x"], y=jwk["y"], jwk=jwk)


def close(content: bytes, x: str, y: str) -> str:
    """The box that only the holder of this point's private half opens."""
    from joserfc import jwe
    from joserfc.jwk import ECKey

    return str(
        jwe.encrypt_compact(dict(_HEADER), content, ECKey.import_key({**public_jwk(x, y)}), registry=_registry())
    )


def opened(box: str, key: OpeningKey) -> dict[str, Any]:
    """The object in a box; BoxError where it is not for this key, or was changed."""
    from joserfc import jwe
    from joserfc.errors import JoseError
    from joserfc.jwk import ECKey

    try:
        if len(box) > MESSAGE_BYTES:
            raise BoxError("not a box: it is too long")
        header = strict_json.parse_object(decode(box.partition(".")[0]), size=1024, depth=2)
        if {name: value for name, value in header.items() if name != "epk"} != _HEADER:
            raise BoxError(f"not a box: its header must be of {TYP}, {KEY_ALGORITHM} and {ENCRYPTION}")
        raw = jwe.decrypt_compact(box, ECKey.import_key({**key.jwk}), registry=_registry()).plaintext
        return strict_json.parse_object(raw or b"")
    except (Base64Error, JoseError, ValueError, strict_json.JsonError) as error:
        raise BoxError("the box was changed, or is for another key") from error


def _registry() -> Any:
    from joserfc.jwe import JWERegistry

    return JWERegistry(algorithms=[KEY_ALGORITHM, ENCRYPTION])
