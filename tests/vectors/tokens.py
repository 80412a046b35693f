"""Sealed objects by themselves: algorithm confusions, header tricks, encodings, signatures; each as an open record."""

import json
from typing import Any

from agent import seal
from agent.base64url import decode, encode
from tests.vectors import ring, story
from tests.vectors.ring import GROUP_ORDER, header, key, token

FAILED, SKIPPED, FINE = "FAILED", "NOT CHECKED", "OK"
OBJECT = ("types", "algorithms", "signatures", "keys", "revocation")
TYPES = (FAILED, SKIPPED, SKIPPED, SKIPPED, SKIPPED)  # could not be taken apart
ALGORITHMS = (FINE, FAILED, SKIPPED, SKIPPED, SKIPPED)
FORM = (FAILED, FINE, FINE, FINE, FINE)
SIGNATURES = (FINE, FINE, FAILED, FINE, FINE)
UNKNOWN = (FINE, FINE, SKIPPED, FAILED, SKIPPED)
ROLE = (FINE, FINE, FINE, FAILED, FINE)
BELIEVED = (FINE,) * 5

RECORD = story.Box().open(story.order())
HEAD, PAYLOAD, SIGNATURE = ring.parts(RECORD)
SIGNED = RECORD.rpartition(".")[0]
_JWK = key("station").public()
_PUBLIC = decode(key("station").x)


def _plain(text: str, signature: bytes | None = None) -> str:
    """A token with a header written out by hand."""
    return token(text.replace("KID", key("station").kid).encode(), PAYLOAD, signature=signature)


def _headed(**changes: Any) -> str:
    return token(header(seal.RECORD, **changes), PAYLOAD)


def _confusions() -> dict[str, tuple[str, tuple[str, ...]]]:
    hs256, es256 = header(seal.RECORD, alg="HS256"), header(seal.RECORD, alg="ES256")
    jwk_text = b'{"crv":"Ed25519","kty":"OKP","x":"' + key("station").x.encode() + b'"}'
    none = header(seal.RECORD, alg="none")
    made = {
        "none without a signature": token(none, PAYLOAD, signature=b""),
        "none with a right signature": token(none, PAYLOAD),
        "None in capitals": _headed(alg="NONE"),
        "HS256 by the public key": token(hs256, PAYLOAD, signature=ring.mac(hs256, PAYLOAD, _PUBLIC)),
        "HS256 by the public JWK": token(hs256, PAYLOAD, signature=ring.mac(hs256, PAYLOAD, jwk_text)),
        "HS256 by nothing": token(hs256, PAYLOAD, signature=ring.mac(hs256, PAYLOAD, b"")),
        "ES256 under an Ed25519 kid": token(es256, PAYLOAD, signature=ring.es256(es256, PAYLOAD)),
        "EdDSA, the old name": _headed(alg="EdDSA"),
        "ed25519 in small letters": _headed(alg="ed25519"),
        "Ed448": _headed(alg="Ed448"),
        "no alg": _headed(alg=None),
        "alg a list": _headed(alg=["Ed25519"]),
        "alg a number": _headed(alg=0),
    }
    return {name: (each, ALGORITHMS) for name, each in made.items()} | {
        "ES256 signature under Ed25519": (token(HEAD, PAYLOAD, signature=ring.es256(HEAD, PAYLOAD)), SIGNATURES),
        "HMAC under Ed25519": (token(HEAD, PAYLOAD, signature=ring.mac(HEAD, PAYLOAD, _PUBLIC)), SIGNATURES),
    }


