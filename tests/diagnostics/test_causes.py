"""A cause is named only on its evidence, with the technician's next action; a clean line has none."""

from dataclasses import replace
from typing import get_args

import pytest

from diagnostics import disturbance
from diagnostics.cause_rules import RULES
from diagnostics.causes import Language, name_causes, texts, words_of
from diagnostics.criteria import load
from diagnostics.evidence import failing
from diagnostics.measurement import Failure, FailureKind, Measurement
from diagnostics.verdict import judge
from tests.diagnostics.fakes import ORDERED, failed, measured
from tests.diagnostics.test_verdict import GOOD

CRITERIA = load("cn_telecom_ftth")
LIMITS = CRITERIA.for_line(ORDERED)


def causes(*changed: Measurement, mode: str = "route") -> list[str]:
    names = {m.quantity for m in changed}
    measurements = [*(m for m in GOOD if m.quantity not in names), *changed]
    limits = CRITERIA.for_line(replace(ORDERED, mode=mode))
    found = name_causes(judge(measurements, limits), measurements)
    assert all(cause.evidence and cause.action and cause.title for cause in found)
    return [cause.name for cause in found]


def withdrawn_as(kind: FailureKind) -> Measurement:
    """A figure whose run does not count."""
    failure = Failure(kind=kind, stage=disturbance.STAGE, detail="busy")
    return replace(measured("throughput_down_mbps", 500), value=None, failure=failure)


RELAY = Failure(kind="instrument_limit", stage=disturbance.RELAY_STAGE, detail="the relay wanted 0.97 of a processor")
_NO_RATES = (failed("throughput_down_mbps", "timeout"), failed("throughput_up_mbps", "timeout"))
_DECISIVE_CASES = [
    ([failed("ont_rx_power_dbm", "no_signal"), failed("throughput_down_mbps", "timeout")], "dark_fibre"),
    ([measured("ont_rx_power_dbm", -27.9)], "weak_light"),
    ([measured("ont_rx_power_dbm", -6.0)], "strong_light"),
    ([measured("ont_pon_serial", "ZTEG00000001")], "wrong_ont"),
    ([measured("port_speed_mbps", 100), measured("throughput_down_mbps", 94.0)], "port_below_gigabit"),
    ([failed("port_speed_mbps", "instrument_limit")], "port_is_the_limit"),
    ([failed("ont_rx_power_dbm", "timeout")], "ont_not_readable"),
    ([failed("throughput_down_mbps", "busy")], "reflector_busy"),
    ([failed("throughput_down_mbps", "refused")], "reflector_not_usable"),
    ([measured("throughput_down_mbps", 300.0)], "low_rate"),
    ([measured("throughput_up_mbps", 20.0)], "low_rate"),
    ([measured("ont_identity", "changed")], "wrong_ont"),
    ([withdrawn_as("disturbed")], "run_does_not_count"),
    ([withdrawn_as("instrument_limit")], "run_does_not_count"),
]
_DECISIVE = {first for _, first in _DECISIVE_CASES}


@pytest.mark.parametrize(
    ("changed", "first"), _DECISIVE_CASES, ids=lambda value: value if isinstance(value, str) else None
)
def test_the_first_cause_is_the_one_that_the_evidence_speaks_for(changed: list[Measurement], first: str) -> None:
    assert causes(*changed)[0] == first


