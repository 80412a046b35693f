"""A kit is what a criteria key signed, to the last byte; whatever else it is, is refused before it is looked into."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent import seal
from agent.kit import manifest, package
from agent.kit.manifest import KitError, is_older
from agent.trust import Trust
from diagnostics import strict_json
from tests.agent.conftest import Ring
from tests.agent.kit.making import AT, criteria_files, family_files, kit

FILES = {"profiles/aa/profile.toml": b"one", "profiles/aa/captures/lit/x.txt": b"two"}
DIGEST = "0f" * 32


def test_a_kit_comes_back_as_it_was_made(ring: Ring) -> None:
    made = kit(ring, 7, family_files() | criteria_files(ring))
    read = package.opened(made.write(), ring.trust, AT)
    assert read == made
    assert (read.manifest.families, read.manifest.criteria) == (("broadcom_gpon",), ("mine",))
    assert (read.title, read.manifest.software, read.manifest.made_at) == ("north 7", "0.1.0", AT)
    assert sum(len(raw) for raw in read.files.values()) + len(read.token) + 1 == len(made.write())


def other_token(raw: bytes, ring: Ring) -> bytes:
    """Another kit's manifest over this one's files."""
    return kit(ring, 2, FILES | {"profiles/aa/profile.toml": b"ONE"}).token.encode() + raw[raw.index(b"\n") :]


BROKEN: dict[str, tuple[Callable[[bytes, Ring], bytes], str]] = {
    "nothing": (lambda raw, r: b"", "not a compact JWS"),
    "only its manifest": (lambda raw, r: raw.split(b"\n")[0], "bytes long and must be"),
    "cut by a byte": (lambda raw, r: raw[:-1], "bytes long and must be"),
    "a byte too long": (lambda raw, r: raw + b"x", "bytes long and must be"),
    "one file changed": (lambda raw, r: raw[:-1] + b"X", r"profile\.toml: is not the file that was signed"),
    "two files exchanged": (lambda raw, r: raw[:-6] + raw[-3:] + raw[-6:-3], "is not the file that was signed"),
    "a manifest of other files": (other_token, "is not the file"),
    "a manifest changed": (lambda raw, r: raw.replace(b".", b".A", 1), "signature is not believed"),
    "4 MiB of nothing": (lambda raw, r: b"\0" * (4 << 20), "not believed: the object is longer"),
    "4 MiB of line ends": (lambda raw, r: b"\n" * (4 << 20), "not a compact JWS"),
}


@pytest.mark.parametrize(("broken", "words"), BROKEN.values(), ids=BROKEN)
def test_what_was_not_signed_so_is_no_kit(broken: Callable[[bytes, Ring], bytes], words: str, ring: Ring) -> None:
    raw = broken(kit(ring, 1, FILES).write(), ring)
    with pytest.raises(KitError, match=words) as caught:
        package.opened(raw, ring.trust)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("role", ["station", "order", "acceptor", "reflector", "stranger"])
def test_no_other_key_signs_a_kit(role: str, ring: Ring) -> None:
    made = kit(ring, 1, FILES, key=getattr(ring, role))
    with pytest.raises(KitError, match="not in the trust file" if role == "stranger" else f"pinned as {role}"):
        package.opened(made.write(), ring.trust)


def test_a_token_of_another_kind_is_no_manifest(ring: Ring) -> None:
    raw = strict_json.write(strict_json.parse_object(seal.read(kit(ring, 1, FILES).token, typ=seal.KIT).payload))
    token = seal.seal(raw, typ=seal.CRITERIA, key=ring.criteria).token
    with pytest.raises(KitError, match=r"typ is not prooflight\.kit"):
        package.believed(token, ring.trust)


def trust_with(ring: Ring, **members: Any) -> Trust:
    from agent.trust import parse_trust

    entries = [entry | (members if entry["role"] == "criteria" else {}) for entry in ring.entries]
    return parse_trust(strict_json.write({"keys": entries}), "t")


def test_a_revoked_key_signs_nothing_and_an_expired_one_nothing_new(ring: Ring) -> None:
    raw = kit(ring, 1, FILES).write()
    revoked = {"time": "2026-11-01T00:00:00+00:00", "reason": "lost"}
    with pytest.raises(KitError, match="revoked"):
        package.opened(raw, trust_with(ring, revoked=revoked))
    expired = trust_with(ring, not_after="2026-11-22T00:00:00+00:00")
    with pytest.raises(KitError, match="not believed"):
        package.opened(raw, expired, AT)
    assert package.opened(raw, expired).title == "north 1", "what is in use was taken in when the key was valid"


def stated(**changes: Any) -> dict[str, Any]:
    made = {"v": 1, "name": "north", "version": 1, "software": "0.1.0", "made_at": "2026-11-23T09:00:00+00:00"}
    return made | {"files": {"profiles/aa/profile.toml": [DIGEST, 3]}} | changes


PATHS = (
    "../x",
    "/etc/passwd",
    "profile.toml",
    "profiles/profile.toml",
    "profiles/aa/../profile.toml",
    "profiles/../aa/profile.toml",
    "profiles/aa/captures/../../../x",
    "profiles/aa/captures/lit/../x",
    "profiles/aa/captures/lit/.hidden",
    "profiles/aa/captures/..",
    "profiles/aa/captures/lit/a/b",
    "profiles/aa/other.toml",
    "profiles/Aa/profile.toml",
    "profiles/aa/profile.toml\n",
    "profiles/aa/profile.toml\0",
    "profiles//profile.toml",
    "profiles/aa\\profile.toml",
    "criteria/../x.criteria",
    "criteria/x.toml",
    "criteria/.criteria",
    "criteria/a/b.criteria",
    "firmware_profiles/aa/profile.toml",
    "",
)
FORMS: dict[str, tuple[dict[str, Any], str]] = {
    "another version of the form": (stated(v=2), "v: must be 1"),
    "a stranger": (stated(note=""), "note: is not a field of a kit"),
    "no files": (stated(files={}), "files: must be an object with at least one file"),
    "files in a list": (stated(files=[]), "files: must be an object"),
    "a name in capitals": (stated(name="North"), "name: must be small letters"),
    "version 0": (stated(version=0), "version: must be a whole number from 1"),
    "version true": (stated(version=True), "version: must be a whole number"),
    "software in words": (stated(software="new"), "software: must be a version such as 0.1.0"),
    "no offset": (stated(made_at="2026-11-23T09:00:00"), "made_at: must name its offset"),
    "a digest in capitals": (stated(files={"profiles/aa/profile.toml": ["0F" * 32, 3]}), "64 lower-case hex"),
    "a size below nothing": (stated(files={"profiles/aa/profile.toml": [DIGEST, -1]}), "must be a whole number"),
    "a file too large": (stated(files={"profiles/aa/profile.toml": [DIGEST, 90001]}), "from 0 to 90000"),
    "three members": (stated(files={"profiles/aa/profile.toml": [DIGEST, 3, 4]}), "must be a list of digest and size"),
    "too much": (
        stated(files={f"profiles/aa/captures/lit/{n}": [DIGEST, 90000] for n in range(47)}),
        "must be at most 4194304 bytes together",
    ),
} | {f"the path {path!r}": (stated(files={path: [DIGEST, 3]}), "is no place for a profile") for path in PATHS}


@pytest.mark.parametrize(("made", "words"), FORMS.values(), ids=FORMS)
def test_a_manifest_is_read_strictly(made: dict[str, Any], words: str) -> None:
    assert manifest.from_json(stated()).version == 1
    with pytest.raises(KitError, match=words):
        manifest.from_json(made)


def test_more_files_than_a_manifest_can_name_are_refused_with_a_remedy(ring: Ring) -> None:
    files = {f"profiles/{family}/profile.toml": b"" for family in (f"f{n:036d}" for n in range(600))}
    with pytest.raises(KitError, match="600 are too many to name in one manifest; make a kit of fewer"):
        kit(ring, 1, files)


@given(st.binary(max_size=300))
@settings(max_examples=150)
def test_garbage_is_a_kit_error_and_nothing_else(raw: bytes) -> None:
    with pytest.raises(KitError):
        package.opened(raw, Trust())


ODD = st.none() | st.integers() | st.text(max_size=9) | st.lists(st.integers(), max_size=3) | st.just({"a/b": [1, 2]})


@given(st.dictionaries(st.sampled_from([*stated()]), ODD, max_size=3))
@settings(max_examples=150)
def test_any_object_is_a_manifest_or_a_kit_error(made: dict[str, Any]) -> None:
    with contextlib.suppress(KitError):
        manifest.from_json(stated() | made)


@pytest.mark.parametrize(
    ("software", "needed", "older"),
    [
        ("0.1.0", "0.1.0", False),
        ("0.1.0", "0.1", False),
        ("0.10.0", "0.9.0", False),
        ("0.9.0", "0.10.0", True),
        ("0.1.0+dirty", "0.1.0", False),
        ("1.0", "1.0.0.1", True),
    ],
)
def test_versions_are_compared_by_their_numbers(software: str, needed: str, older: bool) -> None:
    assert is_older(software, needed) is older