def _tricks() -> dict[str, tuple[str, tuple[str, ...]]]:
    members: dict[str, Any] = {
        "jwk": _JWK,
        "jku": "https://example.net/keys",
        "x5c": ["MIIB"],
        "x5u": "https://example.net/cert",
        "x5t": "AA",
        "crit": ["exp"],
        "b64": False,
        "cty": "JWT",
        "zip": "DEF",
        "enc": "A256GCM",
        "note": "",
    }
    made = {f"a header with {name}": (_headed(**{name: value}), ALGORITHMS) for name, value in members.items()}
    text = '{"alg":"Ed25519","kid":"KID","typ":"prooflight.record+jws"}'
    wrong_typ = {
        "typ of an acceptance": _headed(typ=seal.ACCEPTANCE),
        "typ of JWT": _headed(typ="JWT"),
        "typ in capitals": _headed(typ=seal.RECORD.upper()),
        "typ with application/": _headed(typ=f"application/{seal.RECORD}"),
        "no typ": _headed(typ=None),
        "typ a list": _headed(typ=[seal.RECORD]),
    }
    made |= {name: (each, TYPES) for name, each in wrong_typ.items()}
    made |= {name: (each, ALGORITHMS) for name, each in _malformed(text).items()}
    return made | {
        "members in another order": (
            _plain('{"typ":"prooflight.record+jws","kid":"KID","alg":"Ed25519"}'),
            BELIEVED,
        ),
        "spaces in the header": (_plain(text.replace(",", ", ")), BELIEVED),
        "kid of no key": (_headed(kid="nobody"), UNKNOWN),
        "kid of a stranger, who signed": (token(header(seal.RECORD, "stranger"), PAYLOAD, "stranger"), UNKNOWN),
        "kid of the acceptor, who signed": (token(header(seal.RECORD, "acceptor"), PAYLOAD, "acceptor"), ROLE),
    }


def _malformed(text: str) -> dict[str, str]:
    return {
        "crit and b64": _headed(crit=["b64"], b64=False),
        "crit empty": _headed(crit=[]),
        "alg twice": _plain(text.replace("{", '{"alg":"none",')),
        "alg twice, once escaped": _plain(text.replace("{", '{"\\u0061lg":"none",')),
        "typ twice": _plain(text.replace("{", '{"typ":"prooflight.acceptance+jws",')),
        "kid twice": _plain(text.replace("{", '{"kid":"other",')),
        "no kid": _headed(kid=None),
        "kid a number": _headed(kid=7),
        "a list as header": _plain("[]"),
        "header no JSON": _plain("{"),
        "header with bytes behind": _plain(text + "x"),
        "header nested": _plain(text.replace("{", '{"a":{"b":{}},')),
        "header of 513 bytes": _plain(text.replace("{", "{" + " " * 500)),
    }


def _encodings() -> dict[str, tuple[str, tuple[str, ...]]]:
    head, payload, signature = RECORD.split(".")
    assert len(SIGNATURE) == 64
    stray = signature[:-1] + chr(ord(signature[-1]) + 1)  # 64 bytes leave four bits of the last letter unused
    dashed = next(n for n in range(99) if {"-", "_"} & set(_noted(n).rpartition(".")[2]))
    other = _noted(dashed)
    made = {
        "padding behind": RECORD + "=",
        "padding twice": RECORD + "==",
        "padding in the header": f"{head}=.{payload}.{signature}",
        "a newline behind": RECORD + "\n",
        "a space before": " " + RECORD,
        "a space inside": f"{head}. {payload}.{signature}",
        "the other alphabet": other.rpartition(".")[0] + "." + other.rpartition(".")[2].translate({45: "+", 95: "/"}),
        "stray bits in the last letter": f"{head}.{payload}.{stray}",
        "four parts": RECORD + ".",
        "five parts": f"{head}..AA.{payload}.{signature}",
        "two parts": f"{head}.{payload}",
        "nothing": "",
        "not ASCII": "é" + RECORD[1:],
        "a letter like A": RECORD.replace("A", "\u0391", 1),
        "JSON serialisation": json.dumps({"payload": payload, "protected": head, "signature": signature}),
        "longer than any token": f"{head}.{payload}{'A' * 90_000}.{signature}",
        "a part of a length that none has": f"{head}.{payload}.{signature}AAA",
    }
    return {name: (each, TYPES) for name, each in made.items()} | {
        "detached payload": (f"{head}..{signature}", (FAILED, FINE, FAILED, FINE, FINE)),
        "two dots": ("..", ALGORITHMS),
    }