# cause -> measurements that speak for it, on an otherwise good line
_ADVISED = {
    "no_link": [measured("station_link_state", "down")],
    "marginal_light": [measured("ont_rx_power_dbm", -26.1)],
    "emergency_stop": [measured("ont_onu_state", "O7")],
    "wrong_place": [measured("ont_olt_place", "elsewhere")],
    "loid_refused": [
        *(measured("ont_loid_state", "unknown_loid"), measured("ont_onu_state", "O5")),
        *(measured("ont_gem_ports", 0), *_NO_RATES),
    ],
    "not_registered": [measured("ont_onu_state", "O4")],
    "fake_o5": [measured("ont_onu_state", "O5"), measured("ont_gem_ports", 0), *_NO_RATES],
    "tx_out_of_class": [measured("ont_tx_power_dbm", 6.2)],
    "ont_rebooted": [measured("ont_uptime_rise_s", -4000)],
    "half_duplex": [measured("ont_lan_duplex", "half", "lan1")],
    "link_flapping": [measured("station_link_changes", 4, "visit"), withdrawn_as("disturbed")],
    "cable_errors": [measured("station_rx_errors", 12, "visit")],
    "fec_under_load": [measured("ont_fec_uncorrectable_codewords_rise", 40)],
    "ageing_laser": [measured("ont_bias_ma", 84.0)],
    "loop": [measured("loop_returned_frames", 3)],
    "wrong_vlan": [measured("vlan_answer", "answered", "43"), measured("vlan_answer", "silent", "41")],
    "route_instead_of_bridge": [measured("line_mode", "route")],
    "bridge_instead_of_route": [measured("line_mode", "bridge")],
    "pppoe_no_offer": [measured("pppoe_state", "no_offer"), *_NO_RATES],
    "pppoe_account_in_use": [measured("pppoe_state", "account_refused"), measured("pppoe_words", "already online")],
    "pppoe_account_refused": [measured("pppoe_state", "account_refused"), measured("pppoe_words", "wrong password")],
    "pppoe_ipcp_refused": [measured("pppoe_state", "ipcp_refused"), *_NO_RATES],
    "pppoe_session_failed": [measured("pppoe_state", "lcp_failed"), *_NO_RATES],
    "pppoe_several_concentrators": [measured("pppoe_state", "up"), measured("pppoe_concentrators", 2)],
    "duplicate_address": [measured("arp_conflict", "conflict")],
    "dhcp_rogue": [measured("dhcp_servers", 2)],
    "dhcp_nak": [measured("dhcp_state", "refused"), measured("dhcp_message", "wrong network")],
    "dhcp_pool_empty": [measured("dhcp_state", "no_ack")],
    "dhcp_silent": [measured("dhcp_state", "no_offer")],
    "captive_portal": [measured("dns_portal", "captive"), measured("dns_state", "hijacked")],
    "dns_hijacked": [measured("dns_state", "hijacked")],
    "dns_wrong": [measured("dns_state", "wrong")],
    "dns_silent": [measured("dns_state", "silent")],
    "dns_slow": [measured("dns_time_ms", 430.0)],
    "mtu_black_hole": [measured("path_mtu_state", "black_hole"), failed("throughput_down_mbps", "timeout")],
    "loss_on_access": [
        measured("reach_loss_ratio", 0.05, "gateway"),
        measured("reach_loss_ratio", 0.05, "reflector"),
    ],
    "loss_behind_access": [
        measured("reach_loss_ratio", 0.0, "gateway"),
        measured("reach_loss_ratio", 0.05, "reflector"),
    ],
    "cross_traffic": [measured("ont_other_ports_down_ratio", 0.3), measured("throughput_down_mbps", 600.0)],
    "station_thermal": [measured("station_throttling", "throttled", "down"), withdrawn_as("instrument_limit")],
    "station_wifi": [measured("station_adapter", "wifi"), withdrawn_as("instrument_limit")],
    "station_usb": [
        *(measured("station_adapter", "usb"), measured("station_usb_mbps", 480)),
        withdrawn_as("instrument_limit"),
    ],
    "station_busy": [measured("station_cpu_max_ratio", 1.0, "down"), withdrawn_as("disturbed")],
    "swapped_rates": [
        *(measured("throughput_down_mbps", 97.0), measured("throughput_down_contract_ratio", 0.097)),
        *(measured("throughput_up_mbps", 960.0), measured("throughput_up_contract_ratio", 9.6)),
    ],
    "other_profile": [measured("throughput_down_mbps", 288.0), measured("throughput_down_confidence", "high")],
    "reflector_far": [measured("throughput_down_mbps", 333.0), measured("reach_rtt_ms", 190.0, "reflector")],
    "bufferbloat": [measured("latency_down_added_ms", 480.0)],
    "cgnat": [measured("line_cgnat", "cgnat")],
    "iptv_join_refused": [measured("iptv_join", "silent")],
    "iptv_wrong_vlan": [measured("iptv_join", "silent"), measured("iptv_other_vlan", "45")],
    "iptv_lossy": [measured("iptv_loss_ratio", 0.01)],
    "iptv_slow": [measured("iptv_join_delay_ms", 2500.0)],
    "voice_account_refused": [measured("voice_registration", "refused")],
    "voice_registrar_silent": [measured("voice_registration", "silent")],
    "ont_locked_out": [failed("ont_rx_power_dbm", "locked_out")],
    "ont_busy": [failed("ont_rx_power_dbm", "busy")],
    "ont_login_refused": [failed("ont_rx_power_dbm", "auth_rejected")],
    "ont_unknown_firmware": [failed("ont_rx_power_dbm", "unknown_firmware")],
}


