"""Every profile is fine, and reads from every capture, over every transport, exactly what the capture says."""

import pytest

from diagnostics.quantities import QUANTITIES
from drivers.capture import ORIGINS, differences, load_capture, states
from drivers.log_in import spoken_to
from drivers.profile import Profile
from drivers.profile_file import families, load_all, load_profile
from drivers.reading import candidates
from drivers.resource import is_assisted
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.rehearsal import Rehearsal, rehearse, ways
from tests.drivers.reader import read_here

EVIDENCE = {"ont_olt_vendor", "ont_gem_ports", "ont_tconts", "ont_provisioned_vlans"}
MUST = ("lit", "dark")
PLACES = [(family, state) for family in families() for state in states(family)]


@pytest.mark.parametrize("family", families())
def test_every_way_reads_what_is_lit_and_what_is_dark_as_it_must_be(family: str) -> None:
    profile = load_profile(family)
    made = list(rehearse(profile, wanted=MUST))
    assert [one for one in made if one.differences] == []
    assert len(made) == len(MUST) * len(ways(profile))
    assert all(isinstance(one, Rehearsal) for one in made)


@pytest.mark.parametrize(("family", "state"), [place for place in PLACES if place[1] not in MUST])
def test_every_way_reads_every_further_state_as_it_must_be(family: str, state: str) -> None:
    """Without a child for each, which would show nothing more and cost most of the time."""
    capture = load_capture(family, state)
    for _, transport, login in ways(load_profile(family)):
        known = candidates(load_all(), capture.resource)
        made = read_here(VirtualOnt(capture=capture), transport, login, profiles=known, deadline_s=30.0)
        assert differences(capture, made.measurements) == []


@pytest.mark.parametrize("family", families())
def test_a_family_has_a_lit_and_a_dark_capture(family: str) -> None:
    assert {"lit", "dark"} <= set(states(family))
    lit, dark = load_capture(family, "lit"), load_capture(family, "dark")
    if "ont_rx_power_dbm" in load_profile(family).readings:
        assert isinstance(lit.values["ont_rx_power_dbm"], float)
        assert dark.failures["ont_rx_power_dbm"] == "no_signal"
    elif "ont_onu_state" in load_profile(family).readings:
        assert (lit.values["ont_onu_state"], dark.values["ont_onu_state"]) == ("O5", "O1")


@pytest.mark.parametrize("family", families())
def test_a_profile_names_its_sources(family: str) -> None:
    assert load_profile(family).sources


@pytest.mark.parametrize(("family", "state"), PLACES)
def test_a_capture_says_where_it_comes_from_and_expects_every_quantity_that_the_profile_reads(
    family: str, state: str
) -> None:
    capture = load_capture(family, state)
    assert capture.origin in ORIGINS
    assert capture.source and capture.device
    expected = {name.partition("[")[0] for name in (*capture.values, *capture.failures)}
    software = str(capture.values.get("ont_software_version", ""))
    assert expected == set(load_profile(family).for_software(software).readings)
    assert expected <= set(QUANTITIES)


SHELLS = [p for p in map(load_profile, families()) if p.dialogue and not is_assisted(p)]  # an OLT is never guessed


@pytest.mark.parametrize("profile", SHELLS, ids=lambda profile: profile.family)
def test_nobody_is_asked_what_another_family_must_never_hear(profile: Profile) -> None:
    """While it is not known who is there, each family that knows the prompt is asked its own questions."""
    capture = load_capture(profile.family, "lit")
    assert capture.spoken
    spoken = spoken_to([s.dialogue for s in SHELLS if s.dialogue], capture.spoken.prompt)
    there = [p for p in (shell.as_spoken(spoken) for shell in SHELLS) if p]
    asked = [q for p in there if p.dialogue for q in (*p.dialogue.first, p.identity.command) if q]
    assert profile.family in [p.family for p in there]
    assert len(asked) <= 5
    for other in there:
        assert other.dialogue
        strange = [q for q in asked if q not in (*other.dialogue.first, other.identity.command)]
        assert not [q for q in strange if any(never.search(q) for never in other.dialogue.never)]


@pytest.mark.parametrize("family", [family for family, state in PLACES if state == "fake-o5"])
def test_a_fake_o5_differs_from_a_real_one_by_what_the_olt_provisioned(family: str) -> None:
    real, fake = load_capture(family, "lit"), load_capture(family, "fake-o5")
    for name in ("ont_onu_state", "ont_optical_link"):  # an OLT knows only the second
        assert real.values.get(name) == fake.values.get(name) in ("O5", "up", None)
    assert real.values.keys() - fake.values.keys() <= EVIDENCE
    assert {name for name in EVIDENCE & real.values.keys() if fake.values.get(name, 0) == 0}


def test_the_port_speed_of_the_huawei_in_service_can_be_read() -> None:
    assert load_capture("huawei_wap", "lit").values["ont_lan_speed_mbps[lan1]"] == 1000