def _noted(number: int) -> str:
    return story.Box().open(story.order(), environment={"n": number})


def _signatures() -> dict[str, tuple[str, tuple[str, ...]]]:
    point, scalar = SIGNATURE[:32], int.from_bytes(SIGNATURE[32:], "little")
    identity = (1).to_bytes(32, "little")
    made = {
        "none": b"",
        "one byte short": SIGNATURE[:-1],
        "one byte more": SIGNATURE + b"\0",
        "all zero": bytes(64),
        "S + L": point + (scalar + GROUP_ORDER).to_bytes(32, "little"),
        "S = L": point + GROUP_ORDER.to_bytes(32, "little"),
        "S of all ones": point + b"\xff" * 32,
        "R the identity, S zero": identity + bytes(32),
        "R not canonical": (2**255 - 18).to_bytes(32, "little") + SIGNATURE[32:],
        "R and S exchanged": SIGNATURE[32:] + point,
        "of another record": ring.parts(_noted(0))[2],
        "by the stranger": ring.parts(token(HEAD, PAYLOAD, "stranger"))[2],
        "over the decoded text": ring.raw_signature(HEAD + b"." + PAYLOAD),
        "over the payload alone": ring.raw_signature(encode(PAYLOAD).encode()),
    }
    return {f"signature {name}": (f"{SIGNED}.{encode(each)}", SIGNATURES) for name, each in made.items()}


def _payloads() -> dict[str, tuple[str, tuple[str, ...]]]:
    made = {
        "a key twice": PAYLOAD.replace(b"{", b'{"v":1,', 1),
        "a key twice, deep": PAYLOAD.replace(b'"clock":{', b'"clock":{"status":"U",', 1),
        "NaN": PAYLOAD.replace(b'"attempt":1', b'"attempt":NaN'),
        "1.0 for 1": PAYLOAD.replace(b'"attempt":1', b'"attempt":1.0'),
        "true for 1": PAYLOAD.replace(b'"attempt":1', b'"attempt":true'),
        "nine deep": PAYLOAD.replace(b'"environment":{', b'"environment":{"a":[[[[[[[[]]]]]]]],', 1),
        "BOM": b"\xef\xbb\xbf" + PAYLOAD,
        "bytes behind": PAYLOAD + b"{}",
        "a list": b"[" + PAYLOAD + b"]",
        "empty": b"",
        "a field missing": PAYLOAD.replace(b'"attempt":1,', b""),
        "a foreign field": PAYLOAD.replace(b"{", b'{"x":1,', 1),
        "version 2": PAYLOAD.replace(b'"v":1', b'"v":2'),
        "a digest in capitals": PAYLOAD.replace(b"1" * 64, b"A" * 64),
        "an acceptance": ring.parts(story.sound().acceptance or "")[1],
    }
    return {f"payload: {name}": (token(HEAD, each), FORM) for name, each in made.items()} | {
        "payload: members in another order": (token(HEAD, b'{"v":1,' + PAYLOAD.replace(b'"v":1,', b"")[1:]), BELIEVED),
        "payload: spaces": (token(HEAD, PAYLOAD.replace(b",", b" ,\n")), BELIEVED),
    }


def vectors() -> list[dict[str, Any]]:
    """Each token with the five answers about it as a record, by trust.jwks, at story.NOW."""
    cases = {"sound": (RECORD, BELIEVED)} | _confusions() | _tricks() | _encodings() | _signatures() | _payloads()
    return [
        {"name": name, "token": made, "checks": dict(zip(OBJECT, answers, strict=True))}
        for name, (made, answers) in cases.items()
    ]