@pytest.mark.parametrize("first", _ADVISED)
def test_each_cause_is_named_first_on_its_own_evidence(first: str) -> None:
    mode = "bridge" if first == "route_instead_of_bridge" else "route"
    assert causes(*_ADVISED[first], mode=mode)[0] == first


def test_every_cause_has_its_case_and_its_words_in_both_languages() -> None:
    cases = {*_ADVISED, *_DECISIVE}
    assert cases == set(texts()) == {name for name, _, _ in RULES}
    for name in texts():
        for language in get_args(Language):
            assert all(words_of(name, language))


def test_what_explains_a_cause_away_is_a_cause_that_stands_before_it() -> None:
    place = {name: at for at, (name, _, _) in enumerate(RULES)}
    late = [(name, other) for name, _, others in RULES for other in others if place[other] >= place[name]]
    assert late == []


def test_what_lies_behind_a_dark_fibre_is_not_blamed_beside_it() -> None:
    dark = (failed("ont_rx_power_dbm", "no_signal"), measured("dhcp_state", "no_offer"), *_NO_RATES)
    assert causes(*dark) == ["dark_fibre"]


@pytest.mark.parametrize(
    ("also", "named"),
    [
        ([failed("ont_olt_vendor", "no_such_object"), measured("dhcp_state", "no_offer")], "fake_o5"),
        ([failed("ont_olt_vendor", "not_supported"), measured("dhcp_state", "no_offer")], "dhcp_silent"),
        ([failed("ont_olt_vendor", "no_such_object"), measured("dhcp_state", "bound")], "reflector_not_usable"),
        ([measured("ont_olt_vendor", "HWTC"), measured("dhcp_state", "no_offer")], "dhcp_silent"),
    ],
)
def test_an_olt_that_never_spoke_is_a_fake_o5_only_where_nobody_else_answers(
    also: list[Measurement], named: str
) -> None:
    assert causes(measured("ont_onu_state", "O5"), *also, *_NO_RATES)[0] == named


def test_an_ont_that_may_not_send_is_not_blamed_for_its_laser() -> None:
    assert causes(measured("ont_onu_state", "O2"), failed("ont_tx_power_dbm", "no_signal")) == ["not_registered"]


def test_a_rule_on_an_unknown_quantity_is_said_at_once() -> None:
    with pytest.raises(AssertionError, match=r"ont_rx_powr_dbm is not a quantity; did you mean ont_rx_power_dbm\?"):
        failing("ont_rx_powr_dbm")


@pytest.mark.parametrize(("told", "named"), [("17", []), ("18", ["wrong_place"])])
def test_an_onu_id_other_than_ordered_is_named_where_the_ont_tells_it(told: str, named: list[str]) -> None:
    limits = CRITERIA.for_line(replace(ORDERED, onu_id=17))
    measurements = [*GOOD, measured("ont_onu_id", told)]
    assert [cause.name for cause in name_causes(judge(measurements, limits), measurements)] == named


