"""What devices really printed is decoded by their family's profile to the value that stands in it.

The samples lie beside the project and are not part of it; without them these tests are skipped.
"""

from pathlib import Path

import pytest

from diagnostics.measurement import Failure
from drivers.conversation import Cleaner, finished
from drivers.decode import decode
from drivers.log_in import next_step
from drivers.profile import Profile
from drivers.profile_file import load_profile
from drivers.resource import Resource, filled

SAMPLES = Path(__file__).parents[1].parent / "shared" / "ont" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared/ont/samples is not beside this checkout")

LAN = "ont_lan_link[lan1]", "ont_lan_speed_mbps[lan1]", "ont_lan_duplex[lan1]"
ALARMS = dict.fromkeys(
    (f"ont_alarm_{name}" for name in ("los", "lof", "lom", "sf", "sd", "tx_too_long", "tx_mismatch")), "clear"
)
PACKETS = {
    "ont_lan_rx_packets[lan1]": 4477 + 70780 + 4011,
    "ont_lan_tx_packets[lan1]": 3390 + 1,
    "ont_lan_dropped_packets[lan1]": 0,
}
OPTIC = {
    "ont_optical_link": "down",
    "ont_rx_power_dbm": "no_signal",
    "ont_tx_power_dbm": "no_signal",
    "ont_bias_ma": 0,
    "ont_voltage_v": 3.216,
    "ont_temperature_celsius": 31,
}
HG8310M = {
    "ont_vendor": "Huawei Technologies Co., Ltd",
    "ont_model": "HG8310M",
    "ont_optical_class": "C+",
    "ont_uptime_s": 6265,
}
TW = {
    "ont_vendor": "GPON",
    "ont_model": "G657",
    "ont_mac": "6c:ef:c6:00:00:00",
    "ont_hardware_version": "V1.0",
}
COUNTERS = {"ont_bip_errors": 4, "ont_fec_corrected_codewords": 5, "ont_fec_uncorrectable_codewords": 2}

