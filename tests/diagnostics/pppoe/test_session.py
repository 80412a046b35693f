"""The station dials a network's end of PPPoE over a virtual line: each stage, each refusal, and the end of it all."""

import subprocess
import sys
import threading
from typing import Any

import pytest

from diagnostics.instruments import Echoes
from diagnostics.measurement import Failure
from diagnostics.pppoe_session import PppoeSession
from diagnostics.scapy_wire import WireChild
from drivers.virtual.peers.concentrator import ACCOUNT, CLIENT, DNS, SERVER
from tests.diagnostics.wire.peers import NEEDS_ROOT, STATION_INTERFACE, Wire
from tests.dialled_line import GENEROUS, TUNNEL, RunningPeer, session_on, told

pytestmark = NEEDS_ROOT


@pytest.mark.parametrize(("authentication", "method"), [("chap", "chap_md5"), ("pap", "pap"), ("none", "none")])
def test_a_session_comes_up_and_is_given_back(line: Wire, peer: RunningPeer, authentication: str, method: str) -> None:
    peer.become(authentication=authentication)
    session = session_on(line)
    made = told(session)
    session.release()
    assert peer.wait_for("terminated") is True
    assert peer.wait_for("padt") == 0x4711
    assert made["offer"]["name"] == "BRAS-1"
    assert made["lcp"]["mru"] == 1492
    assert made["authentication"]["method"] == method
    assert (made["ipcp"]["address"], made["ipcp"]["peer"], made["ipcp"]["dns"]) == (CLIENT, SERVER, list(DNS))
    assert made["ipv6cp"]["state"] == "up"
    assert made["up"] == {"mtu": 1492, "words": ""}
    assert all(made[stage]["ms"] > 0 for stage in ("offer", "session", "lcp", "ipcp", "echo"))


REFUSALS: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "silent": ({"silent": ["everything"]}, {"longest_s": {"offer": 0.1}}, "no_offer", "no PADO to 1 PADI"),
    "offer with error": (
        {"offer_error": "wrong service"},
        {"most_offers": 1},
        "no_offer",
        "Service-Name-Error: wrong service",
    ),
    "no slots": ({"pads_error": "no free slot"}, {}, "no_session", "AC-System-Error: no free slot"),
    "no PADS": ({"silent": ["pads"]}, {"longest_s": {"session": 0.1}}, "no_session", "no PADS to 1 PADR"),
    "no LCP": ({"silent": ["lcp"]}, {"longest_s": {"lcp": 0.1}}, "lcp_failed", "no answer"),
    "loop": ({"loop": True, "silent": ["lcp"]}, {}, "looped", "our own LCP magic number comes back"),
    "PAP refused": (
        {"authentication": "pap", "words": "arrears of ACCOUNT\x1b[31m"},
        {"word": "wrong"},
        "account_refused",
        "arrears of <account>\x1b[31m",
    ),
    "CHAP refused": ({"words": "unknown user"}, {"word": "wrong"}, "account_refused", "unknown user"),
    "RADIUS is down": (
        {"decide": False},
        {"longest_s": {"authentication": 0.1}},
        "authentication_silent",
        "no answer",
    ),
    "only EAP": ({"authentication": "eap"}, {}, "foreign_authentication", "the network wants authentication 0xc227"),
    "pool is empty": ({"refuse": True}, {}, "ipcp_refused", "no pool"),
    "no IP": ({"reject": ["ipcp"]}, {}, "ipcp_refused", "the peer rejects the protocol"),
}


