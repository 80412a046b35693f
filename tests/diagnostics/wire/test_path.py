"""Path MTU and hops over a real router: full, signalled, swallowed; and packets made to be misread."""

from collections.abc import Iterator
from typing import Any

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.scapy_wire import WireChild
from drivers.virtual.namespace import Namespace
from tests.diagnostics.fakes import LINE, instruments
from tests.diagnostics.wire.peers import GATEWAY_ADDRESS, NEEDS_ROOT, STATION_INTERFACE, WITHIN_S, Wire

pytestmark = NEEDS_ROOT
FAR = "198.19.0.9"


@pytest.fixture
def line() -> Iterator[Wire]:
    """A line whose network's end routes on to a server behind it."""
    with Wire() as made:
        server = Namespace()
        try:
            ends = ("type", "veth", "peer", "name", "srv0", "netns", str(server.pid))
            made.network.run("ip", "link", "add", "far0", *ends)
            for space, interface, address in ((made.network, "far0", "198.19.0.1"), (server, "srv0", FAR)):
                space.run("ip", "address", "add", f"{address}/24", "dev", interface)
                space.run("ip", "link", "set", interface, "up")
            server.run("ip", "route", "add", "default", "via", "198.19.0.1")
            made.network.run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward")
            yield made
        finally:
            server.close()


def path(line: Wire, address: str = FAR, **request: float) -> dict[str, Any]:
    wire = WireChild(STATION_INTERFACE, line.station.path)
    heard = wire.ask("path", {"address": address, **request}, deadline_s=WITHIN_S)
    made = run_check(CHECKS["path"], Context(line=LINE, instruments=instruments(heard={"path": heard})))
    return {m.name: m.value if m.failure is None else m.failure.kind for m in made}


def test_a_clean_path_carries_full_packets_and_names_its_hops(line: Wire) -> None:
    made = path(line)
    assert (made["path_mtu_bytes"], made["path_mtu_state"], made["path_hops"]) == (1500, "full", 2)
    assert made["path_route"].startswith(f"{GATEWAY_ADDRESS} ") and f"{FAR} " in made["path_route"]


def test_a_router_that_says_its_limit_is_believed_as_far_as_it_is_true(line: Wire) -> None:
    line.network.run("ip", "link", "set", "far0", "mtu", "1404")
    made = path(line)
    assert (made["path_mtu_bytes"], made["path_mtu_state"]) == (1404, "signalled")


def test_a_limit_that_nobody_says_is_a_black_hole(line: Wire) -> None:
    line.network.run("ip", "link", "set", "far0", "mtu", "1404")
    rules = "add table ip t; add chain ip t o { type filter hook output priority 0; }; "
    line.network.run("nft", rules + "add rule ip t o icmp type destination-unreachable drop")
    made = path(line)
    assert (made["path_mtu_bytes"], made["path_mtu_state"]) == (1404, "black_hole")


def test_a_target_that_answers_nothing_leaves_the_size_unknown_and_the_hops_told(line: Wire) -> None:
    made = path(line, "198.19.0.77", first_s=0.3, ladder_s=0.2)
    assert made["path_mtu_bytes"] == made["path_mtu_state"] == "timeout"
    assert made["path_route"].startswith(GATEWAY_ADDRESS)


@pytest.mark.parametrize("lost", [2, 4])
def test_full_packets_that_were_lost_by_chance_are_no_hole(line: Wire, lost: int) -> None:
    rules = "add table ip t; add chain ip t f { type filter hook forward priority 0; }; "
    first = f"add rule ip t f oifname far0 ip length 1500 numgen inc mod 1000000 < {lost} drop"
    line.network.run("nft", rules + first)
    made = path(line)
    assert (made["path_mtu_bytes"], made["path_mtu_state"]) == (1500, "full")
