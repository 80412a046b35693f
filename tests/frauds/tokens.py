"""Frauds with seals: keys, algorithms and spellings that a careless verifier believes."""

import hmac
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from agent import enrolment, opening_key, seal
from agent.assignment import parse
from agent.base64url import decode, encode
from agent.keys import PrivateKey, public_jwk, thumbprint
from agent.trust import Revocation, Trust, parse_trust
from diagnostics import strict_json
from tests.agent import orders
from tests.agent.reflector.conftest import House as GateHouse
from tests.frauds.fraud import Fraud
from tests.frauds.gates import asking
from tests.frauds.house import Ending, House, stopped

Sign = Callable[[bytes], bytes]
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # SEC 2, secp256r1


def _ed25519(key: PrivateKey) -> Sign:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(decode(key.jwk["d"])).sign


def _token(header: dict[str, object], payload: bytes, sign: Sign) -> str:
    signed = f"{encode(strict_json.write(header))}.{encode(payload)}"
    return f"{signed}.{encode(sign(signed.encode()))}"


def _good(house: House) -> tuple[list[str], tuple[str, ...]]:
    """The records and receipts of a good visit, not handed in."""
    station = house.station()
    house.test(station, house.order(), gates=house.kernel())
    return [station.token(link) for link in station.links], station.witnesses(station.links[0].digest)


def _forged(house: House, header: dict[str, object], sign: Sign, payload: bytes | None = None) -> Ending:
    """A good visit whose result is sealed in another way."""
    (opened, closed), seen = _good(house)
    house.send(opened)
    raw = seal.read(closed, typ=seal.RECORD).payload if payload is None else payload
    whole = {"alg": "Ed25519", "kid": house.ring.station.kid, "typ": seal.RECORD} | header
    return house.send(_token(whole, raw, sign), *seen)


def key_inside(house: House) -> Ending:
    """The record brings the key by which it is to be verified."""
    stranger = house.ring.stranger
    return _forged(house, {"jwk": stranger.public(), "kid": stranger.kid}, _ed25519(stranger))


def key_in_the_content(house: House) -> Ending:
    """The record's content brings a key."""
    (opened, closed), _ = _good(house)
    house.send(opened)
    content = strict_json.parse_object(seal.read(closed, typ=seal.RECORD).payload)
    payload = strict_json.write(content | {"jwk": house.ring.stranger.public()})
    return house.send(seal.seal(payload, typ=seal.RECORD, key=house.ring.station).token)


def alg_none(house: House) -> Ending:
    """The header says that nothing is signed."""
    return _forged(house, {"alg": "none"}, lambda signed: b"")


def alg_hmac(house: House) -> Ending:
    """The signature is a MAC under the public key, which everybody has."""
    public = decode(house.ring.station.x)
    return _forged(house, {"alg": "HS256"}, lambda signed: hmac.digest(public, signed, "sha256"))


