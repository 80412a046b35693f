"""The table of families says of every capture where it comes from, and promises nothing of a constructed one."""

import json
from pathlib import Path

import pytest

from agent.cli import main
from drivers.capture import load_capture, states
from drivers.profile import Profile
from drivers.profile_file import families, load_profile

DOCS = Path(__file__).parents[1] / "docs" / "profiles.md"
KINDS = {  # what people ask for, and the quantities that tell it
    "serial": ("ont_pon_serial",),
    "ONU state": ("ont_onu_state",),
    "EPON": ("ont_epon_registration",),
    "power": ("ont_rx_power_dbm", "ont_tx_power_dbm"),
    "laser": ("ont_bias_ma", "ont_voltage_v", "ont_temperature_celsius"),
    "errors": ("ont_bip_errors", "ont_fec_corrected_codewords", "ont_hec_errors"),
    "alarms": ("ont_alarm_los",),
    "LAN": ("ont_lan_link", "ont_lan_speed_mbps"),
    "provisioned": ("ont_gem_ports", "ont_tconts", "ont_provisioned_vlans", "ont_olt_vendor"),
    "WAN": ("ont_wan_state",),
    "route or bridge": ("ont_wan_mode",),
    "PPPoE": ("ont_pppoe_state",),
    "IGMP": ("ont_igmp_groups",),
    "VoIP": ("ont_voip_registration",),
    "uptime": ("ont_uptime_s", "ont_pon_uptime_s"),
}


def test_the_table_has_every_family_with_its_captures_by_origin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0].strip("| ") for line in lines[2:]] == list(families())
    assert all(line.startswith("| ") and line.endswith(" |") and line.count(" | ") == 3 for line in lines[2:])
    assert not [line for line in lines if "works" in line]
    for line, family in zip(lines[2:], families(), strict=True):
        for state in states(family):
            origin = load_capture(family, state).origin
            (found,) = [part for part in line.rpartition(" | ")[2].split("; ") if part.startswith(f"{origin}: ")]
            assert state in found.strip(" |").removeprefix(f"{origin}: ").split(", ")


def test_as_json_each_capture_has_its_origin(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list", "huawei_wap", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["profiles"]
    assert row["captures"]["lit"] == "constructed"


def test_the_readme_shows_the_same_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["profile", "list"]) == 0
    assert capsys.readouterr().out.strip() in (Path(__file__).parents[1] / "README.md").read_text()


def told(profile: Profile) -> str:
    """The row of a family: what it tells all of, some of, and nothing of."""
    read = set(profile.readings).union(*(firmware.readings for firmware in profile.firmwares))
    cells = [sum(name in read for name in names) / len(names) for names in KINDS.values()]
    return " | ".join([f"| {profile.family}", *("yes" if c == 1 else "some" if c else "-" for c in cells)]) + " |"


def test_the_guide_says_plainly_what_each_family_tells_and_what_it_does_not() -> None:
    table = [f"| family | {' | '.join(KINDS)} |", "|" + "---|" * (len(KINDS) + 1)]
    table += [told(load_profile(family)) for family in families()]
    assert "\n".join(table) in DOCS.read_text()