# family, software, what the sample's name begins with -> the command and what must be read from its answer
READ: dict[tuple[str, str, str], dict[str, tuple[str, dict[str, object]]]] = {
    ("realtek_rtl960x", "V1_7_8_210412", "btpon_g711ax__"): {
        "flash_get_gpon_onu_model": ("flash get GPON_ONU_MODEL", {"ont_model": "DFP-34X-2C2"}),
        "flash_get_gpon_sn": ("flash get GPON_SN", {"ont_pon_serial": "TMBB00000000"}),
        "flash_get_hw_hwver": ("flash get HW_HWVER", {"ont_hardware_version": "V2.0"}),
        "flash_get_pon_vendor_id": ("flash get PON_VENDOR_ID", {"ont_vendor": "ZTEG"}),
    },
    ("realtek_rtl960x", "V6.0.10N14", "genexis_ftg2110c__"): {
        "diag_gpon_get_serialnumber": ("diag gpon get serialnumber", {"ont_pon_serial": "ZTEGAAA01234"}),
        "omcicli_mib_get_7": ("omcicli mib get 7", {"ont_software_version": "V6.0.10N14"}),
    },
    ("realtek_rtl960x", "V1.0-220923", "hsgq_xpon__"): {
        "diag_alarm_status": ("diag gpon get alarm-status", ALARMS),
        "diag_bias": ("diag pon get transceiver bias-current", {"ont_bias_ma": 16.75}),
        "diag_counter_ds_phy": ("diag gpon show counter global ds-phy", COUNTERS),
        "diag_counter_ds_plm": ("diag gpon show counter global ds-plm", {"ont_ploam_crc_errors": 0}),
        "diag_onu_state_o2": ("diag gpon get onu-state", {"ont_onu_state": "O2"}),
        "diag_onu_state_o5": ("diag gpon get onu-state", {"ont_onu_state": "O5"}),
        "diag_rx": ("diag pon get transceiver rx-power", {"ont_rx_power_dbm": -27.212461}),
        "diag_temp": ("diag pon get transceiver temperature", {"ont_temperature_celsius": 42.359375}),
        "diag_temp_negative": ("diag pon get transceiver temperature", {"ont_temperature_celsius": -5.0}),
        "diag_tx": ("diag pon get transceiver tx-power", {"ont_tx_power_dbm": 2.239385}),
        "diag_volt": ("diag pon get transceiver voltage", {"ont_voltage_v": 3.2327}),
        "etc_version": ("cat /etc/version", {"ont_software_version": "V1.0-220923"}),
        "omcicli_loidauth": ("omcicli get loidauth", {"ont_loid_state": "accepted"}),
        "omcicli_authuptime": ("omcicli get authuptime", {"ont_pon_uptime_s": 138387}),
        "proc_net_igmp": ("cat /proc/net/igmp", {"ont_igmp_groups": 2}),
        "proc_uptime": ("cat /proc/uptime", {"ont_uptime_s": 301991}),
        "ps_omci_app": ("ps", {"ont_pon_serial": "DSNW282D5510"}),
    },
    ("realtek_rtl960x", "", "realtek__"): {
        "omcicli_mib_get_84": ("omcicli mib get 84", {"ont_provisioned_vlans": 4}),
    },
    ("realtek_rtl960x", "C00R657V00B12", "tw_657__"): {
        "etc_version": ("cat /etc/version", {"ont_software_version": "C00R657V00B12"}),
        "gpon_show_onu_info": ("diag gpon show onu-info", TW),
        "port_status": ("diag port get status port all", dict(zip(LAN, ("up", 1000, "full"), strict=True))),
        "us_flow": ("diag gpon show us-flow", {"ont_gem_ports": 4, "ont_tconts": 3}),
    },
    ("nokia_cig", "", "fs_xgs_onu__"): {
        "eth_show_pack": ("/traffic/eth/show pack", dict(zip(LAN, ("up", 2500, "full"), strict=True))),
        "mib_show_131_empty": ("/system/mib/show 131", {"ont_olt_vendor": "no_such_object"}),
        "show_link_o1": ("/traffic/pon/show link", {"ont_onu_state": "O1"}),
        "show_onu": (
            "/traffic/pon/show onu",
            {"ont_pon_serial": "GPONABCD1234", "ont_onu_id": "no_such_object"},
        ),
        "mib_show_256": ("/system/mib/show 256", {"ont_loid_state": "undetermined"}),
    },
    ("nokia_cig", "", "nokia_cig__"): {
        "mib_show_256": ("/system/mib/show 256", {"ont_loid_state": "undetermined"}),
        "eqid_get": ("/system/misc/eqid get", {"ont_model": "YOUR_CUSTOM_EQUID"}),
        "eqsn_get": ("/system/misc/eqsn get", {"ont_equipment_serial": "ALCL00000001"}),
        "eqvid_get": ("/system/misc/eqvid get", {"ont_hardware_version": "3FE45458ABAA06"}),
        "mac1_get": ("/system/misc/mac1 get", {"ont_mac": "aa:bb:12:34:56:78"}),
        "show_link_o5": ("/traffic/pon/show link", {"ont_onu_state": "O5"}),
        "vendor_get": ("/system/misc/vendor get", {"ont_vendor": "ALCL"}),
    },
    ("huawei_wap", "", "huawei_hg8010hv6__"): {
        "omcicmd_mib_show_131": ("omcicmd mib show meid 131 instid 0", {"ont_olt_vendor": "HWTC"}),
    },
    ("huawei_wap", "V3R017C00S100", "huawei_hg8310m__"): {
        "display_access_mode": ("display access mode", {"ont_pon_mode": "epon"}),
        "display_deviceInfo": ("display deviceInfo", HG8310M),
        "display_lanmac": ("display lanmac", {"ont_mac": "34:6a:c2:ca:49:25"}),
        "display_optic": ("display optic", OPTIC),
        "display_port_statistics_portid_0": ("display port statistics portid 0", PACKETS),
        "display_sn": ("display sn", {"ont_pon_serial": "HWTCCA49257B"}),
        "display_version": (
            "display version",
            {"ont_hardware_version": "6A5.A", "ont_software_version": "V3R017C00S100"},
        ),
    },
    ("zte_f6xx", "", "zte_f601__"): {
        "gpontest_gstate": ("gpontest -gstate", {"ont_onu_state": "O5"}),
        "showmedata_131": ("sendcmd 132 omcidebug showmedata 131", {"ont_olt_vendor": "HWTC"}),
        "showmedata_7": ("sendcmd 132 omcidebug showmedata 7", {"ont_software_version": "V6.0.10N41"}),
    },
}

