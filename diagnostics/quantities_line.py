"""What is learnt about the line without load: station, reachability, addressing, services."""

from diagnostics.quantity import number, state, text

STATION = (
    state("station_link_state", ("up", "down"), "link of the station's customer-side interface"),
    number("station_link_speed_mbps", 1, "negotiated speed of the station's interface", "IEEE 802.3 clause 28"),
    number("station_link_max_mbps", 1, "best speed that the station's interface supports"),
    state(
        "station_link_duplex", ("full", "half"), "negotiated duplex of the station's interface", "IEEE 802.3 clause 28"
    ),
    state("station_adapter", ("wired", "usb", "wifi"), "what carries the station's interface"),
    number("station_usb_mbps", 1, "signalling rate of the USB bus that carries the station's interface", "USB 2.0 7.1"),
    number("station_link_changes", 1, "how often the link of the station's interface came and went"),
    number("station_mtu_bytes", 1, "largest IP packet that the station's interface sends"),
    number("station_rx_errors", 1, "faulty frames that the station's interface received during the visit"),
    number("station_tx_errors", 1, "frames that the station's interface failed to send during the visit"),
    number("station_rx_bytes", 1, "octets that the station's interface received", "RFC 2863 ifInOctets"),
    number("station_tx_bytes", 1, "octets that the station's interface sent", "RFC 2863 ifOutOctets"),
    number("station_rx_packets", 1, "packets that the station's interface received"),
    number("station_tx_packets", 1, "packets that the station's interface sent"),
    number("port_speed_mbps", 1, "the lowest of the station's and the ONT's LAN port speed"),
)

REACH = (
    number("reach_loss_ratio", 0.001, "share of echo requests without an answer", "RFC 2681"),
    number("reach_rtt_ms", 0.001, "median round trip of echo requests", "RFC 2681"),
    number("reach_delay_variation_ms", 0.001, "95th percentile of the round trip less its minimum", "RFC 5481 4.2"),
)

ADDRESSING = (
    state("dhcp_state", ("bound", "refused", "no_ack", "withheld", "no_offer"), "how far DHCPv4 came", "RFC 2131"),
    number("dhcp_servers", 1, "DHCPv4 servers that made an offer; more than one may be a rogue", "RFC 2131"),
    text("dhcp_servers_seen", "each DHCPv4 server with its MAC address"),
    number("dhcp_offer_ms", 0.1, "time from the discover to the first offer", "RFC 2131"),
    number("dhcp_ack_ms", 0.1, "time from the request to its answer", "RFC 2131"),
    text("dhcp_address", "the address that DHCPv4 granted"),
    text("dhcp_gateway", "the gateways that DHCPv4 named", "RFC 2132 3.5"),
    text("dhcp_resolvers", "the DNS resolvers that DHCPv4 named", "RFC 2132 3.8"),
    number("dhcp_lease_s", 1, "how long the DHCPv4 lease lasts", "RFC 2132 9.2"),
    state("dhcp_option82", ("seen", "not_seen"), "whether a relay's option came back to us", "RFC 3046"),
    text("dhcp_message", "the server's own words to its refusal", "RFC 2132 9.9"),
    state("dhcp6_state", ("bound", "refused", "no_reply", "no_server"), "how far DHCPv6 came", "RFC 8415"),
    number("dhcp6_servers", 1, "DHCPv6 servers that advertised themselves", "RFC 8415"),
    text("dhcp6_address", "the address that DHCPv6 granted"),
    text("dhcp6_prefix", "the prefix that DHCPv6 delegated", "RFC 8415 6.3"),
    number("ra_routers", 1, "routers that advertised themselves", "RFC 4861"),
    text("ra_prefixes", "the prefixes that routers advertised", "RFC 4861 4.6.2"),
    state("arp_conflict", ("clear", "conflict"), "whether another device claims the station's address", "RFC 5227"),
    number("arp_gateway_answers", 1, "devices that answer for the gateway's address", "RFC 826"),
    number("loop_returned_frames", 1, "frames of the station that came back to it"),
    state("line_mode", ("route", "bridge"), "whether the ONT routes or bridges, as found out"),
    state("line_cgnat", ("none", "cgnat"), "whether the line's address is shared by the provider", "RFC 6598"),
    state("vlan_tags", ("seen", "lost"), "whether VLAN tags survive on the station's interface", "IEEE 802.1Q"),
    state("vlan_answer", ("answered", "silent"), "whether anything answers in a VLAN", "IEEE 802.1Q"),
    state("vlan_ordered", ("answered", "silent"), "whether anything answers in an ordered VLAN", "IEEE 802.1Q"),
    text("vlan_answered_by", "what answered in a VLAN: dhcp, pppoe or arp"),
    number("vlan_priority_codepoints", 1, "priority of the answers in a VLAN", "IEEE 802.1Q 6.9.3"),
)

SERVICES = (
    state("dns_state", ("honest", "wrong", "hijacked", "failing", "silent"), "what a resolver makes of names"),
    number("dns_time_ms", 0.1, "time of a resolver's answer", "RFC 1035"),
    state("dns_portal", ("open", "captive", "silent"), "what a page with a known answer comes back as"),
    number("path_mtu_bytes", 1, "largest IP packet that reaches the reflector unfragmented", "RFC 1191"),
    state("path_mtu_state", ("full", "signalled", "black_hole"), "whether what is too large is said", "RFC 2923"),
    number("path_hops", 1, "hops to the reflector"),
    text("path_route", "the hops to the reflector, with their round trips"),
    state("iptv_join", ("joined", "silent", "flooded"), "whether the group comes when asked for", "RFC 3376"),
    number("iptv_join_delay_ms", 0.1, "time from the report to the group's first packet", "RFC 3376"),
    number("iptv_leave_delay_ms", 0.1, "time from the leave to the group's last packet", "RFC 3376"),
    text("iptv_other_vlan", "where the group runs, if not where it was ordered: VLAN, or untagged", "IEEE 802.1Q"),
    state("iptv_leave", ("left", "still_flowing"), "whether the group stops when left", "RFC 3376"),
    number("iptv_loss_ratio", 0.000001, "share of the group's packets that are missing, by RTP number", "RFC 3550"),
    state("voice_registration", ("registered", "refused", "silent"), "what the registrar made of us", "RFC 3261"),
    number("voice_answer_code", 1, "the registrar's last answer", "RFC 3261 21"),
    text("voice_answer_reason", "the registrar's own words"),
    number("voice_registration_ms", 0.1, "time of the registrar's last answer", "RFC 3261"),
)
