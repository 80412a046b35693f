"""Every profile is fine, and reads from every capture, over every transport, exactly what the capture says."""

import pytest

from diagnostics.quantities import QUANTITIES
from drivers.capture import ORIGINS, load_capture, states
from drivers.profile_file import families, load_profile
from drivers.virtual.rehearsal import Rehearsal, rehearse, ways

PLACES = [(family, state) for family in families() for state in states(family)]


@pytest.mark.parametrize("family", families())
def test_every_way_reads_every_capture_as_it_must_be(family: str) -> None:
    profile = load_profile(family)
    made = list(rehearse(profile))
    assert [one for one in made if one.differences] == []
    assert len(made) == len(states(family)) * len(ways(profile))
    assert all(isinstance(one, Rehearsal) for one in made)


@pytest.mark.parametrize("family", families())
def test_a_family_has_a_lit_and_a_dark_capture(family: str) -> None:
    assert {"lit", "dark"} <= set(states(family))
    lit, dark = load_capture(family, "lit"), load_capture(family, "dark")
    assert isinstance(lit.values["ont_rx_power_dbm"], float)
    assert dark.failures["ont_rx_power_dbm"] == "no_signal"


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
    assert expected == set(load_profile(family).readings)
    assert expected <= set(QUANTITIES)


def test_the_port_speed_of_the_huawei_in_service_can_be_read() -> None:
    assert load_capture("huawei_wap", "lit").values["ont_lan_speed_mbps[lan1]"] == 1000