# the ONU of each sample at its OLT, the command about it, and what must be read from the answer
LAN_AT_OLT = {
    "ont_lan_link[lan1]": "up",
    "ont_lan_speed_mbps[lan1]": 1000,
    "ont_lan_duplex[lan1]": "full",
    "ont_lan_link[lan2]": "down",
    **dict.fromkeys(("ont_lan_speed_mbps[lan2]", "ont_lan_duplex[lan2]", "ont_lan_link[lan3]"), "no_signal"),
    **dict.fromkeys(("ont_lan_speed_mbps[lan3]", "ont_lan_duplex[lan3]"), "no_signal"),
}
OPTICS_AT_OLT = {
    "ont_rx_power_dbm": -26.57,
    "ont_tx_power_dbm": 3.96,
    "ont_temperature_celsius": 38,
    "ont_voltage_v": 3.22,
    "ont_bias_ma": 8,
}
PROVISIONED = {
    "ont_optical_link": "up",
    "ont_pon_serial": "unparseable",  # the page put another word in its place
    "ont_pon_uptime_s": 180,
    "ont_tconts": 2,
    "ont_gem_ports": 1,  # both carry the same index on the page
    "ont_provisioned_vlans": 1,
}
WAN = {
    "ont_wan_state[wan1]": "connected",
    "ont_wan_mode[wan1]": "route",
    "ont_pppoe_state[wan1]": "not_applicable",
}
AT_OLT: dict[str, tuple[Resource, str, dict[str, object]]] = {
    "info_1": (Resource(port=6, onu=2), "display ont info 0 0 6 2", PROVISIONED),
    "optical-info_0_all": (Resource(port=0, onu=5), "display ont optical-info 0 all", OPTICS_AT_OLT),
    "port_state_0_1_eth-port": (Resource(port=0, onu=1), "display ont port state 0 1 eth-port", LAN_AT_OLT),
    "wan-info_0_1_2_0_2": (Resource(port=1, onu=0), "display ont wan-info 1 0", WAN),
}

ERRORS = {
    "fs_xgs_onu__mib_show_usage": ("nokia_cig", "/system/mib/show"),
    "hsgq_xpon__diag_incomplete_command": ("realtek_rtl960x", "diag gpon get"),
}

PROMPTS = {
    "huawei_wap__dialogue_login_su_logout": ("huawei_wap", ("Login:", "Password:", "WAP>", "SU_WAP>")),
    "nokia_cig__dialogue_enable_login": ("nokia_cig", ("User name:", "Password:", "ONT>", "#ONT>")),
    "vsol_v2801f__login_dialogue": ("realtek_rtl960x", ("login: ", "Password: ", "# ")),
}

UNREAD = {
    "btpon_g711ax__diag_switch_max_pkt_len": "no quantity: largest frame of a port",
    "btpon_g711ax__flash_get_gpon_ploam_passwd": "a secret: never asked",
    "btpon_g711ax__flash_get_loid": "a secret: never asked",
    "btpon_g711ax__flash_get_omci_sw_ver1": "a setting of what OMCI shall say, not the software that runs",
    "btpon_g711ax__nv_getenv_sw_active": "no source says how the number names the slot",
    "btpon_g711ax__nv_getenv_sw_version0": "no source says whether this slot runs",
    "fs_xgs_onu__menu_tree": "the menu, not an answer",
    "hsgq_xpon__proc_meminfo": "no quantity: memory",
    "huawei_hg8010hv6__omcicmd_mib_show_256": "the page masked the serial",
    "huawei_hg8310m__display_inner_version": "the running software is read from `display version`",
    "huawei_hg8310m__display_log_info": "no quantity: log",
    "huawei_hg8310m__display_macaddress": "no quantity: addresses behind the LAN ports are the customer's",
    "huawei_hg8310m__display_memory_info": "no quantity: memory",
    "huawei_hg8310m__display_pppoe_em_result": "blank: the emulator had not run",
    "huawei_hg8310m__display_sysinfo": "no quantity: load, and a clock that starts in 1970",
    "huawei_hg8310m__display_timeout": "no quantity: idle time of the command line",
    "huawei_hg8310m__display_wanmac": "eight addresses; the ONT's own is read from `display lanmac`",
    "huawei_hg8310m__display_wifi_information": "no quantity: Wi-Fi, and its key",
    "huawei_ma5671a__minishell_commands": "a list of commands, not an answer",
    "nokia_cig__admin_ip_get": "no quantity: management address",
    "nokia_cig__pon_passwd_get": "a secret: never asked",
    "nokia_g010gr__iptables_list": "no quantity: packet filter",
    "olt_smartax__display_mac-address_ont_0_1_2_0": "no quantity: addresses behind the LAN ports are the customer's",
    "olt_smartax__display_ont_autofind": "ONTs that nobody ordered yet; the order names its own",
    "olt_smartax__display_ont_info_summary_ont": "a whole port; the one ONT is asked about by its number",
    "olt_smartax__display_ont_version_summary_0": "counts of models, not the one ONT",
    "tw_657__bandwidth_ingress": "no quantity: rate limit of a port",
    "tw_657__ds_flow": "GEM ports are counted upstream, where each belongs to a T-CONT",
    "tw_657__l2_table": "no quantity: addresses behind the LAN ports are the customer's",
    "vsol_v2801f__cpuinfo": "no quantity: processor",
    "vsol_v2801f__fiber_mode": "no quantity: mode of the host's SFP port",
    "vsol_v2801f__flash_all": "holds every password: never asked; single names are",
    "vsol_v2801f__ifconfig": "no quantity: interfaces of the ONT's own system",
    "vsol_v2801f__ip_a": "no quantity: interfaces of the ONT's own system",
    "vsol_v2801f__meminfo": "no quantity: memory",
    "vsol_v2801f__omci_log_extract": "a log, not an answer",
    "zte_f601__factorymode_dialogue": "printed by the unlocking tool, not by the device",
}
CASES = [(*family, sample, *asked) for family, samples in READ.items() for sample, asked in samples.items()]


