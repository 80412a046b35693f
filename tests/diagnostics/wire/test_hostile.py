"""Frames that are broken, cut short, random or from scapy's fuzz: every reader passes them over, none ever raises."""

import random
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scapy.layers.dhcp import BOOTP, DHCP
from scapy.layers.dhcp6 import DUID_LL, DHCP6_Advertise, DHCP6OptClientId, DHCP6OptIA_PD, DHCP6OptServerId
from scapy.layers.dns import DNS, DNSQR, DNSRR
from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6ND_RA, ICMPv6NDOptPrefixInfo, IPv6
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import fuzz

from diagnostics.wire import dhcp, dhcp6, dns, echo, igmp, neighbours, path, sip_message, vlan
from diagnostics.wire.kernel_filter import arp_from, program, udp4_to
from diagnostics.wire.port import untagged

MAC = bytes.fromhex("020000000001")
MEMBER = igmp.Membership(group="239.1.1.1")
READERS: dict[str, Callable[[bytes], Any]] = {
    "dhcp": lambda raw: dhcp.read(raw, 7, MAC),
    "dhcp6": lambda raw: dhcp6.read(raw, 7),
    "neighbours": neighbours.claimed,
    "dns": dns.read,
    "http": dns.http_head,
    "path": path.read,
    "echo": lambda raw: echo.answered(raw, False, 7),
    "echo6": lambda raw: echo.answered(raw, True, 7),
    "igmp": lambda raw: igmp.read(raw, MEMBER),
    "sip": sip_message.parse,
    "vlan": lambda raw: vlan.read(raw, MAC, 7, [(), (41,)], "198.18.0.1"),
    "tags": untagged,
}
ETHER = Ether(dst=MAC, src="02:00:00:00:00:02")
OFFER = BOOTP(op=2, xid=7, chaddr=MAC) / DHCP(options=[("message-type", 2), ("server_id", "198.18.0.1"), "end"])
SERVER = DHCP6OptServerId(duid=DUID_LL()) / DHCP6OptClientId() / DHCP6OptIA_PD()
SEEDS = [
    bytes(ETHER / IP() / UDP(sport=67, dport=68) / OFFER),
    bytes(ETHER / Dot1Q(vlan=41) / IP() / UDP(sport=67, dport=68) / OFFER),
    bytes(ETHER / IPv6() / UDP(sport=547, dport=546) / DHCP6_Advertise(trid=7) / SERVER),
    bytes(ETHER / IPv6() / ICMPv6ND_RA() / ICMPv6NDOptPrefixInfo(prefix="2001:db8::")),
    bytes(ETHER / ARP(op=2, psrc="198.18.0.1")),
    bytes(DNS(qr=1, qd=DNSQR(qname="a.example"), an=DNSRR(rrname="a.example", rdata="198.18.0.9"))),
    bytes(IP() / ICMP(type=3, code=4) / IP() / ICMP(id=7, seq=1500)),
    bytes(ETHER / IP(dst="239.1.1.1", proto=17) / UDP() / bytes([0x80] * 20)),
    b'SIP/2.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\n\r\n',
    b"HTTP/1.0 302 Found\r\nLocation: http://login.example/\r\n\r\n",
    vlan.padi(MAC, 7),
]
FUZZED = [
    ETHER / IP() / UDP(sport=67, dport=68) / fuzz(BOOTP()) / fuzz(DHCP()),
    ETHER / IPv6() / UDP(sport=547, dport=546) / fuzz(DHCP6_Advertise()) / fuzz(DHCP6OptServerId()),
    ETHER / IPv6() / fuzz(ICMPv6ND_RA()) / fuzz(ICMPv6NDOptPrefixInfo()),
    ETHER / fuzz(ARP()),
    fuzz(DNS()) / fuzz(DNSQR()),
    IP() / fuzz(ICMP()),
    ETHER / fuzz(IP()) / fuzz(UDP()),
]


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A good packet with some bytes changed and its end cut off."""
    made = bytearray(draw(st.sampled_from(SEEDS)))
    for place, value in draw(st.lists(st.tuples(st.integers(0, len(made) - 1), st.integers(0, 255)), max_size=6)):
        made[place] = value
    return bytes(made[: draw(st.integers(0, len(made)))])


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
@settings(max_examples=60)
@given(raw=mangled() | st.binary(max_size=300))
@example(raw=b"")
@example(raw=SEEDS[0])
def test_no_bytes_make_a_reader_raise(reader: Callable[[bytes], Any], raw: bytes) -> None:
    reader(raw)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
def test_no_packet_of_scapys_fuzz_makes_a_reader_raise(reader: Callable[[bytes], Any]) -> None:
    random.seed(7)  # scapy draws from it: the same packets in every run
    for packet in FUZZED:
        for _ in range(5):
            reader(bytes(packet))


def test_good_packets_are_read() -> None:
    """Otherwise the tests above prove nothing."""
    offer, in_vlan = dhcp.read(SEEDS[0], 7, MAC), dhcp.read(SEEDS[1], 7, MAC)
    assert offer is not None and offer == in_vlan and offer["kind"] == "offer"
    assert set(dhcp6.read(SEEDS[2], 7)) == {"server"}
    assert dhcp6.read(SEEDS[3], 7)["router"]["prefixes"] == ["2001:db8::/64"]
    assert neighbours.claimed(SEEDS[4]) is not None
    assert dns.read(SEEDS[5]) == (0, {"code": 0, "addresses": ["198.18.0.9"]})
    told = path.read(SEEDS[6])
    assert told is not None and (told["kind"], told["id"], told["number"]) == ("too_big", 7, 1500)
    assert igmp.read(SEEDS[7], MEMBER) == bytes([0x80] * 20)
    answer = sip_message.parse(SEEDS[8])
    assert answer is not None and sip_message.challenge(answer) == {"realm": "r", "nonce": "n"}


@pytest.mark.parametrize(("xid", "mac"), [(8, MAC), (7, b"\x02" * 6)])
def test_what_was_said_to_somebody_else_is_not_ours(xid: int, mac: bytes) -> None:
    assert dhcp.read(SEEDS[0], xid, mac) is None


def test_the_filter_is_what_the_kernel_expects() -> None:
    code = program([udp4_to(68), arp_from("198.18.0.1")])
    assert len(code) % 8 == 0
    assert struct.unpack_from("HBBI", code, len(code) - 8) == (0x06, 0, 0, 0), "what matches nothing is dropped"


def challenged(*values: str) -> dict[str, str] | None:
    headers = "".join(f"WWW-Authenticate: {value}\r\n" for value in values)
    answer = sip_message.parse(f"SIP/2.0 401 No\r\n{headers}\r\n".encode())
    assert answer is not None
    return sip_message.challenge(answer)


@pytest.mark.parametrize(
    ("values", "met"),
    [
        (('Digest realm="r", nonce="n"',), "n"),
        (('Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth,auth-int"',), "n"),
        (('Digest realm="r", nonce="x", algorithm=AKAv1-MD5', 'Digest realm="r", nonce="n"'), "n"),
        (('Digest realm="r", nonce="x", qop="auth-int"',), None),
        (('Digest realm="r"',), None),
        (("Basic realm=r",), None),
        ((), None),
    ],
)
def test_only_a_challenge_that_can_be_met_is_taken(values: tuple[str, ...], met: str | None) -> None:
    parts = challenged(*values)
    assert (parts and parts["nonce"]) == met
