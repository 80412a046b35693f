"""What an ONT, or its OLT, can be asked; and what it says once more after the load, compared with before."""

from diagnostics.quantity import number, state, text

_ONU_STATES = (
    *("O1", "O2", "O3", "O4", "O5", "O6", "O7"),  # ITU-T G.984.3
    *("O1.1", "O1.2", "O2-3", "O5.1", "O5.2", "O8", "O8.1", "O8.2", "O9"),  # sub-states of ITU-T G.9807.1, G.989.3
)
_LOID_STATES = ("undetermined", "accepted", "unknown_loid", "wrong_password", "duplicate")  # codes 0 to 4, G.988 9.1.1
_ALARMS = (
    ("los", "loss of signal"),
    ("lof", "loss of frame"),
    ("lom", "loss of multiframe"),
    ("sf", "signal failed"),
    ("sd", "signal degraded"),
    ("tx_too_long", "the laser sends outside its turn (rogue ONU)"),
    ("tx_mismatch", "the laser does not send when it should, or does when it should not"),
)

ONT = (
    text("ont_vendor", "who made the ONT, as the ONT says"),
    text("ont_model", "the ONT's model, as the ONT says"),
    text("ont_hardware_version", "the ONT's hardware version"),
    text("ont_software_version", "the software that the ONT runs now"),
    text("ont_pon_serial", "the PON serial, by which the OLT knows the ONT", "ITU-T G.984.3 9.2", "ont_serial"),
    text("ont_mac", "the ONT's own MAC address", "IEEE 802", "ont_mac"),
    text("ont_equipment_serial", "the serial of the box, where it differs from the PON serial", personal="ont_serial"),
    text("ont_optical_class", "the optical class that the ONT states for itself"),
    state("ont_pon_mode", ("gpon", "epon", "xgspon", "xgpon"), "which PON the uplink works as"),
    state("ont_onu_state", _ONU_STATES, "activation state of the ONU", "ITU-T G.984.3 10.2"),
    state("ont_epon_registration", ("registered", "unregistered"), "MPCP registration of the ONU", "IEEE 802.3 64.3"),
    text("ont_olt_vendor", "who made the OLT, as it told the ONT over OMCI", "ITU-T G.988 9.12.2"),
    text("ont_onu_id", "the number that the OLT gave the ONU on its PON", "ITU-T G.984.3 9.2"),
    state("ont_olt_place", ("ordered", "elsewhere"), "whether the OLT has this ONT at the ordered PON port and ONU id"),
    state("ont_loid_state", _LOID_STATES, "what the OLT made of the ONT's LOID", "ITU-T G.988 9.1.1"),
    number("ont_pon_uptime_s", 1, "time since the OLT took the ONT into service"),
    state("ont_optical_link", ("up", "down"), "whether the ONT's optical module sees its PON"),
    number("ont_rx_power_dbm", 0.01, "optical power that the ONT receives", "ITU-T G.984.2"),
    number("ont_tx_power_dbm", 0.01, "optical power that the ONT sends", "ITU-T G.984.2"),
    number("ont_bias_ma", 0.01, "bias current of the ONT's laser", "SFF-8472 9.7"),
    number("ont_voltage_v", 0.001, "supply voltage of the ONT's optical module", "SFF-8472 9.7"),
    number("ont_temperature_celsius", 0.01, "temperature of the ONT's optical module", "SFF-8472 9.7"),
    number("ont_uptime_s", 1, "time since the ONT started"),
    *(state(f"ont_alarm_{name}", ("clear", "raised"), f"PON alarm: {words}") for name, words in _ALARMS),
    number("ont_bip_errors", 1, "downstream bits that failed bit interleaved parity", "ITU-T G.984.3 8.1.3"),
    number("ont_fec_corrected_codewords", 1, "downstream codewords that FEC mended", "ITU-T G.988 9.2.9"),
    number("ont_fec_uncorrectable_codewords", 1, "downstream codewords that FEC could not mend", "ITU-T G.988 9.2.9"),
    number("ont_hec_errors", 1, "downstream GEM frames with a broken header", "ITU-T G.984.3 8.3"),
    number("ont_ploam_crc_errors", 1, "downstream PLOAM messages with a broken checksum", "ITU-T G.984.3 9.2"),
    number("ont_gem_ports", 1, "GEM ports provisioned for subscriber traffic upstream", "ITU-T G.988 9.2.3"),
    number("ont_tconts", 1, "T-CONTs that carry subscriber traffic", "ITU-T G.988 9.2.2"),
    number("ont_provisioned_vlans", 1, "different VLANs in the filters that the OLT provisioned", "ITU-T G.988 9.3.11"),
    number("ont_igmp_groups", 1, "multicast groups that the ONT is a member of", "RFC 3376"),
    state("ont_wan_state", ("connected", "connecting", "disconnected"), "state of one WAN connection of the ONT"),
    text("ont_wan_address", "address of one WAN connection of the ONT"),
    state("ont_wan_mode", ("route", "bridge"), "whether one WAN connection routes or bridges"),
    state("ont_pppoe_state", ("connected", "connecting", "disconnected"), "state of one PPPoE session of the ONT"),
    state("ont_voip_registration", ("registered", "unregistered"), "SIP registration of one telephone line"),
    state("ont_lan_link", ("up", "down"), "link of one LAN port of the ONT"),
    number("ont_lan_speed_mbps", 1, "negotiated speed of one LAN port of the ONT", "IEEE 802.3 clause 28"),
    state("ont_lan_duplex", ("full", "half"), "negotiated duplex of one LAN port of the ONT", "IEEE 802.3 clause 28"),
    number("ont_lan_rx_packets", 1, "packets that one LAN port of the ONT received"),
    number("ont_lan_tx_packets", 1, "packets that one LAN port of the ONT sent"),
    number("ont_lan_rx_bytes", 1, "octets that one LAN port of the ONT received", "RFC 2863 ifInOctets"),
    number("ont_lan_tx_bytes", 1, "octets that one LAN port of the ONT sent", "RFC 2863 ifOutOctets"),
    number("ont_lan_dropped_packets", 1, "packets that one LAN port of the ONT dropped"),
    number("ont_lan_rx_errors", 1, "faulty frames that one LAN port of the ONT received", "RFC 2863 ifInErrors"),
)

