"""An opening is read by its own key only, and the key that opens can do nothing else."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent import cli, enrolment, opening, opening_key, seal
from agent.base64url import decode, encode
from agent.commitment import disclose
from agent.keys import KeyFileError, new_private
from agent.opening import OpeningError
from agent.opening_key import OpeningKey
from agent.trust import Revocation, Trust, TrustedKey, TrustError, load_trust, parse_trust
from tests.agent import samples

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TOLD = (samples.SERIAL, disclose("technician", "4711", samples.SALT))
OF = "ab" * 32


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("opening")
    made.chmod(0o700)
    return made


@pytest.fixture(scope="module")
def key(folder: Path) -> OpeningKey:
    return opening_key.new_private(folder / "opening.key")


@pytest.fixture(scope="module")
def pinned(folder: Path, key: OpeningKey) -> TrustedKey:
    enrolment.enrol(folder / "trust.jwks", enrolment.request(key), role="opening", name="privacy officer")
    found = opening.key_for(load_trust(folder / "trust.jwks"), NOW)
    assert found is not None
    return found


def test_what_was_sealed_is_opened_by_its_key_and_names_its_object(key: OpeningKey, pinned: TrustedKey) -> None:
    token = opening.seal(OF, TOLD, pinned)
    assert opening.read(token) == opening.Sealed(of=OF, kid=key.kid)
    assert opening.opened(token, key) == TOLD
    assert token != opening.seal(OF, TOLD, pinned), "each has a key of its own"


def test_another_key_opens_nothing(folder: Path, pinned: TrustedKey) -> None:
    other = opening_key.new_private(folder / "other.key")
    token = opening.seal(OF, TOLD, pinned)
    with pytest.raises(OpeningError, match="for another key"):
        opening.opened(token, other)
    with pytest.raises(OpeningError, match="was changed"):
        opening.opened(token, replace(other, kid=pinned.kid))


@pytest.mark.parametrize("part", [0, 2, 3, 4], ids=["header", "nonce", "content", "tag"])
def test_a_changed_opening_is_refused(part: int, key: OpeningKey, pinned: TrustedKey) -> None:
    parts = opening.seal(OF, TOLD, pinned).split(".")
    raw = bytearray(decode(parts[part]))
    if part == 0:
        raw = bytearray(raw.replace(OF.encode(), b"cd" * 32))
    else:
        raw[0] ^= 1
    parts[part] = encode(bytes(raw))
    with pytest.raises(OpeningError, match="was changed"):
        opening.opened(".".join(parts), key)


HEADER = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": "k", "typ": opening.TYP, "of": OF, "epk": {}}


@pytest.mark.parametrize(
    "changes",
    [{"alg": "dir"}, {"alg": "none"}, {"enc": "A128GCM"}, {"typ": "JWT"}, {"of": 1}, {"zip": "DEF"}, {"crit": ["of"]}],
    ids=str,
)
def test_a_header_of_another_kind_is_refused(changes: dict[str, object]) -> None:
    made = encode(json.dumps(HEADER | changes).encode())
    with pytest.raises(OpeningError, match="not an opening"):
        opening.read(f"{made}..AAAA.AAAA.AAAA")


@given(st.text(max_size=300))
def test_garbage_is_no_opening(text: str) -> None:
    with pytest.raises(OpeningError) as caught:
        opening.read(text)
    assert "\n" not in str(caught.value)


def test_a_file_of_openings_reads_back() -> None:
    assert opening.parse_file(opening.write_file({OF: TOLD})) == {OF: TOLD}


@given(st.one_of(st.binary(max_size=100), st.text(max_size=100).map(str.encode)))
def test_garbage_is_no_file_of_openings(raw: bytes) -> None:
    with pytest.raises(OpeningError):
        opening.parse_file(raw)


def test_openings_are_for_the_newest_key_that_is_in_force(pinned: TrustedKey) -> None:
    old = replace(pinned, kid="old")
    late, early = replace(pinned, kid="late"), replace(pinned, kid="early")
    late, early = replace(late, not_before=NOW + timedelta(days=1)), replace(early, not_after=NOW - timedelta(days=1))
    gone = replace(pinned, kid="gone", revoked=Revocation(time=NOW, reason="lost"))
    signs = replace(pinned, kid="signs", role="acceptor")
    keys = {key.kid: key for key in (old, pinned, late, early, gone, signs)}
    assert opening.key_for(Trust(keys=keys), NOW) == pinned
    assert opening.key_for(Trust(keys={"gone": gone, "signs": signs}), NOW) is None


def test_a_key_of_one_kind_is_not_enrolled_as_the_other(folder: Path, key: OpeningKey) -> None:
    signs = new_private(folder / "signs.key")
    for request, role in ((enrolment.request(signs), "opening"), (enrolment.request(key), "acceptor")):
        with pytest.raises(KeyFileError, match=r"must be a public P-256 key|not the request of an Ed25519 key"):
            enrolment.enrol(folder / "none.jwks", request, role=role, name="x")
    assert not (folder / "none.jwks").exists()


def test_a_request_for_another_s_opening_key_is_refused(folder: Path, key: OpeningKey) -> None:
    thief = opening_key.new_private(folder / "thief.key")
    payload = json.dumps({"v": 1, "jwk": key.public()}).encode()
    for signer in (thief, replace(thief, kid=key.kid)):
        token = opening_key.sign_request(signer, payload, seal.ENROLMENT)
        with pytest.raises(KeyFileError, match="signed by another key"):
            enrolment.proven_point(token)


def test_a_point_beside_the_curve_and_a_key_in_another_form_are_refused(folder: Path, pinned: TrustedKey) -> None:
    entry = json.loads((folder / "trust.jwks").read_text())["keys"][0]
    shifted = bytearray(decode(entry["y"]))
    shifted[31] ^= 1
    for changes in ({"y": encode(bytes(shifted))}, {"y": "AA"}, {"crv": "Ed25519"}, {"role": "station"}, {"kid": "x"}):
        with pytest.raises(TrustError, match=r"keys\[0\]"):
            parse_trust(json.dumps({"keys": [entry | changes]}).encode(), "trust.jwks")


def test_an_opening_key_signs_nothing_that_is_believed(folder: Path, key: OpeningKey, pinned: TrustedKey) -> None:
    token = opening_key.sign_request(key, b"{}", seal.RECORD)
    with pytest.raises(seal.SealError, match="alg is not Ed25519"):
        seal.open_sealed(token, typ=seal.RECORD, trust=load_trust(folder / "trust.jwks"))
    signs = new_private(folder / "own.key")
    forged = seal.seal(b"{}", typ=seal.RECORD, key=replace(signs, kid=key.kid)).token
    with pytest.raises(seal.SealError, match="pinned as opening"):
        seal.open_sealed(forged, typ=seal.RECORD, trust=load_trust(folder / "trust.jwks"))


def test_keys_are_made_and_shown_by_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "made.key"
    assert cli.main(["keys", "new", str(path), "--role", "opening"]) == 0
    assert cli.main(["keys", "show", str(path), "--json"]) == 0
    told = capsys.readouterr().out
    assert "P-256 key" in told and json.loads(path.read_text())["d"] not in told
    assert path.stat().st_mode & 0o777 == 0o600
    assert opening_key.load_private(path).kid in told
    assert "d" not in json.loads(told.splitlines()[-1])["jwk"]
    path.chmod(0o644)
    with pytest.raises(KeyFileError, match="others may read"):
        opening_key.load_private(path)
