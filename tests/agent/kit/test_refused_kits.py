"""A kit of which anything is wrong never comes into force, and what is in force stays so."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent import criteria_shelf
from agent.kit import checks, use
from agent.kit.manifest import KitError
from agent.kit.package import Kit
from agent.kit.trial import Postponed
from diagnostics import strict_json
from diagnostics.child import never
from tests.agent.conftest import Ring
from tests.agent.kit.house import House
from tests.agent.kit.making import FAMILY, PROFILE, family_files, kit, with_title


def with_criteria(ring: Ring, name: str, raw: bytes) -> dict[str, bytes]:
    return {f"criteria/{name}.criteria": raw}


def typing(command: str) -> dict[str, bytes]:
    """The profile of a family, typing this where it asked for the received power."""
    made = PROFILE.replace(b'command = "laser power --rxread"', command.encode(), 1)
    assert made != PROFILE
    return {f"profiles/{FAMILY}/profile.toml": made}


LEVEL = b'[dialogue]\nfirst = ["factory reset"]'
BAD_PROFILE = {f"profiles/{FAMILY}/profile.toml": b'title = "x"\ntransports = ["pigeon"]\n'}
REFUSED: dict[str, tuple[Callable[[Ring], Kit], str]] = {
    "of newer software": (lambda r: kit(r, 9, software="99.0"), "wants prooflight 99.0, and this is"),
    "the same version": (lambda r: kit(r, 5, with_title("another")), "version 5 is not newer than 5"),
    "an older version": (lambda r: kit(r, 4), "version 4 is not newer than 5"),
    "older under another name": (lambda r: kit(r, 4, name="south"), "south 4: version 4 is not newer than 5"),
    "no TOML": (lambda r: kit(r, 9, {f"profiles/{FAMILY}/profile.toml": b"\xff"}), "is not TOML"),
    "a wrong profile": (lambda r: kit(r, 9, BAD_PROFILE), f"{FAMILY}/profile.toml: .*pigeon is not a transport"),
    "a command that writes": (
        lambda r: kit(r, 9, typing(r'command = "show power; wget x"')),
        "'show power; wget x' may change an ONT or never end; a kit only asks",
    ),
    "two commands in one": (
        lambda r: kit(r, 9, typing(r'command = "show power\nmore"')),
        "may change an ONT or never end",
    ),
    "a level that writes": (
        lambda r: kit(r, 9, {f"profiles/{FAMILY}/profile.toml": PROFILE.replace(b"[dialogue]", LEVEL, 1)}),
        "'factory reset' may change an ONT",
    ),
    "captures of no profile": (
        lambda r: kit(r, 9, {"profiles/aaa/captures/lit/capture.toml": b""}),
        "profiles/aaa: has captures and no profile.toml",
    ),
    "a wrong capture": (
        lambda r: kit(r, 9, with_title("x") | {f"profiles/{FAMILY}/captures/lit/capture.toml": b"a = 1"}),
        "captures/lit/capture.toml: ",
    ),
    "criteria nobody signed": (lambda r: kit(r, 9, with_criteria(r, "mine", b"name = 1")), "not a compact JWS"),
    "criteria the station signed": (
        lambda r: kit(r, 9, with_criteria(r, "mine", criteria_of(r, r.station))),
        "pinned as station",
    ),
    "criteria of another name": (
        lambda r: kit(r, 9, with_criteria(r, "yours", criteria_of(r, r.criteria))),
        "yours.criteria: holds mine",
    ),
    "signed by the order key": (lambda r: kit(r, 9, key=r.order), "its signature is not believed"),
}


def criteria_of(ring: Ring, key: Any) -> bytes:
    from tests.agent.kit.making import MINE

    return criteria_shelf.sign(MINE, "mine.toml", key)[1].encode()


@pytest.mark.parametrize(("made", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_once_and_what_is_in_force_stays(
    made: Callable[[Ring], Kit], words: str, house: House, ring: Ring
) -> None:
    house.install(kit(ring, 5))
    house.install(made(ring))
    assert house.in_force == "north 5"
    refused = house.store.standing().refused
    with pytest.raises(KitError, match=words):
        raise KitError(refused)
    assert house.notes[-1]["why"].startswith("refused ") and house.notes[-1]["in_force"]["version"] == 5
    assert use.told(house.folder) == {"kit": "north 5", "kit_refused": refused}
    assert not house.keeper().step(never) and len(house.notes) == 2


def test_criteria_of_the_software_are_not_replaced_by_a_kit(ring: Ring) -> None:
    from tests.agent.kit.making import OURS

    content = criteria_shelf.criteria.parse(OURS.encode(), "x")
    raw = {"v": 1, "name": content.name, "version": content.version, "digest": content.digest, "text": OURS}
    token = criteria_shelf.seal.seal(strict_json.write(raw), typ=criteria_shelf.seal.CRITERIA, key=ring.criteria).token
    with pytest.raises(criteria_shelf.SignedCriteriaError, match="comes with the software"):
        checks.check_criteria(token.encode(), content.name, ring.trust)


def test_a_real_trial_refuses_a_profile_that_reads_its_captures_otherwise(house: House, ring: Ring) -> None:
    from agent.kit.trial import run_trial

    files = family_files()
    path = f"profiles/{FAMILY}/captures/lit/capture.toml"
    wrong = files[path].replace(b"ont_rx_power_dbm = -", b"ont_rx_power_dbm = -1", 1)
    assert wrong != files[path]
    house.install(kit(ring, 1, files | {path: wrong}), run_trial)
    assert f"{FAMILY} lit: ont_rx_power_dbm: expected" in house.store.standing().refused
    twin = {name.replace(FAMILY, "twin_of_it"): raw for name, raw in files.items()}
    house.install(kit(ring, 2, twin), run_trial)
    assert "failure unknown_firmware" in house.store.standing().refused, "two families that fit one ONT are none"


def test_a_trial_ends_when_it_is_cancelled_and_at_its_deadline(tmp_path: Path) -> None:
    from agent.kit.trial import run_trial

    with pytest.raises(Postponed):
        run_trial(tmp_path, lambda: True)
    with pytest.raises(KitError, match="its captures could not be read: deadline"):
        run_trial(tmp_path, never, deadline_s=0.01)