_WAYS = (("down", "download"), ("up", "upload"))
# The ONT once more after the load, compared with what it said before.
ONT_AGAIN = (
    state("ont_identity", ("same", "changed"), "whether the ONT after the test is the one from before it"),
    number("ont_uptime_rise_s", 1, "growth of the ONT's uptime during the test (negative: it restarted)"),
    *(
        quantity
        for way, word in _WAYS
        for quantity in (
            number(f"ont_octets_{way}_ratio", 0.001, f"octets of the ONT's LAN port over the station's own, {word}"),
            number(f"ont_packets_{way}_ratio", 0.001, f"packets of the ONT's LAN port over the station's own, {word}"),
            number(f"ont_other_ports_{way}_ratio", 0.001, f"octets of the ONT's other LAN ports likewise, {word}"),
        )
    ),
    *(
        number(f"{name}_rise", 1, f"growth during the test: {words}", standard)
        for name, words, standard in (
            ("ont_bip_errors", "downstream bits that failed parity", "ITU-T G.984.3 8.1.3"),
            ("ont_fec_corrected_codewords", "codewords that FEC mended", "ITU-T G.988 9.2.9"),
            ("ont_fec_uncorrectable_codewords", "codewords that FEC could not mend", "ITU-T G.988 9.2.9"),
            ("ont_hec_errors", "GEM frames with a broken header", "ITU-T G.984.3 8.3"),
            (
                "ont_lan_rx_errors",
                "faulty frames that the ONT's LAN port of the station received",
                "RFC 2863 ifInErrors",
            ),
        )
    ),
)
