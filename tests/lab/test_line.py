"""The lab's line carries what it should, where it should, both families; and what is put on it is there."""

import json
import time

import pytest

from diagnostics.errors import NotAvailable
from diagnostics.instruments import Echoes
from diagnostics.scapy_wire import WireChild
from diagnostics.server_end import end
from drivers.virtual.line import (
    CROSS_ADDRESS,
    GATEWAY_ADDRESS,
    HOSTS,
    ONT_ADDRESS,
    REFLECTOR_ADDRESS,
    REFLECTOR_ADDRESS_6,
    SECOND_REFLECTOR_ADDRESS,
    STATION_INTERFACE,
    VirtualLine,
)
from drivers.virtual.line_faults import cross, lose, narrow
from tests.lab.hosts import ask, counters, received_bytes, serving, shaper

pytestmark = pytest.mark.root


@pytest.mark.parametrize(
    ("client", "server", "address"),
    [
        ("station", "network", REFLECTOR_ADDRESS),
        ("station", "network", SECOND_REFLECTOR_ADDRESS),
        ("station", "network", REFLECTOR_ADDRESS_6),
        ("station", "ont", ONT_ADDRESS),
        ("station", "access", GATEWAY_ADDRESS),
        ("station", "access", "2001:2:0:1::1"),
        ("home", "network", CROSS_ADDRESS),
        ("home", "ont", "2001:2:0:1::5"),
    ],
)
def test_hosts_reach_each_other(line: VirtualLine, client: str, server: str, address: str) -> None:
    with serving(getattr(line, server), "take", address):
        made = ask(getattr(line, client), "give", address, 1000)
    assert made["given"] == made["taken"]


def test_a_line_without_fibre_ends_at_the_ont(root: None) -> None:
    with VirtualLine(fibre=False) as dark:
        assert dark.station.run("ip", "route", "get", ONT_ADDRESS)
        wire = WireChild(STATION_INTERFACE, dark.station.path)
        near, far = (wire.echo(address, count=3, interval_s=0.01) for address in (ONT_ADDRESS, GATEWAY_ADDRESS))
    assert isinstance(near, Echoes) and len(near.rtts_ms) == 3
    assert far == Echoes(sent=3, rtts_ms=())


def test_the_rate_is_shaped_in_one_place_a_direction(line: VirtualLine) -> None:
    found = {}
    for name, host in line.hosts():
        for queue in json.loads(host.run("tc", "-j", "qdisc", "show")):
            if queue["kind"] == "tbf":
                found[name, queue["dev"]] = queue["options"]["rate"] * 8
    assert found == {("access", "olt0"): 200_000_000, ("ont", "pon0"): 100_000_000}
    assert [name for name, _ in line.hosts()] == list(HOSTS)


@pytest.mark.parametrize(("address", "payload"), [(REFLECTOR_ADDRESS, 1448), (REFLECTOR_ADDRESS_6, 1428)])
def test_the_shaper_counts_what_the_payload_rate_says(line: VirtualLine, address: str, payload: int) -> None:
    sent, before = 20_000_000, shaper(line.ont, "pon0")["bytes"]
    with serving(line.network, "take", address):
        ask(line.station, "give", address, sent)
    wire = shaper(line.ont, "pon0")["bytes"] - before
    # Less cannot be; what TCP sends again needlessly adds a little.
    assert 0.999 < wire / sent / (1514 / payload) < 1.01


@pytest.mark.parametrize("place", ["access", "core"])
def test_loss_hits_single_packets_at_the_ratio_asked_for(line: VirtualLine, place: str) -> None:
    lose(line, 0.1, place=place, ways=("up",))  # type: ignore[arg-type]
    receiver = line.access if place == "access" else line.core
    try:
        with serving(line.network, "take", REFLECTOR_ADDRESS):
            made = ask(line.station, "give", REFLECTOR_ADDRESS, 2_000_000)
        came, lost = counters(receiver)
    finally:
        lose(line, 0.0, place=place)  # type: ignore[arg-type]
    assert made["given"] == made["taken"]
    assert came["packets"] > 1000
    assert came["bytes"] / came["packets"] <= 1500, "packets travel singly"
    assert 0.05 < lost["packets"] / came["packets"] < 0.16
    with pytest.raises(Exception, match="No such file"):
        counters(receiver)


@pytest.mark.parametrize(("told", "mtu"), [(False, 1500), (True, 1400)])
def test_an_mtu_hole_lets_small_packets_through_and_is_silent_unless_told(root: None, told: bool, mtu: int) -> None:
    with VirtualLine() as own:
        narrow(own, 1400, told=told)
        with serving(own.network, "echo", REFLECTOR_ADDRESS):
            assert ask(own.station, "sizes", REFLECTOR_ADDRESS, mtu, 1472, 1372) == {"back": [1372, 0], "mtu": mtu}
        narrow(own, 1500)
    with VirtualLine() as own, serving(own.network, "echo", REFLECTOR_ADDRESS):
        assert ask(own.station, "sizes", REFLECTOR_ADDRESS, 1500, 1472) == {"back": [1472, 0], "mtu": 1500}


def test_a_second_device_fills_the_pon_past_the_station(line: VirtualLine) -> None:
    mine, before = received_bytes(line.station, STATION_INTERFACE), received_bytes(line.ont, "pon0")
    second = cross(line, 50)
    deadline = time.monotonic() + 60
    while received_bytes(line.home, "eth0") < 2_000_000:
        assert time.monotonic() < deadline and second.poll() is None
        time.sleep(0.05)
    end(second)
    assert received_bytes(line.ont, "pon0") - before >= 2_000_000
    assert received_bytes(line.station, STATION_INTERFACE) - mine < 100_000


def test_a_delay_is_added_behind_the_gateway_and_harms_no_byte(root: None) -> None:
    with VirtualLine(delay_ms=80) as far:
        with serving(far.network, "take", REFLECTOR_ADDRESS):
            made = ask(far.station, "give", REFLECTOR_ADDRESS, 3_000_000)
        assert made["given"] == made["taken"]
        echoes = WireChild(STATION_INTERFACE, far.station.path).echo(REFLECTOR_ADDRESS, count=3, interval_s=0.05)
    assert isinstance(echoes, Echoes) and echoes.rtts_ms
    assert min(echoes.rtts_ms) >= 80


def test_a_rate_changes_under_way(root: None) -> None:
    with VirtualLine(down_mbit=50, up_mbit=10) as own:
        own.shape(down_mbit=20, up_mbit=5, burst=40_000)
        made = [shaper(own.access, "olt0")["options"], shaper(own.ont, "pon0")["options"]]
    assert [queue["rate"] * 8 for queue in made] == [20_000_000, 5_000_000]
    assert made[0]["burst"] == pytest.approx(40_000, rel=0.01)


@pytest.mark.parametrize(
    ("command", "patience_s", "words"),
    [("echo no luck; exit 1", 60, "no luck"), ("printf 'half a'", 60, "half a"), ("exec sleep 60", 0.5, "no word")],
)
def test_a_server_that_does_not_start_is_said_and_ended(
    line: VirtualLine, command: str, patience_s: float, words: str
) -> None:
    with pytest.raises(NotAvailable, match=f"did not start: {words}"):
        line.home.start_until("ready", ["sh", "-c", command], patience_s=patience_s)
    assert line.home.started[-1].poll() is not None