def said(name: str) -> str:
    """A sample as the session would hear it."""
    return Cleaner().feed((SAMPLES / f"{name}.txt").read_bytes() + b"\n")


def read_from(profile: Profile, command: str, answer: str) -> dict[str, object]:
    """All that the profile reads from the answer to this command: values, and the kinds of failures."""
    readings = [reading for reading in profile.readings.values() if reading.command == command]
    made = [(reading.quantity, one) for reading in readings for one in decode(reading, answer)]
    return {
        f"{name}[{one.index}]" if one.index else name: one.failure.kind if one.failure else one.value
        for name, one in made
    }


@pytest.mark.parametrize(("family", "software", "prefix", "sample", "command", "expected"), CASES)
def test_a_sample_is_read_as_what_stands_in_it(
    family: str, software: str, prefix: str, sample: str, command: str, expected: dict[str, object]
) -> None:
    profile = load_profile(family).for_software(software)
    assert profile.dialogue
    answer = finished(profile.dialogue, command, said(prefix + sample))
    assert isinstance(answer, str)
    assert read_from(profile, command, answer) == pytest.approx(expected)


@pytest.mark.parametrize("sample", AT_OLT)
def test_a_sample_of_an_olt_is_read_as_what_it_says_of_the_one_ont(sample: str) -> None:
    resource, command, expected = AT_OLT[sample]
    profile = filled(load_profile("huawei_smartax_olt"), resource)
    assert profile.dialogue
    answer = finished(profile.dialogue, command, said(f"olt_smartax__display_ont_{sample}"))
    assert isinstance(answer, str)
    assert read_from(profile, command, answer) == pytest.approx(expected)


@pytest.mark.parametrize("name", ERRORS)
def test_a_sample_of_an_error_is_no_answer(name: str) -> None:
    family, command = ERRORS[name]
    dialogue = load_profile(family).dialogue
    assert dialogue
    assert isinstance(finished(dialogue, command, said(name)), Failure)


@pytest.mark.parametrize("name", PROMPTS)
def test_the_prompts_of_a_sample_dialogue_are_understood(name: str) -> None:
    family, (login, password, *prompts) = PROMPTS[name]
    dialogue = load_profile(family).dialogue
    text = said(name)
    assert dialogue
    assert all(word.strip() in text for word in (login, password, *prompts))
    assert next_step(login, [dialogue], "wait") == "username"
    assert next_step(password, [dialogue], "username") == "password"
    assert [next_step(prompt, [dialogue], "password") for prompt in prompts] == ["done"] * len(prompts)


def test_every_sample_of_these_families_is_read_or_there_is_a_reason() -> None:
    there = {path.stem for path in SAMPLES.glob("*.txt")}
    read = {prefix + sample for (_, _, prefix), samples in READ.items() for sample in samples}
    read |= {f"olt_smartax__display_ont_{sample}" for sample in AT_OLT}
    assert read | set(ERRORS) | set(PROMPTS) | set(UNREAD) == there
    assert not read & set(UNREAD)
