"""Keys and trust files: read strictly, kept privately, and no point under which any signature fits."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.base64url import encode
from agent.keys import KeyFileError, check_point, load_private, new_private, thumbprint
from agent.trust import TrustError, parse_trust
from diagnostics import strict_json
from tests.agent.conftest import Ring

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P


def added(one: tuple[int, int], two: tuple[int, int]) -> tuple[int, int]:
    """The sum of two points of edwards25519 (RFC 8032 5.1.4, affine)."""
    (x1, y1), (x2, y2) = one, two
    k = D * x1 * x2 * y1 * y2 % P
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P


def root(y: int) -> int | None:
    """An x that belongs to y on the curve, or None (RFC 8032 5.1.3)."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if x * x % P == square else x * pow(2, (P - 1) // 4, P) % P
    return x if x * x % P == square else None


def small_order_ys() -> set[int]:
    """The y of every point whose order divides 8, found by multiplying points of the curve with the prime order."""
    found = set()
    for y in range(2, 60):
        x = root(y)
        if x is None:
            continue
        left, point, total = 2**252 + 27742317777372353535851937790883648493, (x, y), (0, 1)
        while left:
            total = added(total, point) if left & 1 else total
            point, left = added(point, point), left >> 1
        found.add(total[1])
    return found


def test_every_point_of_small_order_is_refused_with_either_sign() -> None:
    ys = small_order_ys()
    assert len(ys) == 5
    for y in ys:
        for sign in (0, 1 << 255):
            with pytest.raises(KeyFileError, match="small order"):
                check_point(encode((y | sign).to_bytes(32, "little")))


@pytest.mark.parametrize("y", [P, P + 1, P + 2, 2**255 - 1])
def test_a_point_that_is_not_canonical_is_refused(y: int) -> None:
    with pytest.raises(KeyFileError, match="canonical"):
        check_point(encode(y.to_bytes(32, "little")))


def test_the_key_id_is_the_thumbprint_of_rfc_8037_appendix_a() -> None:
    assert thumbprint("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo") == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_a_new_key_is_ours_alone_and_reads_back(tmp_path: Path) -> None:
    made = new_private(tmp_path / "own" / "station.jwk")
    assert (tmp_path / "own" / "station.jwk").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o700
    assert load_private(tmp_path / "own" / "station.jwk") == made
    assert made.jwk["d"] not in repr(made)


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "own" / "station.jwk"
    before = new_private(path)
    with pytest.raises(KeyFileError, match="never overwritten"):
        new_private(path)
    assert load_private(path) == before


@pytest.mark.parametrize(
    ("file_mode", "folder_mode", "words"),
    [(0o644, 0o700, "chmod 600"), (0o640, 0o700, "chmod 600"), (0o600, 0o755, "chmod 700")],
)
def test_a_key_that_others_can_reach_is_refused(tmp_path: Path, file_mode: int, folder_mode: int, words: str) -> None:
    path = tmp_path / "own" / "station.jwk"
    new_private(path)
    path.chmod(file_mode)
    path.parent.chmod(folder_mode)
    with pytest.raises(KeyFileError, match=words):
        load_private(path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda jwk: jwk | {"x": encode(bytes(32))},
        lambda jwk: jwk | {"x": encode(b"\x07" * 32)},
        lambda jwk: jwk | {"d": "AAAA"},
        lambda jwk: jwk | {"d": "not base64"},
        lambda jwk: jwk | {"d": 7},
        lambda jwk: jwk | {"crv": "X25519"},
        lambda jwk: {k: v for k, v in jwk.items() if k != "d"},
        lambda jwk: [],
    ],
)
def test_a_spoilt_key_file_is_refused_in_one_line(tmp_path: Path, spoil: object) -> None:
    path = tmp_path / "own" / "station.jwk"
    jwk = dict(new_private(path).jwk)
    path.write_bytes(strict_json.write(spoil(jwk)))  # type: ignore[operator]
    with pytest.raises(KeyFileError) as caught:
        load_private(path)
    assert jwk["d"] not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rol": "station"}, "'rol' is not a field; did you mean role"),
        ({"role": "statoin"}, "did you mean station"),
        ({"kid": "x"}, "thumbprint"),
        ({"alg": "HS256"}, "alg must be Ed25519"),
        ({"kty": "oct"}, "kty must be OKP"),
        ({"x": encode(bytes(32))}, "small order"),
        ({"name": ""}, "name must be text"),
        ({"not_after": "tomorrow"}, "not_after must be a time"),
        ({"not_after": "2026-01-01T00:00:00"}, "offset from UTC"),
        ({"revoked": {"time": "2026-01-01T00:00:00Z"}}, "reason is missing"),
        ({"revoked": {"time": "2026-01-01T00:00:00Z", "reason": "", "last_good_seq": -1}}, "whole numbers"),
        ({"d": "secret"}, "'d' is not a field"),
    ],
)
def test_a_wrong_field_of_a_trust_file_is_named(ring: Ring, change: dict[str, object], words: str) -> None:
    with pytest.raises(TrustError, match=words) as caught:
        parse_trust(strict_json.write({"keys": [ring.entries[1], ring.entries[0] | change]}), "trust.jwks")
    assert "trust.jwks: keys[1]" in str(caught.value)


def test_one_key_cannot_stand_in_a_trust_file_with_two_roles(ring: Ring) -> None:
    twice = [ring.entries[0], ring.entries[0] | {"role": "acceptor"}]
    with pytest.raises(TrustError, match="one role"):
        parse_trust(strict_json.write({"keys": twice}), "trust.jwks")


FIELDS = st.sampled_from(["kty", "crv", "alg", "x", "kid", "role", "name", "not_before", "not_after", "revoked"])
VALUES = (
    st.none()
    | st.integers()
    | st.text(max_size=5)
    | st.lists(st.none(), max_size=1)
    | st.just({"time": 3, "reason": 4})
)


@given(st.dictionaries(FIELDS, VALUES) | VALUES, st.binary(max_size=30))
def test_a_garbled_trust_file_pins_nothing(entry: object, raw: bytes) -> None:
    for garbage in (raw, strict_json.write({"keys": [entry]}), strict_json.write({"keys": entry})):
        try:
            trust = parse_trust(garbage, "trust.jwks")
        except TrustError as error:
            assert "\n" not in str(error)
        else:
            assert trust.keys == {}