def test_a_clean_line_has_no_cause() -> None:
    assert causes() == []


@pytest.mark.parametrize(
    ("also", "named"),
    [
        ([measured("station_adapter", "usb"), measured("station_usb_mbps", 480)], []),
        ([measured("station_adapter", "usb"), measured("station_usb_mbps", 5000), withdrawn_as("disturbed")], []),
        ([measured("station_adapter", "wifi")], []),
        ([measured("ont_uptime_rise_s", -40), measured("station_link_changes", 2, "visit")], ["ont_rebooted"]),
        ([measured("ont_lan_rx_errors_rise", 7)], ["cable_errors"]),
    ],
)
def test_what_the_station_is_made_of_is_no_cause_by_itself(also: list[Measurement], named: list[str]) -> None:
    found = causes(*also)
    assert [name for name in found if name != "run_does_not_count"] == named


@pytest.mark.parametrize(("state", "first"), [("O7", "emergency_stop"), ("O1", "not_registered")])
def test_an_ont_that_may_not_send_is_not_blamed_for_its_silence(state: str, first: str) -> None:
    found = causes(measured("ont_onu_state", state), measured("ont_tx_power_dbm", -40.0))
    assert found[0] == first and "tx_out_of_class" not in found


def test_low_rate_is_not_blamed_on_the_line_when_something_else_fails() -> None:
    changed = (measured("throughput_down_mbps", 94.0), measured("port_speed_mbps", 100))
    assert "low_rate" not in causes(*changed)


def test_a_dhcp_server_that_takes_its_time_is_no_cause() -> None:
    assert causes(measured("dhcp_state", "bound"), measured("dhcp_offer_ms", 2900.0)) == []


def test_the_vlans_of_a_stack_that_answers_are_not_missed_alone() -> None:
    stack = [measured("vlan_answer", "answered", "41.1117")]
    alone = [measured("vlan_answer", "silent", name) for name in ("untagged", "41", "1117")]
    assert causes(*stack, *alone) == []
    assert causes(*alone, measured("vlan_answer", "answered", "43"))[0] == "wrong_vlan"


def test_a_relay_without_a_processor_is_the_station_and_no_port() -> None:
    starved = replace(failed("throughput_down_mbps", "instrument_limit"), failure=RELAY)
    assert causes(starved) == ["station_busy"]


def test_a_processor_that_was_full_in_one_direction_explains_no_other() -> None:
    sold = [measured("throughput_down_mbps", 288.0), measured("throughput_down_confidence", "high")]
    assert causes(*sold, measured("station_cpu_max_ratio", 0.98, "up"))[0] == "other_profile"
    assert causes(*sold, measured("station_cpu_max_ratio", 0.98, "down"))[0] == "station_busy"


def test_a_bridge_that_takes_the_ordered_tag_off_is_in_no_wrong_vlan() -> None:
    assert causes(measured("vlan_answer", "answered", "untagged"), measured("vlan_answer", "silent", "41")) == []


def test_over_a_long_way_a_rate_that_is_sold_is_no_profile() -> None:
    sold = [measured("throughput_down_mbps", 288.0), measured("throughput_down_confidence", "high")]
    assert causes(*sold)[0] == "other_profile"
    assert causes(*sold, measured("reach_rtt_ms", 190.0, "reflector"))[0] == "reflector_far"


def test_a_group_that_runs_in_its_own_vlan_is_in_no_other() -> None:
    assert causes(measured("iptv_join", "joined"), measured("iptv_other_vlan", "45")) == []


def test_where_several_concentrators_offer_a_refusal_may_be_the_wrong_ones() -> None:
    refused = [measured("pppoe_state", "account_refused"), measured("pppoe_words", "unknown user")]
    assert causes(*refused, measured("pppoe_concentrators", 2))[:2] == [
        "pppoe_several_concentrators",
        "pppoe_account_refused",
    ]