def es256(house: House) -> Ending:
    """A signature by a P-256 key of the technician's under the kid of the station's Ed25519 key."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    key = ec.generate_private_key(ec.SECP256R1())

    def sign(signed: bytes) -> bytes:
        return b"".join(n.to_bytes(32, "big") for n in decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256()))))

    return _forged(house, {"alg": "ES256"}, sign)


def twin_signature(house: House) -> Ending:
    """Somebody on the way turns the signature of a key in a TPM into the other one that fits."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    key = ec.generate_private_key(ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    x, y = (encode(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    kid = opening_key.thumbprint(x, y)
    entry = opening_key.public_jwk(x, y) | {"kid": kid, "alg": "ES256", "role": "station", "name": "station-1"}
    others = [other for other in house.ring.entries if other["role"] != "station"]
    (opened, _), _ = _good(house)
    house.trust = parse_trust(strict_json.write({"keys": [*others, entry]}), "trust.jwks")

    def sign(signed: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + max(s, _ORDER - s).to_bytes(32, "big")

    header: dict[str, object] = {"alg": "ES256", "kid": kid, "typ": seal.RECORD}
    return house.send(_token(header, seal.read(opened, typ=seal.RECORD).payload, sign))


def unknown_key(house: House) -> Ending:
    """A key that nobody pinned seals the record in the station's name."""
    return _forged(house, {"kid": house.ring.stranger.kid}, _ed25519(house.ring.stranger))


def wrong_role(house: House) -> Ending:
    """A reflector's key seals a record in the station's name."""
    return _forged(house, {"kid": house.ring.reflector.kid}, _ed25519(house.ring.reflector))


def wrong_signature(house: House) -> Ending:
    """The station's kid, and a signature by another key."""
    return _forged(house, {}, _ed25519(house.ring.stranger))


def record_as_receipt(house: House) -> Ending:
    """What was sealed as an admission is handed in as a record."""
    return _forged(house, {"typ": seal.ADMISSION}, _ed25519(house.ring.station))


def twice_in_json(house: House) -> Ending:
    """The outcome stands there twice, so that two readers read two results."""
    (opened, closed), seen = _good(house)
    house.send(opened)
    raw = seal.read(closed, typ=seal.RECORD).payload
    doubled = raw.replace(b'"outcome":"accepted"', b'"outcome":"rejected","outcome":"accepted"', 1)
    header: dict[str, object] = {"alg": "Ed25519", "kid": house.ring.station.kid, "typ": seal.RECORD}
    return house.send(_token(header, doubled, _ed25519(house.ring.station)), *seen)


def padded(house: House) -> Ending:
    """The same object in another spelling, so that its digest is another one."""
    (opened, closed), seen = _good(house)
    house.send(opened)
    return house.send(closed + "=", *seen)


def spaced(house: House) -> Ending:
    """The same with a space in it."""
    (opened, closed), seen = _good(house)
    house.send(opened)
    return house.send(closed.replace(".", " .", 1), *seen)


def stray_bits(house: House) -> Ending:
    """The same with another of the texts that a lax reader takes for the same bytes."""
    (opened, closed), seen = _good(house)
    house.send(opened)
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return house.send(closed[:-1] + digits[digits.index(closed[-1]) ^ 1], *seen)


def small_order(house: House) -> Ending:
    """The neutral point asks to be pinned; one signature under it fits whatever it is set to."""
    return _enrol_neutral(house, 1)


def not_canonical(house: House) -> Ending:
    """The same point in a spelling that a list of weak keys does not hold."""
    return _enrol_neutral(house, 2**255 - 18)


def _enrol_neutral(house: House, y: int) -> Ending:
    neutral = encode(y.to_bytes(32, "little"))
    fits_all = (1).to_bytes(32, "little") + bytes(32)
    header: dict[str, object] = {"alg": "Ed25519", "kid": thumbprint(neutral), "typ": seal.ENROLMENT}
    token = _token(header, strict_json.write({"v": 1, "jwk": public_jwk(neutral)}), lambda signed: fits_all)
    path = house.folder / "pinned.jwks"
    return stopped("not enrolled", lambda: enrolment.enrol(path, token, role="station", name="station-9"))


def not_its_own_key(house: House) -> Ending:
    """Somebody asks to have another's public key pinned in his name."""
    return _enrol_stations(house, house.ring.stranger.kid)


def not_held(house: House) -> Ending:
    """Somebody asks in another's name, without the private key."""
    return _enrol_stations(house, house.ring.station.kid)


def _enrol_stations(house: House, kid: str) -> Ending:
    payload = strict_json.write({"v": 1, "jwk": house.ring.station.public()})
    header: dict[str, object] = {"alg": "Ed25519", "kid": kid, "typ": seal.ENROLMENT}
    token = _token(header, payload, _ed25519(house.ring.stranger))
    path = house.folder / "pinned.jwks"
    return stopped("not enrolled", lambda: enrolment.enrol(path, token, role="station", name="station-9"))


def _revoke(house: House, key: PrivateKey) -> None:
    pinned = house.trust.keys[key.kid]
    revoked = replace(pinned, revoked=Revocation(time=house.now - timedelta(hours=3), reason="stolen"))
    house.trust = replace(house.trust, keys={**house.trust.keys, key.kid: revoked})


def revoked_station(house: House) -> Ending:
    """The station was reported stolen, and goes on working."""
    station = house.station()
    _revoke(house, house.ring.station)
    house.test(station, house.order(), gates=house.kernel())
    return house.hand_in(station)


def revoked_reflector(house: House) -> Ending:
    """The reflector's key was stolen, and signs what the thief likes."""
    station = house.station()
    _revoke(house, house.ring.reflector)
    house.test(station, house.order(), gates=house.kernel())
    return house.hand_in(station)


def revoked_order_key(house: House) -> Ending:
    """The order key was stolen, and signs easy orders."""
    given = house.order()
    _revoke(house, house.ring.order)
    raw = orders.file_of(seal.read(given.token, typ=seal.ORDER), given.order)
    return stopped("not admitted", lambda: parse(raw, lambda: house.trust))


class _Gate(GateHouse):
    """A gate whose trust file says that the station's key was revoked before."""

    @property
    def trust(self) -> Trust:
        key = self.ring.trust.keys[self.ring.station.kid]
        revoked = replace(key, revoked=Revocation(time=orders.ISSUED, reason="stolen"))
        return replace(self.ring.trust, keys={**self.ring.trust.keys, key.kid: revoked})


def revoked_at_the_gate(house: House) -> Ending:
    """A station that was reported stolen asks a reflector."""

    def asked(gate: GateHouse) -> tuple[str, str]:
        order = gate.order()
        return order.token, gate.proof(order)

    return asking(asked, house, _Gate)


def order_of_a_stranger(house: House) -> Ending:
    """Somebody else signs an order for this station."""
    order = orders.work_order()
    raw = orders.file_of(orders.signed(house.ring.stranger, order), order)
    return stopped("not admitted", lambda: parse(raw, lambda: house.trust))


def other_work_order_beside_it(house: House) -> Ending:
    """The signature of one work order around the text of another."""
    raw = orders.file_of(orders.signed(house.ring.order), orders.work_order(id="WO-7"))
    return stopped("not admitted", lambda: parse(raw, lambda: house.trust))


FRAUDS = {
    "key inside the record": Fraud(key_inside, "not believed", "holds 'jwk', which is not believed from a header"),
    "key inside the record's content": Fraud(key_in_the_content, "not believed", "jwk: is not a field"),
    "alg none": Fraud(alg_none, "not believed", "alg is not Ed25519 or ES256"),
    "HMAC with the public key": Fraud(alg_hmac, "not believed", "alg is not Ed25519 or ES256"),
    "ES256 under an Ed25519 kid": Fraud(es256, "not believed", "alg is not Ed25519, the algorithm"),
    "other signature of a TPM's": Fraud(twin_signature, "not believed", "the signature does not fit"),
    "key that nobody pinned": Fraud(unknown_key, "not believed", "is not in the trust file"),
    "key of another role": Fraud(wrong_role, "not believed", "is pinned as reflector"),
    "signature by another key": Fraud(wrong_signature, "not believed", "the signature does not fit"),
    "object of another type": Fraud(record_as_receipt, "not believed", "typ is not prooflight.record+jws"),
    "duplicate JSON keys": Fraud(twice_in_json, "not believed", "the key 'outcome' stands there twice"),
    "padded base64": Fraud(padded, "not believed", "not base64url"),
    "spaced base64": Fraud(spaced, "not believed", "not base64url"),
    "stray bits in base64": Fraud(stray_bits, "not believed", "not the one base64url spelling"),
    "key that is not canonical": Fraud(not_canonical, "not enrolled", "not a canonical point"),
    "enrolment without the private key": Fraud(not_held, "not enrolled", "the signature does not fit"),
    "small-order key": Fraud(small_order, "not enrolled", "a point of small order"),
    "enrolment of another's key": Fraud(not_its_own_key, "not enrolled", "signed by another key than it offers"),
    "revoked key": Fraud(revoked_station, "not believed", "was revoked: stolen"),
    "revoked reflector key": Fraud(revoked_reflector, "review", "is not here"),
    "revoked order key": Fraud(revoked_order_key, "not admitted", "was revoked: stolen"),
    "revoked key at the gate": Fraud(revoked_at_the_gate, "not admitted", "was revoked: stolen"),
    "order of a stranger": Fraud(order_of_a_stranger, "not admitted", "is not in the trust file"),
    "signed order around another text": Fraud(other_work_order_beside_it, "not admitted", "is for another work order"),
}
