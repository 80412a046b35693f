"""A sealed object is believed exactly when a pinned key of the right role signed these very bytes."""

import hmac
import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import seal
from agent.base64url import decode, encode
from agent.trust import Trust, parse_trust
from diagnostics import strict_json
from tests.agent.conftest import Ring

PAYLOAD = b'{"seq":3,"epoch":1}'
HEADER = '{"alg":"Ed25519","kid":"%s","typ":"prooflight.record+jws"}'


def forged(token: str, header: str | None = None, payload: bytes | None = None, signature: bytes | None = None) -> str:
    """The token with some of its parts put in place of others."""
    parts = token.split(".")
    for place, part in enumerate((None if header is None else header.encode(), payload, signature)):
        if part is not None:
            parts[place] = encode(part)
    return ".".join(parts)


def refusal(token: str, trust: Trust, at: datetime | None = None) -> str:
    """The reason for which a token is refused as a record."""
    with pytest.raises(seal.SealError) as caught:
        seal.open_sealed(token, typ=seal.RECORD, trust=trust, at=at)
    assert "\n" not in str(caught.value)
    return caught.value.reason


def test_what_was_sealed_opens_to_the_very_same_bytes(ring: Ring) -> None:
    sealed = seal.seal(PAYLOAD, typ=seal.RECORD, key=ring.station)
    opened = seal.open_sealed(sealed.token, typ=seal.RECORD, trust=ring.trust)
    assert opened.envelope.payload == PAYLOAD
    assert opened.key.name == "station-1"
    assert opened.envelope.digest == sealed.digest
    assert json.loads(decode(sealed.token.split(".")[0])) == {
        "alg": "Ed25519",
        "kid": ring.station.kid,
        "typ": "prooflight.record+jws",
    }


def test_an_independent_implementation_believes_what_we_seal(ring: Ring) -> None:
    from joserfc import jws
    from joserfc.jwk import OKPKey

    token = seal.seal(PAYLOAD, typ=seal.RECORD, key=ring.station).token
    read = jws.deserialize_compact(token, OKPKey.import_key(ring.station.public()), algorithms=["Ed25519"])
    assert read.payload == PAYLOAD


PLAIN = HEADER % "KID"
HEADERS = {
    "none": (PLAIN.replace("Ed25519", "none"), "header"),
    "hmac": (PLAIN.replace("Ed25519", "HS256"), "header"),
    "es256": (PLAIN.replace("Ed25519", "ES256"), "header"),
    "old name": (PLAIN.replace("Ed25519", "EdDSA"), "header"),
    "no alg": (PLAIN.replace('"alg":"Ed25519",', ""), "header"),
    "other typ": (PLAIN.replace("record", "acceptance"), "typ"),
    "no typ": (PLAIN.replace(',"typ":"prooflight.record+jws"', ""), "typ"),
    "typ twice": (PLAIN.replace("{", '{"typ":"prooflight.acceptance+jws",'), "header"),
    "key inside": (PLAIN.replace("{", '{"jwk":{"kty":"OKP"},'), "header"),
    "key by address": (PLAIN.replace("{", '{"jku":"https://example.net/k",'), "header"),
    "certificate inside": (PLAIN.replace("{", '{"x5c":["AA"],'), "header"),
    "critical member": (PLAIN.replace("{", '{"crit":["b64"],"b64":false,'), "header"),
    "kid of no key": (HEADER % "nobody", "unknown_key"),
    "kid not text": (PLAIN.replace('"KID"', "7"), "header"),
    "list": ("[]", "header"),
    "huge": (PLAIN.replace("{", "{" + " " * 600), "header"),
}


@pytest.mark.parametrize(("header", "reason"), HEADERS.values(), ids=HEADERS)
def test_a_header_is_never_believed(ring: Ring, header: str, reason: str) -> None:
    header = header.replace("KID", ring.station.kid)
    token = seal.seal(PAYLOAD, typ=seal.RECORD, key=ring.station).token
    mac = hmac.digest(decode(ring.station.x), f"{encode(header.encode())}.{encode(PAYLOAD)}".encode(), "sha256")
    for signature in (None, b"", mac):
        assert refusal(forged(token, header, signature=signature), ring.trust) == reason


def test_the_key_of_one_role_may_not_sign_for_another(ring: Ring) -> None:
    assert refusal(seal.seal(PAYLOAD, typ=seal.RECORD, key=ring.acceptor).token, ring.trust) == "role"


