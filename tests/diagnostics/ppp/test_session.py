"""The subscriber's half of PPP against written conversations: what it answers, and what each end of it proves.

The conversations are written from RFC 1661, 1334, 1994 and 1332, octet by octet; real peers speak in ..pppoe.
"""

import hashlib
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.ppp import (
    PPP_CHAP,
    PPP_IPCP,
    PPP_CHAP_ChallengeResponse,
    PPP_IPCP_Option_DNS1,
    PPP_IPCP_Option_IPAddress,
    PPP_LCP_Auth_Protocol_Option,
    PPP_LCP_Configure,
    PPP_LCP_Echo,
    PPP_LCP_MRU_Option,
    PPP_LCP_Terminate,
    PPP_PAP_Response,
)
from scapy.packet import fuzz

from diagnostics.ppp.packet import CHAP, IPCP, IPV6CP, LCP, PAP, Frame
from diagnostics.ppp.session import Session

MAGIC, INTERFACE_ID = b"\x11\x22\x33\x44", b"\x02\x00\x00\x00\x00\x00\x00\x01"
OUR_LCP = bytes.fromhex("0101000e 010405d4 050611223344")
THEIR_LCP = bytes.fromhex("0109000e 010405d4 0506aabbccdd")
ADDRESS = bytes.fromhex("0306 64400307 8106 c6336435 8306 c6336436")  # 100.64.3.7, 198.51.100.53 and .54
OUR_IPCP = bytes.fromhex("01010016 030600000000 810600000000 830600000000")
THEIR_IPCP = bytes.fromhex("0101000a 0306 64400001")


def fresh(password: str | None = "secret") -> Session:
    return Session(account="user", password=password, magic=MAGIC, interface_id=INTERFACE_ID, mru=1492)


def opened(option: str = "", password: str | None = "secret") -> Session:
    """A session whose link is open; `option` is what LCP adds for authentication, in hex."""
    session = fresh(password)
    asked = bytes.fromhex(option)
    theirs = THEIR_LCP[:2] + (14 + len(asked)).to_bytes(2, "big") + THEIR_LCP[4:] + asked
    assert session.receive(LCP, theirs) == [(LCP, b"\x02" + theirs[1:])]
    session.receive(LCP, b"\x02" + OUR_LCP[1:])
    return session


def up() -> Session:
    session = opened()
    session.receive(IPCP, THEIR_IPCP)
    session.receive(IPCP, b"\x03" + b"\x01\x00\x16" + ADDRESS)
    session.receive(IPCP, b"\x02\x02\x00\x16" + ADDRESS)
    assert session.stage == "up"
    return session


def told(session: Session) -> dict[str, object]:
    return dict(session.events())


def test_we_ask_for_a_magic_number_and_the_mru_of_pppoe() -> None:
    assert fresh().requests() == [(LCP, OUR_LCP)]


def test_a_network_without_authentication_is_asked_for_addresses_at_once() -> None:
    session = fresh()
    session.receive(LCP, THEIR_LCP)
    sent = session.receive(LCP, b"\x02" + OUR_LCP[1:])
    assert sent == [(IPCP, OUR_IPCP), (IPV6CP, bytes.fromhex("0101000e 010a") + INTERFACE_ID)]
    assert told(session)["authentication"] == {"method": "none", "words": ""}


def test_the_addresses_are_those_that_the_network_proposed() -> None:
    dns = ["198.51.100.53", "198.51.100.54"]
    assert told(up())["ipcp"] == {"address": "100.64.3.7", "peer": "100.64.0.1", "dns": dns}


def test_pap_says_account_and_password_once_and_takes_the_answer() -> None:
    session = opened("0304c023")
    assert session.requests() == [(PAP, bytes.fromhex("01010010") + b"\x04user\x06secret")]
    session.receive(PAP, bytes.fromhex("02010007 02") + b"ok")
    assert session.stage == "ipcp"
    assert told(session)["authentication"] == {"method": "pap", "words": "ok"}


