"""The dictionary: every quantity that can be learnt about a line, once, with its unit in its name.

A name that is not here is not measured, judged, stored or shown. A new quantity is a new line; nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Kind = Literal["number", "state", "text", "flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One thing that can be known about a line; numbers are rounded to `resolution`, states are one of `states`."""

    name: str
    kind: Kind
    resolution: float = 0.0
    meaning: str
    standard: str = ""
    states: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The unit as people write it, read from the end of the name; empty where there is none."""
        for ending, unit in _UNITS:
            if self.name.endswith(ending):
                return unit
        return ""


_UNITS = (
    ("_kbyte_s_per_mbit", "kB/s per Mbit/s (kB = 1000 B)"),
    ("_dbm", "dBm"),
    ("_mbps", "Mbit/s"),
    ("_ms", "ms"),
    ("_us", "µs"),
    ("_s", "s"),
    ("_celsius", "°C"),
    ("_ma", "mA"),
    ("_v", "V"),
    ("_bytes", "B"),
)


def _number(name: str, resolution: float, meaning: str, standard: str = "") -> Quantity:
    return Quantity(name=name, kind="number", resolution=resolution, meaning=meaning, standard=standard)


def _text(name: str, meaning: str, standard: str = "") -> Quantity:
    return Quantity(name=name, kind="text", meaning=meaning, standard=standard)


def _state(name: str, states: tuple[str, ...], meaning: str, standard: str = "") -> Quantity:
    return Quantity(name=name, kind="state", states=states, meaning=meaning, standard=standard)


_ONU_STATES = (
    *("O1", "O2", "O3", "O4", "O5", "O6", "O7"),  # ITU-T G.984.3
    *("O1.1", "O1.2", "O2-3", "O5.1", "O5.2", "O8", "O8.1", "O8.2", "O9"),  # sub-states of ITU-T G.9807.1, G.989.3
)
_ALARMS = (
    ("los", "loss of signal"),
    ("lof", "loss of frame"),
    ("lom", "loss of multiframe"),
    ("sf", "signal failed"),
    ("sd", "signal degraded"),
    ("tx_too_long", "the laser sends outside its turn (rogue ONU)"),
    ("tx_mismatch", "the laser does not send when it should, or does when it should not"),
)

_ONT = (
    _text("ont_vendor", "who made the ONT, as the ONT says"),
    _text("ont_model", "the ONT's model, as the ONT says"),
    _text("ont_hardware_version", "the ONT's hardware version"),
    _text("ont_software_version", "the software that the ONT runs now"),
    _text("ont_pon_serial", "the PON serial, by which the OLT knows the ONT", "ITU-T G.984.3 9.2"),
    _text("ont_mac", "the ONT's own MAC address", "IEEE 802"),
    _text("ont_equipment_serial", "the serial of the box, where it differs from the PON serial"),
    _text("ont_optical_class", "the optical class that the ONT states for itself"),
    _state("ont_pon_mode", ("gpon", "epon", "xgspon", "xgpon"), "which PON the uplink works as"),
    _state("ont_onu_state", _ONU_STATES, "activation state of the ONU", "ITU-T G.984.3 10.2"),
    _state("ont_epon_registration", ("registered", "unregistered"), "MPCP registration of the ONU", "IEEE 802.3 64.3"),
    _text("ont_olt_vendor", "who made the OLT, as it told the ONT over OMCI", "ITU-T G.988 9.12.2"),
    _number("ont_pon_uptime_s", 1, "time since the OLT took the ONT into service"),
    _state("ont_optical_link", ("up", "down"), "whether the ONT's optical module sees its PON"),
    _number("ont_rx_power_dbm", 0.01, "optical power that the ONT receives", "ITU-T G.984.2"),
    _number("ont_tx_power_dbm", 0.01, "optical power that the ONT sends", "ITU-T G.984.2"),
    _number("ont_bias_ma", 0.01, "bias current of the ONT's laser", "SFF-8472 9.7"),
    _number("ont_voltage_v", 0.001, "supply voltage of the ONT's optical module", "SFF-8472 9.7"),
    _number("ont_temperature_celsius", 0.01, "temperature of the ONT's optical module", "SFF-8472 9.7"),
    _number("ont_uptime_s", 1, "time since the ONT started"),
    *(_state(f"ont_alarm_{name}", ("clear", "raised"), f"PON alarm: {words}") for name, words in _ALARMS),
    _number("ont_bip_errors", 1, "downstream bits that failed bit interleaved parity", "ITU-T G.984.3 8.1.3"),
    _number("ont_fec_corrected_codewords", 1, "downstream codewords that FEC mended", "ITU-T G.988 9.2.9"),
    _number("ont_fec_uncorrectable_codewords", 1, "downstream codewords that FEC could not mend", "ITU-T G.988 9.2.9"),
    _number("ont_hec_errors", 1, "downstream GEM frames with a broken header", "ITU-T G.984.3 8.3"),
    _number("ont_ploam_crc_errors", 1, "downstream PLOAM messages with a broken checksum", "ITU-T G.984.3 9.2"),
    _number("ont_gem_ports", 1, "GEM ports provisioned for subscriber traffic upstream", "ITU-T G.988 9.2.3"),
    _number("ont_tconts", 1, "T-CONTs that carry subscriber traffic", "ITU-T G.988 9.2.2"),
    _number(
        "ont_provisioned_vlans", 1, "different VLANs in the filters that the OLT provisioned", "ITU-T G.988 9.3.11"
    ),
    _number("ont_igmp_groups", 1, "multicast groups that the ONT is a member of", "RFC 3376"),
    _state("ont_wan_state", ("connected", "connecting", "disconnected"), "state of one WAN connection of the ONT"),
    _text("ont_wan_address", "address of one WAN connection of the ONT"),
    _state("ont_wan_mode", ("route", "bridge"), "whether one WAN connection routes or bridges"),
    _state("ont_pppoe_state", ("connected", "connecting", "disconnected"), "state of one PPPoE session of the ONT"),
    _state("ont_voip_registration", ("registered", "unregistered"), "SIP registration of one telephone line"),
    _state("ont_lan_link", ("up", "down"), "link of one LAN port of the ONT"),
    _number("ont_lan_speed_mbps", 1, "negotiated speed of one LAN port of the ONT", "IEEE 802.3 clause 28"),
    _state("ont_lan_duplex", ("full", "half"), "negotiated duplex of one LAN port of the ONT", "IEEE 802.3 clause 28"),
    _number("ont_lan_rx_packets", 1, "packets that one LAN port of the ONT received"),
    _number("ont_lan_tx_packets", 1, "packets that one LAN port of the ONT sent"),
    _number("ont_lan_rx_bytes", 1, "octets that one LAN port of the ONT received", "RFC 2863 ifInOctets"),
    _number("ont_lan_tx_bytes", 1, "octets that one LAN port of the ONT sent", "RFC 2863 ifOutOctets"),
    _number("ont_lan_dropped_packets", 1, "packets that one LAN port of the ONT dropped"),
    _number("ont_lan_rx_errors", 1, "faulty frames that one LAN port of the ONT received", "RFC 2863 ifInErrors"),
)

_STATION = (
    _state("station_link_state", ("up", "down"), "link of the station's customer-side interface"),
    _number("station_link_speed_mbps", 1, "negotiated speed of the station's interface", "IEEE 802.3 clause 28"),
    _number("station_link_max_mbps", 1, "best speed that the station's interface supports"),
    _state(
        "station_link_duplex", ("full", "half"), "negotiated duplex of the station's interface", "IEEE 802.3 clause 28"
    ),
    _number("station_mtu_bytes", 1, "largest IP packet that the station's interface sends"),
    _number("station_rx_errors", 1, "faulty frames that the station's interface received during the visit"),
    _number("station_tx_errors", 1, "frames that the station's interface failed to send during the visit"),
    _number("station_rx_bytes", 1, "octets that the station's interface received", "RFC 2863 ifInOctets"),
    _number("station_tx_bytes", 1, "octets that the station's interface sent", "RFC 2863 ifOutOctets"),
    _number("station_rx_packets", 1, "packets that the station's interface received"),
    _number("station_tx_packets", 1, "packets that the station's interface sent"),
    _number("port_speed_mbps", 1, "the lowest of the station's and the ONT's LAN port speed"),
)

_REACH = (
    _number("reach_loss_ratio", 0.001, "share of echo requests without an answer", "RFC 2681"),
    _number("reach_rtt_ms", 0.001, "median round trip of echo requests", "RFC 2681"),
    _number("reach_delay_variation_ms", 0.001, "95th percentile of the round trip less its minimum", "RFC 5481 4.2"),
)

_THROUGHPUT = tuple(
    quantity
    for way, word in (("down", "towards the subscriber"), ("up", "from the subscriber"))
    for quantity in (
        _number(f"throughput_{way}_mbps", 0.001, f"TCP throughput {word}", "RFC 6349 3.3"),
        _state(f"throughput_{way}_layer", ("tcp_payload", "ip", "ethernet"), f"which bytes {word} count for the rate"),
        _number(f"throughput_{way}_contract_ratio", 0.0001, f"TCP throughput {word} over the ordered rate"),
        _number(f"throughput_{way}_kbyte_s_per_mbit", 0.001, f"throughput {word} for each ordered Mbit/s, kB = 1000 B"),
        _state(f"throughput_{way}_confidence", ("high", "medium", "low"), f"how steady the rate {word} was"),
        _text(f"throughput_{way}_repeat", f"why the rate {word} was measured once more, and what came of it"),
        _number(f"throughput_{way}_bytes", 1, f"TCP payload bytes {word} in the counted window"),
        _number(f"throughput_{way}_us", 1, f"length of the counted window {word}"),
        _number(
            f"throughput_{way}_ceiling_mbps",
            0.1,
            f"highest TCP throughput {word} that the path allows",
            "RFC 6349 4.1.1",
        ),
        _number(f"throughput_{way}_retransmits", 1, f"TCP segments sent again {word}, where the sender tells"),
    )
)

_WAYS = (("down", "download"), ("up", "upload"))
_LATENCY = (
    _number("latency_idle_p50_ms", 0.001, "median round trip to the reflector without load", "RFC 2681"),
    _number("latency_idle_p95_ms", 0.001, "95th percentile of the round trip without load", "RFC 2681"),
    *(
        quantity
        for way, word in _WAYS
        for quantity in (
            _number(f"latency_{way}_loaded_p50_ms", 0.001, f"median round trip under {word}", "RFC 2681"),
            _number(f"latency_{way}_loaded_p95_ms", 0.001, f"95th percentile of the round trip under {word}"),
            _number(f"latency_{way}_loaded_p99_ms", 0.001, f"99th percentile of the round trip under {word}"),
            _number(f"latency_{way}_loss_ratio", 0.001, f"share of echo requests without an answer under {word}"),
            _number(f"latency_{way}_added_ms", 0.001, f"median round trip under {word} less that without load"),
        )
    ),
)

# What is watched beside a run; index `down` or `up` names the run.
_BESIDE = (
    *(
        _number(f"cross_traffic_{way}_ratio", 0.0001, f"share of foreign traffic beside the {word}")
        for way, word in _WAYS
    ),
    _number("station_cpu_max_ratio", 0.001, "how busy the station's busiest core was, median over the window"),
    _number("station_softirq_max_ratio", 0.001, "time of one core in soft interrupts, highest over the window"),
    _number("station_temperature_celsius", 0.1, "highest temperature of the station during the run"),
    _state(
        "station_throttling",
        ("none", "under_voltage", "throttled"),
        "whether the station ran with too little voltage or at a lowered clock",
    ),
    _number("station_iperf3_cpu_ratio", 0.001, "time of one core that the station's iperf3 took"),
    _number("reflector_iperf3_cpu_ratio", 0.001, "time of one core that the reflector's iperf3 took"),
)

# The ONT once more after the load, compared with what it said before.
_ONT_AGAIN = (
    _state("ont_identity", ("same", "changed"), "whether the ONT after the test is the one from before it"),
    _number("ont_uptime_rise_s", 1, "growth of the ONT's uptime during the test (negative: it restarted)"),
    *(
        quantity
        for way, word in _WAYS
        for quantity in (
            _number(f"ont_octets_{way}_ratio", 0.001, f"octets of the ONT's LAN port over the station's own, {word}"),
            _number(f"ont_packets_{way}_ratio", 0.001, f"packets of the ONT's LAN port over the station's own, {word}"),
            _number(f"ont_other_ports_{way}_ratio", 0.001, f"octets of the ONT's other LAN ports likewise, {word}"),
        )
    ),
    *(
        _number(f"{name}_rise", 1, f"growth during the test: {words}", standard)
        for name, words, standard in (
            ("ont_bip_errors", "downstream bits that failed parity", "ITU-T G.984.3 8.1.3"),
            ("ont_fec_corrected_codewords", "codewords that FEC mended", "ITU-T G.988 9.2.9"),
            ("ont_fec_uncorrectable_codewords", "codewords that FEC could not mend", "ITU-T G.988 9.2.9"),
            ("ont_hec_errors", "GEM frames with a broken header", "ITU-T G.984.3 8.3"),
        )
    ),
)

_RFC_6349 = (
    _number("tcp_baseline_rtt_ms", 0.001, "median round trip to the reflector over an idle line", "RFC 6349 3.2.1"),
    _number("tcp_bandwidth_mbps", 0.001, "TCP payload rate of the path's narrowest link", "RFC 6349 3.2.2"),
    _number("tcp_bdp_bytes", 1, "bandwidth-delay product: the least window that fills the path", "RFC 6349 3.3.1"),
    _number("tcp_throughput_mbps", 0.001, "payload rate of a single TCP connection", "RFC 6349 3.3"),
    _number("tcp_transfer_time_ratio", 0.001, "actual over ideal transfer time of one connection", "RFC 6349 4.1"),
    _number("tcp_efficiency_ratio", 0.00001, "share of the sent bytes that were not sent again", "RFC 6349 4.2"),
    _number("tcp_loaded_rtt_ms", 0.001, "mean round trip to the reflector during a transfer", "RFC 6349 4.3"),
    _number("tcp_buffer_delay_ratio", 0.001, "growth of the mean round trip in a transfer", "RFC 6349 4.3"),
    _number("tcp_window_bytes", 1, "window of one step of the window scan", "RFC 6349 3.3.1"),
    _number("tcp_window_expected_mbps", 0.001, "rate that this window can carry at best", "RFC 6349 3.3.1"),
    _number("tcp_window_mbps", 0.001, "payload rate of one connection with this window", "RFC 6349 3.3"),
    _number("tcp_window_ratio", 0.001, "measured over expected rate with this window", "RFC 6349 5.2"),
)

_ADDRESSING = (
    _state("dhcp_state", ("bound", "refused", "no_ack", "no_offer"), "how far DHCPv4 came", "RFC 2131"),
    _number("dhcp_servers", 1, "DHCPv4 servers that made an offer; more than one may be a rogue", "RFC 2131"),
    _text("dhcp_servers_seen", "each DHCPv4 server with its MAC address"),
    _number("dhcp_offer_ms", 0.1, "time from the discover to the first offer", "RFC 2131"),
    _number("dhcp_ack_ms", 0.1, "time from the request to its answer", "RFC 2131"),
    _text("dhcp_address", "the address that DHCPv4 granted"),
    _text("dhcp_gateway", "the gateways that DHCPv4 named", "RFC 2132 3.5"),
    _text("dhcp_resolvers", "the DNS resolvers that DHCPv4 named", "RFC 2132 3.8"),
    _number("dhcp_lease_s", 1, "how long the DHCPv4 lease lasts", "RFC 2132 9.2"),
    _state("dhcp_option82", ("seen", "not_seen"), "whether a relay's option came back to us", "RFC 3046"),
    _text("dhcp_message", "the server's own words to its refusal", "RFC 2132 9.9"),
    _state("dhcp6_state", ("bound", "refused", "no_reply", "no_server"), "how far DHCPv6 came", "RFC 8415"),
    _number("dhcp6_servers", 1, "DHCPv6 servers that advertised themselves", "RFC 8415"),
    _text("dhcp6_address", "the address that DHCPv6 granted"),
    _text("dhcp6_prefix", "the prefix that DHCPv6 delegated", "RFC 8415 6.3"),
    _number("ra_routers", 1, "routers that advertised themselves", "RFC 4861"),
    _text("ra_prefixes", "the prefixes that routers advertised", "RFC 4861 4.6.2"),
    _state("arp_conflict", ("clear", "conflict"), "whether another device claims the station's address", "RFC 5227"),
    _number("arp_gateway_answers", 1, "devices that answer for the gateway's address", "RFC 826"),
    _number("loop_returned_frames", 1, "frames of the station that came back to it"),
    _state("line_mode", ("route", "bridge"), "whether the ONT routes or bridges, as found out"),
    _state("line_cgnat", ("none", "cgnat"), "whether the line's address is shared by the provider", "RFC 6598"),
    _state("vlan_tags", ("seen", "lost"), "whether VLAN tags survive on the station's interface", "IEEE 802.1Q"),
    _state("vlan_answer", ("answered", "silent"), "whether anything answers in a VLAN", "IEEE 802.1Q"),
    _text("vlan_answered_by", "what answered in a VLAN: dhcp, pppoe or arp"),
    _number("vlan_priority_codepoints", 1, "priority of the answers in a VLAN", "IEEE 802.1Q 6.9.3"),
)

_SERVICES = (
    _state("dns_state", ("honest", "wrong", "hijacked", "failing", "silent"), "what a resolver makes of names"),
    _number("dns_time_ms", 0.1, "time of a resolver's answer", "RFC 1035"),
    _state("dns_portal", ("open", "captive", "silent"), "what a page with a known answer comes back as"),
    _number("path_mtu_bytes", 1, "largest IP packet that reaches the reflector unfragmented", "RFC 1191"),
    _state("path_mtu_state", ("full", "signalled", "black_hole"), "whether what is too large is said", "RFC 2923"),
    _number("path_hops", 1, "hops to the reflector"),
    _text("path_route", "the hops to the reflector, with their round trips"),
    _state("iptv_join", ("joined", "silent", "flooded"), "whether the group comes when asked for", "RFC 3376"),
    _number("iptv_join_delay_ms", 0.1, "time from the report to the group's first packet", "RFC 3376"),
    _number("iptv_leave_delay_ms", 0.1, "time from the leave to the group's last packet", "RFC 3376"),
    _state("iptv_leave", ("left", "still_flowing"), "whether the group stops when left", "RFC 3376"),
    _number("iptv_loss_ratio", 0.000001, "share of the group's packets that are missing, by RTP number", "RFC 3550"),
    _state("voice_registration", ("registered", "refused", "silent"), "what the registrar made of us", "RFC 3261"),
    _number("voice_answer_code", 1, "the registrar's last answer", "RFC 3261 21"),
    _text("voice_answer_reason", "the registrar's own words"),
    _number("voice_registration_ms", 0.1, "time of the registrar's last answer", "RFC 3261"),
)

_VISIT = (
    _number("booking_delay_s", 1, "time from the order's arrival to the appointment being made"),
    _number("appointment_window_s", 1, "length of the appointed window"),
    _number("arrival_offset_s", 1, "arrival after the appointed time (negative: before it)"),
    _number("change_notice_s", 1, "shortest notice given for a change of the appointment"),
)

_ALL = (
    *(*_ONT, *_STATION, *_REACH, *_ADDRESSING, *_SERVICES, *_THROUGHPUT, *_LATENCY, *_BESIDE, *_ONT_AGAIN),
    *(*_RFC_6349, *_VISIT),
)
QUANTITIES: dict[str, Quantity] = {quantity.name: quantity for quantity in _ALL}
ONT_QUANTITIES = tuple(quantity.name for quantity in _ONT)  # what an ONT, or its OLT, can be asked


def nearest_name(name: str, known: Iterable[str]) -> str:
    """A closing clause that proposes the known name nearest to a mistyped one; empty where none is near."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
