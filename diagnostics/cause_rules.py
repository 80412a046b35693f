"""When each cause is named, in the order of likelihood: its evidence rule, and the causes that explain it away; data.

What lies nearer to the light stands first: a fault there shows in everything behind it. Titles and actions stand in
cause_texts.toml. A bound without a source beside it is a house rule.
"""

from diagnostics.compound_evidence import (
    account_in_use,
    iptv_wrong_vlan,
    open_beside,
    other_profile,
    swapped_rates,
    wrong_vlan,
)
from diagnostics.evidence import (
    Rule,
    above,
    all_of,
    any_of,
    below,
    doubted,
    failed,
    failing,
    is_,
    marginal,
    shown,
    starved,
    unless,
    with_,
)

RX, STATE, GATEWAY = "ont_rx_power_dbm", "ont_onu_state", "reach_loss_ratio[gateway]"
DOWN, UP = "throughput_down_mbps", "throughput_up_mbps"
_MIDDLE_DBM = -15.0  # between the two edges of every class: which of them a failing power is near
_BIAS_MOST_MA = 70.0  # warning threshold that modules of this kind are programmed with (SFF-8472 A2h)
_LOID_REFUSED = ("unknown_loid", "wrong_password", "duplicate")
_LOSS = 0.01
_ADDED_MOST_MS = 100.0
_FAR_MS = 80.0
_USB_3_MBPS = 5000  # a slower USB bus does not carry a gigabit
_DNS_SLOW_MS = 200.0
_JOIN_SLOW_MS = 1500.0


_lit = unless(shown(RX), failed(RX, "no_signal"))
_dark = with_(any_of(failed(RX, "no_signal"), is_("ont_alarm_los", "raised")), "ont_optical_link", STATE)
_registered = is_(STATE, "O5", "O5.1", "O5.2")
_traffic = any_of(above(DOWN, 0), above(UP, 0))
_nobody_answers = any_of(is_("dhcp_state", "no_offer"), is_("pppoe_state", "no_offer"))
_olt_unheard = all_of(failed("ont_olt_vendor", "no_such_object"), _nobody_answers)  # it never spoke OMCI
_unprovisioned = any_of(
    *(below(f"ont_{name}", 1) for name in ("gem_ports", "tconts", "provisioned_vlans")),
    _olt_unheard,
)
_not_up = any_of(
    is_(STATE, "O1", "O2", "O2-3", "O3", "O4", "O6", "O8", "O9"), is_("ont_epon_registration", "unregistered")
)
_NO_SERVICE_KINDS = ("refused", "unreachable", "timeout", "unparseable", "auth_rejected", "disturbed")
_not_served = any_of(
    *(
        failed(rate, "refused", "unreachable", "timeout", "unparseable", "auth_rejected", "disturbed")
        for rate in (DOWN, UP)
    )
)
_faulty_frames = any_of(
    *(above(f"station_{way}_errors[visit]", 0) for way in ("rx", "tx")),
    failing("station_rx_errors"),
    above("ont_lan_rx_errors_rise", 0),
)
_low = failing(DOWN, UP)
_unsure = any_of(doubted(DOWN), doubted(UP))
_station_slow = any_of(_low, _unsure)


def _busy(way: str, rate: str) -> Rule:
    """A processor that was full in the other direction explains nothing of this one."""
    return all_of(above(f"station_cpu_max_ratio[{way}]", 0.95), any_of(failing(rate), doubted(rate)))


_NO_LIGHT = {"no_link", "dark_fibre"}
_NO_PON = _NO_LIGHT | {"emergency_stop", "loid_refused", "not_registered", "fake_o5"}
_NO_NETWORK = _NO_PON | {"wrong_vlan", "loop"}
_NO_SESSION = _NO_NETWORK | {
    "route_instead_of_bridge",
    "pppoe_no_offer",
    "pppoe_account_in_use",
    "pppoe_account_refused",
    "pppoe_ipcp_refused",
    "pppoe_session_failed",
}
_LIGHT = {"weak_light", "strong_light"}
_PATH = _NO_SESSION | {"link_flapping", "cable_errors", "mtu_black_hole", "loss_on_access", "loss_behind_access"}
_SLOWED = _PATH | {
    *("port_below_gigabit", "half_duplex", "swapped_rates", "other_profile", "cross_traffic", "reflector_far"),
    *(
        "station_thermal",
        "station_wifi",
        "station_usb",
        "station_busy",
        "duplicate_address",
        "fec_under_load",
        "ont_rebooted",
    ),
}

