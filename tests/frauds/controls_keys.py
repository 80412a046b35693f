"""Controls on keys and seals: who is believed, and in which spelling."""

from agent import base64url, enrolment, keys, record_form, seal
from diagnostics import strict_json
from tests.frauds.control import Control

CONTROLS = {
    "pinned keys only": Control(
        seal.signer,
        "trust.keys.get(envelope.kid)",
        "trust.keys.get(envelope.kid) or next(k for k in trust.keys.values() if k.role == ROLE_OF[envelope.typ])",
        {
            "at the gate, an order that a stranger signed": "not admitted",
            "at the gate, a proof of a stranger": "not admitted",
            "key that nobody pinned": "not believed",
            "reflector name pointed at a laptop": "review",
            "order of a stranger": "not admitted",
        },
    ),
    "keys keep to their role": Control(
        seal.check_role,
        "key.role != ROLE_OF[typ]",
        "False",
        {
            "at the gate, an order that the station signed": "went through",
            "at the gate, a proof of the order key": "not admitted",
            "bundle that the station accepted itself": "valid",
            "key of another role": "not believed",
            "decision by a helper's key": "closed",
            "decision by the acceptor's key": "closed",
        },
    ),
    "signatures": Control(
        seal.verify_signature,
        "except (InvalidSignature, ValueError) as error:\n        raise",
        "except (InvalidSignature, ValueError) as error:\n        return\n        raise",
        {"signature by another key": "closed", "enrolment without the private key": "went through"},
    ),
    "types": Control(
        seal._signer_and_algorithm, 'header.get("typ") != typ', "False", {"object of another type": "closed"}
    ),
    "three members in a header": Control(
        seal._signer_and_algorithm,
        'sorted(set(header) - {"alg", "kid", "typ"})',
        "[]",
        {"key inside the record": "not believed"},
    ),
    "algorithms of pinned keys": Control(
        seal._signer_and_algorithm,
        'header.get("alg") not in allowed',
        "False",
        {"alg none": "not believed", "HMAC with the public key": "not believed"},
    ),
    "the algorithm of the key": Control(
        seal.check_algorithm,
        "envelope.algorithm != key.algorithm",
        "False",
        {"ES256 under an Ed25519 kid": "not believed"},
    ),
    "one spelling of a signature": Control(
        seal._verify_es256, "or s > _HALF_ORDER", "", {"other signature of a TPM's": "recorded"}
    ),
    "revoked keys": Control(
        seal.check_revocation,
        "key.revoked is None or",
        "True or",
        {"revoked key": "closed", "revoked key at the gate": "went through", "revoked reflector key": "closed"},
    ),
    "revoked keys, without a clock": Control(
        seal.refuse_revoked, "opened.key.revoked is not None", "False", {"revoked order key": "went through"}
    ),
    "each JSON key once": Control(
        strict_json._once_each, "len(made) != len(pairs)", "False", {"duplicate JSON keys": "closed"}
    ),
    "base64url's alphabet": Control(
        base64url.decode,
        "spelt.translate(None, _ALPHABET)",
        "False",
        {"padded base64": "not believed", "spaced base64": "not believed"},
    ),
    "one spelling": Control(
        base64url.decode,
        "tail and encode(raw[1 - tail :]) != text[-tail:]",
        "False",
        {"stray bits in base64": "closed"},
    ),
    "the fields of a record": Control(
        record_form.from_json,
        'root.exactly(*FIELDS[tx], of=f"of a {tx} record")',
        "()",
        {"key inside the record's content": "review"},
    ),
    "no point of small order": Control(
        keys.check_point, "y in _SMALL_ORDER_Y", "False", {"small-order key": "went through"}
    ),
    "canonical points": Control(
        keys.check_point, "y >= _PRIME", "False", {"key that is not canonical": "went through"}
    ),
    "proof of possession": Control(
        enrolment.proven,
        'envelope.kid != thumbprint(jwk["x"])',
        "False",
        {"enrolment of another's key": "not enrolled"},
    ),
    "the offered key signs": Control(
        enrolment.proven,
        'seal.verify_signature(envelope, jwk["x"])',
        "pass",
        {"enrolment without the private key": "went through"},
    ),
    "one role for a key": Control(
        enrolment.enrol, 'known.get("kid") == entry["kid"]', "False", {"one key for two stations": "not enrolled"}
    ),
    "one key for a station": Control(
        enrolment.enrol,
        '(known["role"], known["name"]) == (role, name)',
        "False",
        {"second key for a station": "went through"},
    ),
}
