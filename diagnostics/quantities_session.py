"""What is learnt of the session where the station itself dials."""

from diagnostics.quantity import number, state, text

_STATES = (
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

PPPOE = (
    state("pppoe_state", _STATES, "how far the network let the station's PPPoE session come", "RFC 2516"),
    text("pppoe_words", "what the network said as it refused or granted the session, in its own words"),
    number("pppoe_concentrators", 1, "access concentrators that offered a session", "RFC 2516 5.2"),
    text("pppoe_concentrator", "name of the access concentrator that was dialled", "RFC 2516 A"),
    text("pppoe_service", "services that this access concentrator offers", "RFC 2516 A"),
    number("pppoe_offer_ms", 0.001, "time from the first PADI to the first PADO", "RFC 2516 5"),
    number("pppoe_session_ms", 0.001, "time from the first PADR to the PADS", "RFC 2516 5"),
    number("pppoe_lcp_ms", 0.001, "time that LCP took to open", "RFC 1661 4"),
    number("pppoe_authentication_ms", 0.001, "time that the account's authentication took", "RFC 1334, RFC 1994"),
    number("pppoe_ipcp_ms", 0.001, "time that IPCP took to open", "RFC 1332"),
    number("pppoe_echo_ms", 0.001, "round trip of an LCP echo", "RFC 1661 5.8"),
    number("pppoe_max_payload_bytes", 1, "PPP-Max-Payload that the network granted", "RFC 4638"),
    number("pppoe_mtu_bytes", 1, "largest IP packet that the session carries", "RFC 1661 6.1"),
    state("pppoe_authentication", ("none", "pap", "chap_md5"), "how the account was proven", "RFC 1334, RFC 1994"),
    state("pppoe_address_kind", ("public", "shared", "private"), "kind of the session's IPv4 address", "RFC 6598"),
    text("pppoe_dns_servers", "name servers that the session was given", "RFC 1877"),
    state("pppoe_ipv6cp", ("up", "refused", "silent"), "whether the session carries IPv6", "RFC 5072"),
)