# name, evidence rule, names of the causes that explain it away
RULES: tuple[tuple[str, Rule, frozenset[str]], ...] = tuple(
    (name, rule, frozenset(explained_by))
    for name, rule, explained_by in (
        ("no_link", is_("station_link_state", "down"), set[str]()),
        ("dark_fibre", _dark, {"no_link"}),
        ("strong_light", all_of(failing(RX), above(RX, _MIDDLE_DBM)), set()),
        ("weak_light", all_of(failing(RX), below(RX, _MIDDLE_DBM)), set()),
        ("emergency_stop", is_(STATE, "O7"), set()),
        ("wrong_ont", failing("ont_pon_serial", "ont_equipment_serial", "ont_identity"), set()),
        ("wrong_place", any_of(failing("ont_onu_id"), is_("ont_olt_place", "elsewhere")), {"wrong_ont"}),
        ("loid_refused", with_(is_("ont_loid_state", *_LOID_REFUSED), STATE), _NO_LIGHT),
        ("not_registered", all_of(_not_up, _lit), _NO_LIGHT | _LIGHT | {"loid_refused"}),
        ("fake_o5", unless(all_of(_registered, _unprovisioned), _traffic), _NO_LIGHT | {"loid_refused"}),
        # an ONT that is not registered, or was switched off, does not send, and need not
        ("tx_out_of_class", failing("ont_tx_power_dbm"), _NO_LIGHT | {"emergency_stop", "not_registered"}),
        ("ont_rebooted", below("ont_uptime_rise_s", 0), _NO_LIGHT),
        ("half_duplex", any_of(is_("ont_lan_duplex", "half"), is_("station_link_duplex", "half")), set()),
        ("port_below_gigabit", failing("port_speed_mbps"), set()),
        ("link_flapping", above("station_link_changes[visit]", 0), {"ont_rebooted"}),
        ("cable_errors", _faulty_frames, {"half_duplex", "link_flapping"}),
        ("fec_under_load", above("ont_fec_uncorrectable_codewords_rise", 0), _LIGHT | _NO_LIGHT),
        ("ageing_laser", with_(above("ont_bias_ma", _BIAS_MOST_MA), "ont_temperature_celsius"), set()),
        ("marginal_light", marginal(RX), set()),
        ("loop", any_of(above("loop_returned_frames", 0), is_("pppoe_state", "looped")), _NO_LIGHT),
        ("wrong_vlan", wrong_vlan, _NO_PON),
        ("route_instead_of_bridge", all_of(failing("line_mode"), is_("line_mode", "route")), _NO_PON),
        ("bridge_instead_of_route", all_of(failing("line_mode"), is_("line_mode", "bridge")), _NO_PON),
        (
            "pppoe_no_offer",
            with_(is_("pppoe_state", "no_offer"), "pppoe_words"),
            _NO_NETWORK | {"route_instead_of_bridge"},
        ),
        # Before what one of them refused: it may be the one that should not be there.
        ("pppoe_several_concentrators", with_(above("pppoe_concentrators", 1), "pppoe_concentrator"), set()),
        ("pppoe_account_in_use", account_in_use, set()),
        (
            "pppoe_account_refused",
            with_(is_("pppoe_state", "account_refused"), "pppoe_words"),
            {"pppoe_account_in_use"},
        ),
        ("pppoe_ipcp_refused", with_(is_("pppoe_state", "ipcp_refused"), "pppoe_words"), set()),
        (
            "pppoe_session_failed",
            with_(is_("pppoe_state", "no_session", "lcp_failed", "authentication_silent", "dropped"), "pppoe_words"),
            set(),
        ),
        ("duplicate_address", any_of(is_("arp_conflict", "conflict"), above("arp_gateway_answers", 1)), {"loop"}),
        ("dhcp_rogue", with_(above("dhcp_servers", 1), "dhcp_servers_seen"), {"loop"}),
        ("dhcp_nak", with_(is_("dhcp_state", "refused"), "dhcp_message"), {"dhcp_rogue"}),
        (
            "dhcp_pool_empty",
            with_(is_("dhcp_state", "withheld", "no_ack"), "dhcp_servers_seen", "dhcp_message"),
            _NO_NETWORK,
        ),
        ("dhcp_silent", with_(is_("dhcp_state", "no_offer"), GATEWAY), _NO_NETWORK | {"dhcp_pool_empty"}),
        ("captive_portal", is_("dns_portal", "captive"), set()),
        ("dns_hijacked", is_("dns_state", "hijacked"), {"captive_portal"}),
        ("dns_wrong", is_("dns_state", "wrong"), {"captive_portal", "dns_hijacked"}),
        (
            "dns_silent",
            is_("dns_state", "silent", "failing"),
            _NO_SESSION | {"dhcp_silent", "dhcp_nak", "dhcp_pool_empty"},
        ),
        ("mtu_black_hole", with_(is_("path_mtu_state", "black_hole"), "path_mtu_bytes"), _NO_SESSION),
        (
            "loss_on_access",
            with_(all_of(above(GATEWAY, _LOSS), below(GATEWAY, 1.0)), "reach_loss_ratio[reflector]"),
            _NO_SESSION | {"loop", "half_duplex", "link_flapping", "cable_errors", "fec_under_load", "weak_light"},
        ),
        (
            "loss_behind_access",
            with_(
                all_of(above("reach_loss_ratio[reflector]", _LOSS), below("reach_loss_ratio[reflector]", 1.0)), GATEWAY
            ),
            _NO_SESSION | {"loss_on_access", "loop", "half_duplex", "link_flapping", "cable_errors", "fec_under_load"},
        ),
        ("dns_slow", above("dns_time_ms", _DNS_SLOW_MS), {"dns_silent", "loss_on_access", "loss_behind_access"}),
        (
            "cross_traffic",
            any_of(
                above("cross_traffic_down_ratio", 0.05),
                above("cross_traffic_up_ratio", 0.05),
                above("ont_other_ports_down_ratio", 0.05),
                above("ont_other_ports_up_ratio", 0.05),
            ),
            set(),
        ),
        ("station_thermal", all_of(is_("station_throttling", "under_voltage", "throttled"), _station_slow), set()),
        ("station_wifi", all_of(is_("station_adapter", "wifi"), _station_slow), set()),
        ("station_usb", all_of(is_("station_adapter", "usb"), _unsure, below("station_usb_mbps", _USB_3_MBPS)), set()),
        (
            "station_busy",
            any_of(_busy("down", DOWN), _busy("up", UP), starved(DOWN), starved(UP)),
            {"station_thermal", "station_wifi", "station_usb"},
        ),
        (
            "port_is_the_limit",
            any_of(*(failed(name, "instrument_limit") for name in ("port_speed_mbps", DOWN, UP))),
            {"station_thermal", "station_wifi", "station_usb", "station_busy", "port_below_gigabit"} | _NO_SESSION,
        ),
        ("reflector_busy", any_of(failed(DOWN, "busy"), failed(UP, "busy")), _NO_PON),
        ("swapped_rates", swapped_rates, _PATH | {"port_below_gigabit"}),
        (  # over so long a way also what looks like a sold rate may be full windows
            "reflector_far",
            all_of(_low, above("reach_rtt_ms[reflector]", _FAR_MS)),
            _PATH | {"swapped_rates"},
        ),
        (
            "other_profile",
            unless(other_profile, open_beside("throughput_")),
            _PATH | {"swapped_rates", "cross_traffic", "reflector_far"},
        ),
        (
            "bufferbloat",
            any_of(above("latency_down_added_ms", _ADDED_MOST_MS), above("latency_up_added_ms", _ADDED_MOST_MS)),
            {"cross_traffic", "loss_on_access"},
        ),
        ("cgnat", failing("line_cgnat", "pppoe_address_kind"), set()),
        ("iptv_wrong_vlan", iptv_wrong_vlan, _NO_PON | {"loop"}),
        ("iptv_join_refused", is_("iptv_join", "silent"), _NO_NETWORK | {"iptv_wrong_vlan"}),
        ("iptv_lossy", above("iptv_loss_ratio", 0.0001), _PATH),
        ("iptv_slow", above("iptv_join_delay_ms", _JOIN_SLOW_MS), {"iptv_lossy"} | _PATH),
        ("voice_account_refused", with_(is_("voice_registration", "refused"), "voice_answer_reason"), set()),
        ("voice_registrar_silent", is_("voice_registration", "silent"), _NO_SESSION),
        ("ont_locked_out", failed(RX, "locked_out"), set()),
        ("ont_busy", failed(RX, "busy"), set()),
        ("ont_login_refused", failed(RX, "auth_rejected"), set()),
        ("ont_unknown_firmware", failed(RX, "unknown_firmware"), set()),
        ("ont_not_readable", failed(RX, "timeout", "refused", "unreachable", "unparseable"), {"no_link"}),
        ("run_does_not_count", _unsure, _SLOWED | _LIGHT | {"wrong_ont", "reflector_busy"}),
        (
            "reflector_not_usable",
            _not_served,
            _NO_SESSION | {"ont_rebooted", "link_flapping", "reflector_busy", "mtu_black_hole", "duplicate_address"},
        ),
        ("low_rate", unless(with_(_low, RX, "port_speed_mbps"), open_beside("throughput_")), _SLOWED | _LIGHT),
    )
)