def test_a_key_that_is_not_pinned_is_not_believed(ring: Ring) -> None:
    assert refusal(seal.seal(PAYLOAD, typ=seal.RECORD, key=ring.stranger).token, ring.trust) == "unknown_key"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t: t + "=",
        lambda t: t + "\n",
        lambda t: " " + t,
        lambda t: t.replace(".", ". ", 1),
        lambda t: t + ".",
        lambda t: t.rsplit(".", 1)[0],
        lambda t: t.rsplit(".", 1)[0] + ".",
        lambda t: "",
        lambda t: t[:-1] + chr(ord(t[-1]) + 1),  # the same 64 bytes with another stray bit, or other bytes
        lambda t: "é" + t[1:],
        lambda t: t + "A" * 100_000,
    ],
)
def test_one_object_has_one_spelling(ring: Ring, spoil: object) -> None:
    token = seal.seal(PAYLOAD, typ=seal.RECORD, key=ring.station).token
    assert refusal(spoil(token), ring.trust) in ("encoding", "signature", "size")  # type: ignore[operator]


def test_no_flipped_bit_is_believed(ring: Ring) -> None:
    raw = bytearray(seal.seal(PAYLOAD, typ=seal.RECORD, key=ring.station).token.encode())
    for place in range(len(raw)):
        for bit in range(8):
            raw[place] ^= 1 << bit
            refusal(raw.decode("latin-1"), ring.trust)
            raw[place] ^= 1 << bit


@pytest.mark.parametrize("payload", [b'{"a":1,"a":2}', b"[]", b'{"a":NaN}', b"{", b'{"a":"' + b"x" * 70_000 + b'"}'])
def test_content_that_is_not_a_strict_object_is_neither_sealed_nor_believed(ring: Ring, payload: bytes) -> None:
    with pytest.raises(strict_json.JsonError):
        seal.seal(payload, typ=seal.RECORD, key=ring.station)
    from joserfc import jws
    from joserfc.jwk import OKPKey

    header = {"alg": "Ed25519", "kid": ring.station.kid, "typ": seal.RECORD}
    token = jws.serialize_compact(header, payload, OKPKey.import_key({**ring.station.jwk}), algorithms=["Ed25519"])
    assert refusal(token, ring.trust) in ("payload", "size")


JANUARY, MARCH, MAY = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 3, 5))


@pytest.mark.parametrize(
    ("extra", "at", "reason"),
    [
        ({"not_before": "2026-02-01T00:00:00+00:00"}, JANUARY, "validity"),
        ({"not_before": "2026-02-01T00:00:00+00:00"}, MARCH, None),
        ({"not_after": "2026-02-01T00:00:00+00:00"}, MARCH, "validity"),
        ({"not_after": "2026-02-01T00:00:00+00:00"}, None, None),
        ({"revoked": {"time": "2026-04-01T00:00:00+00:00", "reason": "stolen"}}, MARCH, None),
        ({"revoked": {"time": "2026-04-01T00:00:00+00:00", "reason": "stolen"}}, MAY, "revoked"),
        ({"revoked": {"time": "2026-04-01T00:00:00+00:00", "reason": "lost", "last_good_seq": 2}}, MAY, "revoked"),
        ({"revoked": {"time": "2026-04-01T00:00:00+00:00", "reason": "lost", "last_good_seq": 3}}, MAY, None),
        (
            {"revoked": {"time": "2026-04-01T00:00:00Z", "reason": "", "last_good_epoch": 0, "last_good_seq": 9}},
            MAY,
            "revoked",
        ),
    ],
)
def test_a_key_is_believed_while_it_is_valid_and_for_what_came_before_its_revocation(
    ring: Ring, extra: dict[str, object], at: datetime | None, reason: str | None
) -> None:
    trust = parse_trust(strict_json.write({"keys": [ring.entries[0] | extra]}), "trust.jwks")
    token = seal.seal(PAYLOAD, typ=seal.RECORD, key=ring.station).token
    if reason is None:
        assert seal.open_sealed(token, typ=seal.RECORD, trust=trust, at=at).content["seq"] == 3
    else:
        assert refusal(token, trust, at) == reason


@given(st.text(max_size=80) | st.from_regex(re.compile(r"[A-Za-z0-9_-]{0,40}(\.[A-Za-z0-9_-]{0,40}){0,3}")))
def test_garbage_is_never_believed(garbage: str) -> None:
    refusal(garbage, Trust())


@pytest.mark.parametrize("typ", sorted(seal.ROLE_OF))
@pytest.mark.parametrize("role", ["station", "acceptor", "order", "reflector", "criteria", "stranger"])
def test_a_key_of_one_role_signs_nothing_of_another(typ: str, role: str, ring: Ring) -> None:
    token = seal.seal(b"{}", typ=typ, key=getattr(ring, role)).token
    if seal.ROLE_OF[typ] == role:
        assert seal.open_sealed(token, typ=typ, trust=ring.trust).key.role == role
        return
    with pytest.raises(seal.SealError) as caught:
        seal.open_sealed(token, typ=typ, trust=ring.trust)
    assert caught.value.reason == ("unknown_key" if role == "stranger" else "role")
