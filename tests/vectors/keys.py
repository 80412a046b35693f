"""Trust files: one with the pinned keys is believed; keys and entries that are not exactly right are refused."""

from typing import Any

from agent.base64url import encode
from agent.keys import thumbprint
from diagnostics import strict_json
from tests.vectors.ring import entry, key

PRIME = 2**255 - 19
_ORDER_8 = (
    2707385501144840649318225287225658788936804267575313519463743609750303402022,
    55188659117513257062467267217118295137698188065244968500265048394206261417927,
)
SMALL_ORDER = {"zero": 0, "identity": 1, "order 2": PRIME - 1, "order 8": _ORDER_8[0], "other order 8": _ORDER_8[1]}
NOT_CANONICAL = {"p": PRIME, "p + 1": PRIME + 1, "2^255 - 1": 2**255 - 1}


def _point(y: int, sign: int = 0) -> str:
    return encode((y | sign << 255).to_bytes(32, "little"))


def _pinned(x: str) -> dict[str, Any]:
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "Ed25519",
        "x": x,
        "kid": thumbprint(x),
        "role": "station",
        "name": "s",
    }


def _refused() -> dict[str, Any]:
    own = entry("station")
    made: dict[str, Any] = {}
    for sign in (0, 1):
        made |= {f"{name}, sign {sign}": [_pinned(_point(y, sign))] for name, y in SMALL_ORDER.items()}
        made |= {f"{name}, sign {sign}": [_pinned(_point(y, sign))] for name, y in NOT_CANONICAL.items()}
    return made | {
        "31 bytes": [_pinned(encode(bytes(range(31))))],
        "x with padding": [own | {"x": own["x"] + "="}],
        "x in the other alphabet": [own | {"x": own["x"].replace("-", "+").replace("_", "/") + "+"}],
        "kid of another key": [own | {"kid": key("acceptor").kid}],
        "another role": [own | {"role": "admin"}],
        "another curve": [own | {"crv": "X25519"}],
        "another algorithm": [own | {"alg": "HS256"}],
        "a symmetric key": [{"kty": "oct", "k": "AA", "kid": "k", "alg": "HS256", "role": "station", "name": "s"}],
        "the private half": [own | {"d": key("station").jwk["d"]}],
        "no name": [{name: value for name, value in own.items() if name != "name"}],
        "the same key twice": [own, own | {"role": "acceptor"}],
        "time without offset": [own | {"not_after": "2026-11-22T10:00:00"}],
        "revocation without time": [own | {"revoked": {"reason": "stolen"}}],
        "revocation with a fraction": [
            own | {"revoked": {"time": "2026-11-22T10:00:00Z", "reason": "x", "last_good_seq": 1.5}}
        ],
    }


def vectors() -> list[dict[str, Any]]:
    """Each trust file as text, with whether it is believed."""
    good = {
        "one key": [entry("station")],
        "all roles": [entry(role) for role in ("station", "acceptor", "order", "reflector", "criteria")],
        "no key at all": [],
    }
    cases = [(name, listed, True) for name, listed in good.items()]
    cases += [(name, listed, False) for name, listed in _refused().items()]
    return [
        {"name": name, "believed": believed, "text": strict_json.write({"keys": listed}).decode()}
        for name, listed, believed in cases
    ]
