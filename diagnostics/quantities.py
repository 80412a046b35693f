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
        _number(f"throughput_{way}_mbps", 0.001, f"TCP payload rate {word}", "RFC 6349 3.3"),
        _number(f"throughput_{way}_contract_ratio", 0.0001, f"TCP payload rate {word} over the ordered rate"),
        _number(f"throughput_{way}_kbyte_s_per_mbit", 0.001, f"payload {word} for each ordered Mbit/s, kB = 1000 B"),
        _number(f"throughput_{way}_bytes", 1, f"TCP payload bytes {word} in the counted window"),
        _number(f"throughput_{way}_us", 1, f"length of the counted window {word}"),
        _number(
            f"throughput_{way}_ceiling_mbps",
            0.1,
            f"highest TCP payload rate {word} that the path allows",
            "RFC 6349 4.1.1",
        ),
        _number(f"throughput_{way}_retransmits", 1, f"TCP segments sent again {word}, where the sender tells"),
    )
)

_PPPOE_STATES = (
    "up",
    "looped",
    "no_offer",
    "no_session",
    "lcp_failed",
    "account_refused",
    "authentication_silent",
    "ipcp_refused",
    "dropped",
)

_PPPOE = (
    _state("pppoe_state", _PPPOE_STATES, "how far the network let the station's PPPoE session come", "RFC 2516"),
    _text("pppoe_words", "what the network said as it refused or granted the session, in its own words"),
    _number("pppoe_concentrators", 1, "access concentrators that offered a session", "RFC 2516 5.2"),
    _text("pppoe_concentrator", "name of the access concentrator that was dialled", "RFC 2516 A"),
    _text("pppoe_service", "services that this access concentrator offers", "RFC 2516 A"),
    _number("pppoe_offer_ms", 0.001, "time from the first PADI to the first PADO", "RFC 2516 5"),
    _number("pppoe_session_ms", 0.001, "time from the first PADR to the PADS", "RFC 2516 5"),
    _number("pppoe_lcp_ms", 0.001, "time that LCP took to open", "RFC 1661 4"),
    _number("pppoe_authentication_ms", 0.001, "time that the account's authentication took", "RFC 1334, RFC 1994"),
    _number("pppoe_ipcp_ms", 0.001, "time that IPCP took to open", "RFC 1332"),
    _number("pppoe_echo_ms", 0.001, "round trip of an LCP echo", "RFC 1661 5.8"),
    _number("pppoe_max_payload_bytes", 1, "PPP-Max-Payload that the network granted", "RFC 4638"),
    _number("pppoe_mtu_bytes", 1, "largest IP packet that the session carries", "RFC 1661 6.1"),
    _state("pppoe_authentication", ("none", "pap", "chap_md5"), "how the account was proven", "RFC 1334, RFC 1994"),
    _state("pppoe_address_kind", ("public", "shared", "private"), "kind of the session's IPv4 address", "RFC 6598"),
    _text("pppoe_dns_servers", "name servers that the session was given", "RFC 1877"),
    _state("pppoe_ipv6cp", ("up", "refused", "silent"), "whether the session carries IPv6", "RFC 5072"),
)

_VISIT = (
    _number("booking_delay_s", 1, "time from the order's arrival to the appointment being made"),
    _number("appointment_window_s", 1, "length of the appointed window"),
    _number("arrival_offset_s", 1, "arrival after the appointed time (negative: before it)"),
    _number("change_notice_s", 1, "shortest notice given for a change of the appointment"),
)

QUANTITIES: dict[str, Quantity] = {q.name: q for q in (*_ONT, *_STATION, *_PPPOE, *_REACH, *_THROUGHPUT, *_VISIT)}


def nearest_name(name: str, known: Iterable[str]) -> str:
    """A closing clause that proposes the known name nearest to a mistyped one; empty where none is near."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""