@pytest.mark.parametrize(("ways", "how", "state", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_refusal_is_told_at_its_stage_in_the_peers_words(
    line: Wire, peer: RunningPeer, ways: dict[str, Any], how: dict[str, Any], state: str, words: str
) -> None:
    peer.become(**ways)
    session = session_on(line, **how)
    made = told(session)
    session.release()
    assert (made["ended"]["state"], made["ended"]["words"]) == (state, words)
    if "session" in made:
        assert peer.wait_for("padt") == 0x4711, "a session that the network opened is closed"


@pytest.mark.parametrize(("hang_up", "words"), [("terminate", "session time is over"), ("padt", "PADT")])
def test_a_session_that_the_network_ends_is_lost(line: Wire, peer: RunningPeer, hang_up: str, words: str) -> None:
    peer.become()
    session, ended = session_on(line), threading.Event()

    def tell(told: str) -> None:
        if told == "pppoe: ended":
            ended.set()

    session.dial(tell)
    assert session.fault() is None
    peer.hang_up(hang_up)
    assert ended.wait(GENEROUS)
    session.release()
    assert session.fault() == Failure(kind="disturbed", stage="pppoe", detail=f"the session ended: {words}")


def test_every_concentrator_that_offers_is_heard(line: Wire, peer: RunningPeer) -> None:
    peer.become(names=["BRAS-1", "ROGUE"])
    session = session_on(line, gather_s=GENEROUS, most_offers=2)
    heard = session.dial()
    session.release()
    assert [line["offer"]["name"] for line in heard.lines if "offer" in line] == ["BRAS-1", "ROGUE"]


def test_a_network_without_ipv6_says_so(line: Wire, peer: RunningPeer) -> None:
    peer.become(reject=["ipv6cp"])
    session = session_on(line)
    made = told(session)
    session.release()
    assert made["ipv6cp"]["state"] == "refused"


def test_full_packets_are_agreed_on_where_the_interface_carries_them(line: Wire, peer: RunningPeer) -> None:
    ends = ((line.station, STATION_INTERFACE), (line.network, "ont0"))
    for space, interface in ends:
        space.run("ip", "link", "set", interface, "mtu", "1508")
    try:
        peer.become(mru=1500)
        session = session_on(line)
        made = told(session)
        session.release()
    finally:
        for space, interface in ends:
            space.run("ip", "link", "set", interface, "mtu", "1500")
    assert (made["session"]["max_payload"], made["up"]["mtu"]) == (1500, 1500)


def test_packets_pass_the_session_in_both_directions_and_nowhere_else(line: Wire, peer: RunningPeer) -> None:
    peer.become(forward=True)
    session = session_on(line)
    told(session)
    assert peer.wait_for("forwarding") == "yes"
    wire = WireChild(STATION_INTERFACE, line.station.path, ip_interface=TUNNEL)
    made = wire.echo(SERVER, count=5, interval_s=0.02)
    stray = wire.echo("198.18.0.1", count=1, interval_s=0.02)
    session.release()
    gone = wire.echo(SERVER, count=1, interval_s=0.02)
    assert isinstance(made, Echoes) and len(made.rtts_ms) == 5
    assert isinstance(stray, Failure) and stray.stage == "route"
    assert isinstance(gone, Failure), "device and route end with the session"


def test_without_the_right_to_raw_packets_the_failure_names_the_remedy(line: Wire) -> None:
    request = '{"task": "pppoe_release", "interface": "lo", "peer": "020000000002", "number": 1}'
    command = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw", sys.executable]
    command += ["-m", "diagnostics.scapy_wire"]
    done = subprocess.run(command, input=request, capture_output=True, text=True, check=True)
    assert '"instrument_limit"' in done.stdout and "setcap cap_net_raw" in done.stdout


def test_without_a_tun_device_the_session_is_diagnosed_and_carries_nothing(line: Wire, peer: RunningPeer) -> None:
    peer.become()
    line.station.run("ip", "link", "add", TUNNEL, "type", "veth", "peer", "name", "spare0")
    try:
        session = session_on(line)
        made = told(session)
        fault = session.fault()
        session.release()
    finally:
        line.station.run("ip", "link", "delete", TUNNEL)
    assert made["ipcp"]["address"] == CLIENT
    assert fault is not None and (fault.kind, fault.stage) == ("instrument_limit", "pppoe")
    assert "no TUN device" in fault.detail


@pytest.mark.parametrize("host", ["2001:db8::9", "reflector.example"])
def test_a_reflector_that_the_relay_cannot_carry_is_named(line: Wire, peer: RunningPeer, host: str) -> None:
    peer.become()
    session = session_on(line, routes=[SERVER, host])
    assert "up" in told(session)
    fault = session.fault()
    session.release()
    assert fault is not None and "name the reflector by its IPv4 address" in fault.detail and host in fault.detail


def test_an_interface_that_is_not_there_is_a_failure(line: Wire) -> None:
    session = PppoeSession("no-such0", line.station.path, account=ACCOUNT, password=None, tunnel=TUNNEL)
    heard = session.dial()
    session.release()
    assert heard.failure is not None and heard.failure.kind == "instrument_limit"
    assert "check [line] interface" in heard.failure.detail


def test_a_flood_of_other_frames_does_not_starve_the_dialling(line: Wire, peer: RunningPeer) -> None:
    flood = (
        "import socket, time\n"
        "s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(('ont0', 0))\n"
        "frames = [bytes.fromhex('ffffffffffff0200000000aa88b5') + bytes(50),"
        " bytes.fromhex('ffffffffffff0200000000aa886311090000ffff') + bytes(44)]\n"
        "while True:\n  [s.send(frames[n == 0]) for n in range(200)]; time.sleep(0.01)\n"
    )
    peer.become()
    flooding = line.network.start([sys.executable, "-c", flood])
    session = session_on(line)
    made = told(session)
    session.release()
    flooding.kill()
    flooding.wait()
    assert "up" in made
    assert peer.wait_for("padt") == 0x4711
