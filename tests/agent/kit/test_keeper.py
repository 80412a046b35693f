"""A kit comes into force only where all of it can be used, between two tests; and a broken one gives way by itself."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from agent.criteria_shelf import Shelf
from agent.kit import checks, use
from agent.kit.manifest import KitError
from agent.kit.trial import Postponed
from agent.kit.waiting import Waiting
from agent.trust import Trust, TrustError, parse_trust
from diagnostics import strict_json
from diagnostics.child import never
from diagnostics.criteria import CriteriaError
from tests.agent.conftest import Ring
from tests.agent.kit.house import House
from tests.agent.kit.making import FAMILY, criteria_files, hand_over, kit, with_title


def test_a_kit_that_waits_is_taken_into_use_and_told(house: House, ring: Ring) -> None:
    made = kit(ring, 3, with_title("anew") | criteria_files(ring))
    house.install(made)
    found = use.begin(house.store, house.said.append)
    assert found.pin() == {"kit": made.digest, "kit_name": "north", "kit_version": 3}
    assert found.profiles is not None and b'"anew"' in (found.profiles / FAMILY / "profile.toml").read_bytes()
    assert house.said == ["kit: north 3 is tried", "kit: north 3 is in force"]
    assert house.notes == [
        {
            "note": "kit",
            "in_force": {"name": "north", "version": 3, "digest": made.digest},
            "why": "north 3 was installed",
        }
    ]
    assert not Waiting(house.store.folder).paths()
    assert not house.keeper().step(never), "nothing is left to do, and nothing is told twice"
    assert len(house.notes) == 1 and use.told(house.folder) == {"kit": "north 3"}


def test_without_a_kit_nothing_is_said_of_one(house: House) -> None:
    assert not house.keeper().step(never)
    assert use.begin(house.store, house.said.append) == use.NO_KIT and use.NO_KIT.pin() == {}
    assert (use.told(house.folder), house.notes, house.said, use.criteria_of(house.folder)) == ({}, [], [], None)


def test_criteria_of_the_kit_in_force_are_found_and_ours_are_not_replaced(house: House, ring: Ring) -> None:
    shelf = Shelf(trust=lambda: ring.trust, newer=lambda: use.criteria_of(house.folder))
    with pytest.raises(CriteriaError, match="is not known"):
        shelf.load("mine")
    house.install(kit(ring, 1, criteria_files(ring)))
    use.begin(house.store, print)
    assert shelf.load("mine").name == "mine"
    with pytest.raises(CriteriaError, match="is not known"):
        shelf.load("../mine")


def test_what_a_trial_finds_wrong_refuses_the_kit(house: House, ring: Ring) -> None:
    def wrong(folder: Path, cancelled: Callable[[], bool]) -> None:
        raise KitError("huawei_wap lit: ont_rx_power_dbm: expected -18.2, got -1.82")

    house.install(kit(ring, 1), wrong)
    assert house.in_force == "" and "got -1.82" in house.store.standing().refused
    assert house.notes[0]["in_force"] is None
    house.install(kit(ring, 2))
    assert (house.in_force, house.store.standing().refused) == ("north 2", "")


def test_a_trial_gives_way_to_a_test_and_is_made_again_behind_it(house: House, ring: Ring) -> None:
    calls: list[bool] = []

    def busy(folder: Path, cancelled: Callable[[], bool]) -> None:
        calls.append(cancelled())
        raise Postponed

    path = hand_over(house.store, kit(ring, 1))
    for _ in range(5):
        assert house.keeper(busy).step(lambda: True)
    assert calls == [True] * 5 and path.exists() and house.in_force == ""
    house.keeper().step(never)
    assert house.in_force == "north 1"


class Died(BaseException):
    """The station ended, as if somebody had pulled its plug."""


def test_a_kit_over_which_the_station_dies_three_times_is_refused(house: House, ring: Ring) -> None:
    def deadly(folder: Path, cancelled: Callable[[], bool]) -> None:
        raise Died

    hand_over(house.store, kit(ring, 1))
    for _ in range(3):
        with pytest.raises(Died):
            house.keeper(deadly).step(never)
    house.keeper(deadly).step(never)
    assert "the station ended 3 times while it was tried" in house.store.standing().refused
    hand_over(house.store, kit(ring, 1))
    house.keeper().step(never)
    assert house.in_force == "north 1", "handed over again it gets another chance"


def test_an_interrupt_in_a_trial_does_not_count_against_the_kit(house: House, ring: Ring) -> None:
    def stopped(folder: Path, cancelled: Callable[[], bool]) -> None:
        raise KeyboardInterrupt

    hand_over(house.store, kit(ring, 1))
    for _ in range(5):
        with pytest.raises(KeyboardInterrupt):
            house.keeper(stopped).step(never)
    house.keeper().step(never)
    assert house.in_force == "north 1"


def test_trust_that_cannot_be_read_leaves_the_kit_waiting_and_is_told_once(house: House, ring: Ring) -> None:
    def lost() -> Trust:
        raise TrustError("trust.jwks: No such file")

    path = hand_over(house.store, kit(ring, 1))
    house.trust = lost
    keeper = house.keeper()
    assert keeper.step(never) and not keeper.step(never)
    assert path.exists() and len(house.said) == 1 and "No such file" in house.said[0]
    house.trust = None
    house.keeper().step(never)
    assert house.in_force == "north 1"


def go_back(house: House, version: str) -> None:
    Waiting(house.store.folder).put_back(version)
    house.keeper().step(never)


def test_a_station_goes_back_to_what_it_had_and_to_nothing_else(house: House, ring: Ring) -> None:
    for version in (1, 2, 3):
        house.install(kit(ring, version))
    go_back(house, "")
    assert house.in_force == "north 2" and use.begin(house.store, print).pin()["kit_version"] == 2
    go_back(house, "")
    assert house.in_force == "north 1"
    go_back(house, "3")
    assert house.in_force == "north 3", "and forward again, to what was in force here"
    go_back(house, "7")
    assert house.in_force == "north 3" and "version 7 is not kept here; kept: 1, 2, 3" in house.said[-1]
    go_back(house, "0")
    assert (house.in_force, use.begin(house.store, print)) == ("", use.NO_KIT)
    house.install(kit(ring, 3, with_title("not newer")))
    assert house.in_force == "", "a version that was in force comes back by rollback alone"
    assert [note["why"] for note in house.notes[3:6]] == [
        "rolled back to north 2",
        "rolled back to north 1",
        "rolled back to north 3",
    ]


def broken_file(house: House) -> None:
    current = house.store.standing().current
    assert current is not None
    house.store.path(current.digest).write_bytes(b"rot")


def unpacked_otherwise(house: House) -> None:
    current = house.store.standing().current
    assert current is not None
    (house.store.unpacked(current.digest) / "profiles" / FAMILY / "profile.toml").write_bytes(b"edited")


def test_a_kit_that_was_damaged_gives_way_to_the_one_before_and_it_is_told(house: House, ring: Ring) -> None:
    house.install(kit(ring, 1))
    house.install(kit(ring, 2))
    broken_file(house)
    found = use.begin(house.store, house.said.append)
    assert found.pin()["kit_version"] == 1 and house.in_force == "north 1"
    assert house.said[-1].startswith("kit: fell back from north 2 to north 1: north 2: its signature is not believed")
    assert house.keeper().step(never), "there is something to tell"
    assert house.notes[-1]["in_force"]["version"] == 1 and "fell back from north 2" in house.notes[-1]["why"]
    assert use.told(house.folder)["kit_refused"].startswith("north 2: ")
    broken_file(house)
    assert use.begin(house.store, house.said.append) == use.NO_KIT
    assert "to the software's own profiles" in house.said[-1] and house.in_force == ""


def test_a_folder_that_was_edited_is_made_anew_from_the_kit(house: House, ring: Ring) -> None:
    house.install(kit(ring, 1))
    unpacked_otherwise(house)
    found = use.begin(house.store, house.said.append)
    assert found.profiles is not None and b"of kit 1" in (found.profiles / FAMILY / "profile.toml").read_bytes()
    (found.profiles / "another").mkdir()
    (found.profiles / "another" / "profile.toml").write_bytes(b"")
    use.begin(house.store, house.said.append)
    assert not (found.profiles / "another").exists()


def test_the_kit_of_a_key_that_was_revoked_gives_way(house: House, ring: Ring) -> None:
    house.install(kit(ring, 1))
    revoked: Mapping[str, Any] = {"time": "2026-11-01T00:00:00+00:00", "reason": "stolen"}
    entries = [entry | ({"revoked": revoked} if entry["role"] == "criteria" else {}) for entry in ring.entries]
    house.trust = lambda: parse_trust(strict_json.write({"keys": entries}), "trust")
    assert use.begin(house.store, house.said.append) == use.NO_KIT
    assert "revoked" in house.said[-1]


def test_software_that_was_rolled_back_below_a_kit_uses_an_older_one() -> None:
    from agent.kit.manifest import from_json
    from tests.agent.kit.test_package import stated

    checks.check_software(from_json(stated(software="0.2")), "0.2.0")
    with pytest.raises(KitError, match=r"wants prooflight 0\.2, and this is 0\.1\.9; update the software first"):
        checks.check_software(from_json(stated(software="0.2")), "0.1.9")