def test_chap_answers_the_challenge_with_its_digest() -> None:
    session = opened("0305c22305")
    assert session.requests() == []
    challenge = bytes(16)
    sent = session.receive(CHAP, bytes.fromhex("01070018 10") + challenge + b"bra")
    digest = hashlib.md5(b"\x07secret" + challenge).digest()
    assert sent == [(CHAP, bytes.fromhex("02070019 10") + digest + b"user")]
    session.receive(CHAP, bytes.fromhex("03070006") + b"hi")
    assert session.stage == "ipcp"


REFUSALS = {
    "pap": ("0304c023", [(PAP, bytes.fromhex("03010008 03") + b"bad")], "account_refused", "bad"),
    "chap": (
        "0305c22305",
        [(CHAP, bytes.fromhex("01070015 10") + bytes(16)), (CHAP, bytes.fromhex("04070007") + b"bad")],
        "account_refused",
        "bad",
    ),
    "hung up while asked": ("0304c023", [(LCP, bytes.fromhex("05030008") + b"full")], "account_refused", "full"),
    "no pool": ("", [(LCP, bytes.fromhex("05030008") + b"pool")], "ipcp_refused", "pool"),
    "protocol rejected": (
        "",
        [(LCP, bytes.fromhex("0801001c 8021") + OUR_IPCP)],
        "ipcp_refused",
        "the peer rejects the protocol",
    ),
    "address rejected": (
        "",
        [(IPCP, bytes.fromhex("0401000a 030600000000"))],
        "ipcp_refused",
        "the peer rejects the option IP-Address",
    ),
    "no address": (
        "",
        [(IPCP, THEIR_IPCP), (IPCP, b"\x02" + OUR_IPCP[1:])],
        "ipcp_refused",
        "the peer gives no address",
    ),
}


@pytest.mark.parametrize(("option", "frames", "state", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_is_told_with_the_peers_words(option: str, frames: list[Frame], state: str, words: str) -> None:
    session = opened(option)
    for frame in frames:
        session.receive(*frame)
    assert (session.stage, session.state, session.words) == ("ended", state, words)


@pytest.mark.parametrize(
    ("session", "state"),
    [(fresh(), "lcp_failed"), (opened("0304c023"), "authentication_silent"), (opened(), "ipcp_refused")],
)
def test_silence_is_told_by_its_stage(session: Session, state: str) -> None:
    session.expire()
    assert (session.state, session.words) == (state, "no answer")


def test_a_password_that_nobody_knows_is_not_a_refusal() -> None:
    assert opened("0304c023", password=None).state == "no_password"
    assert opened(password=None).stage == "ipcp"


def test_a_method_that_we_do_not_speak_is_met_with_chap_and_then_named() -> None:
    session = fresh()
    for _ in range(11):
        assert session.stage == "lcp"
        sent = session.receive(LCP, bytes.fromhex("01090008 0304c227"))
        assert sent == [(LCP, bytes.fromhex("03090009 0305c22305"))]
    assert (session.state, session.words) == ("foreign_authentication", "the network wants authentication 0xc227")


def test_options_of_serial_lines_are_rejected_and_only_those() -> None:
    asked = bytes.fromhex("01090018 010405d4 020600000000 0506aabbccdd 0702 0802")
    assert fresh().receive(LCP, asked) == [(LCP, bytes.fromhex("0409000e 020600000000 0702 0802"))]


def test_our_own_magic_number_coming_back_is_a_loop() -> None:
    session = fresh()
    frames = session.requests()
    while session.stage == "lcp":
        frames = [answer for frame in frames for answer in session.receive(*frame)]
    assert session.state == "looped"


def test_a_held_session_answers_echoes_and_a_new_challenge_and_notices_its_end() -> None:
    session = up()
    assert session.receive(LCP, bytes.fromhex("09050008 aabbccdd")) == [(LCP, bytes.fromhex("0a050008") + MAGIC)]
    session.receive(LCP, bytes.fromhex("05060008") + b"over")
    assert (session.state, session.words) == ("dropped", "over")


def test_addresses_that_are_taken_back_end_the_session() -> None:
    session = up()
    assert session.receive(IPCP, bytes.fromhex("05030004")) == [(IPCP, bytes.fromhex("06030004"))]
    assert (session.state, session.words) == ("dropped", "the peer terminated")


def test_a_peer_without_an_address_is_proposed_one() -> None:
    asked = bytes.fromhex("0101000a 030600000000")
    assert opened().receive(IPCP, asked) == [(IPCP, bytes.fromhex("0301000a 03060a404040"))]


def test_what_it_does_not_speak_is_rejected_by_protocol() -> None:
    assert up().receive(0x80FD, b"\x01\x01\x00\x04") == [(LCP, bytes.fromhex("0801000a 80fd 01010004"))]


PROTOCOLS = st.sampled_from([LCP, PAP, CHAP, IPCP, IPV6CP, 0x0021, 0x80FD, 0])
FUZZED = [
    (LCP, fuzz(PPP_LCP_Configure())),
    (LCP, fuzz(PPP_LCP_Configure(options=[fuzz(PPP_LCP_MRU_Option()), fuzz(PPP_LCP_Auth_Protocol_Option(data=b"x"))]))),
    (LCP, fuzz(PPP_LCP_Echo())),
    (LCP, fuzz(PPP_LCP_Terminate())),
    (PAP, fuzz(PPP_PAP_Response(message=b"no"))),
    (CHAP, fuzz(PPP_CHAP_ChallengeResponse(code=1, value=b"v", optional_name=b"n"))),
    (CHAP, fuzz(PPP_CHAP())),
    (IPCP, fuzz(PPP_IPCP(options=[fuzz(PPP_IPCP_Option_IPAddress()), fuzz(PPP_IPCP_Option_DNS1())]))),
    (IPV6CP, fuzz(PPP_LCP_Configure())),
]
PACKETS = st.builds(
    lambda code, ident, length, data: bytes((code, ident)) + length.to_bytes(2, "big") + data,
    st.integers(0, 12),
    st.integers(0, 3),
    st.integers(0, 40),
    st.binary(max_size=40),
)
FRAMES = st.tuples(PROTOCOLS, PACKETS | st.binary(max_size=12))


@settings(max_examples=300)
@given(begin=st.sampled_from([fresh, opened, lambda: opened("0304c023"), up]), frames=st.lists(FRAMES, max_size=30))
def test_whatever_is_sent_to_it_is_answered_or_passed_over(begin: object, frames: list[Frame]) -> None:
    session = begin()  # type: ignore[operator]
    for frame in frames:
        sent = session.receive(*frame)
        assert all(len(payload) <= 1500 for _, payload in sent)
        session.requests()
    assert (session.stage == "ended") == bool(session.state)
    for name, facts in session.events():
        assert name in ("lcp", "authentication", "ipcp", "ipv6cp", "ended") and facts


@settings(max_examples=200)
@given(place=st.integers(0, 13), put=st.binary(max_size=3), cut=st.integers(0, 4))
def test_a_damaged_request_never_opens_the_link_by_itself(place: int, put: bytes, cut: int) -> None:
    session = fresh()
    session.receive(LCP, THEIR_LCP[:place] + put + THEIR_LCP[place + cut :])
    assert session.stage in ("lcp", "ended")


@pytest.mark.parametrize("begin", [fresh, opened, lambda: opened("0304c023"), up])
def test_what_scapys_fuzz_makes_is_answered_or_passed_over(begin: Callable[[], Session]) -> None:
    random.seed(11)  # scapy draws from it: the same packets in every run
    for protocol, packet in FUZZED:
        for _ in range(10):
            session = begin()
            session.receive(protocol, bytes(packet))
            session.requests()
            assert (session.stage == "ended") == bool(session.state)
