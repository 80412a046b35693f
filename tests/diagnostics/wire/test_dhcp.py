"""DHCPv4 and DHCPv6 against dnsmasq and ISC dhcpd: what is granted, refused or withheld, and that it is given back."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.instruments import Heard
from diagnostics.measurement import Failure
from diagnostics.scapy_wire import WireChild
from tests.diagnostics.fakes import LINE, instruments
from tests.diagnostics.wire.peers import (
    GATEWAY_ADDRESS,
    NEEDS_ROOT,
    NETWORK_INTERFACE,
    STATION_ADDRESS,
    STATION_INTERFACE,
    WITHIN_S,
    Wire,
    dnsmasq,
    running,
    virtual,
)

pytestmark = NEEDS_ROOT
POOL = "--dhcp-range=198.18.0.100,198.18.0.110,1h"
PATIENT = {"first_s": 30.0}


@pytest.fixture(scope="module")
def line() -> Iterator[Wire]:
    with Wire() as made:
        made.network.run("ip", "address", "add", "2001:db8::1/64", "dev", "ont0", "nodad")
        yield made


def ask(line: Wire, task: str, **request: Any) -> Heard:
    return WireChild(STATION_INTERFACE, line.station.path).ask(task, request, deadline_s=WITHIN_S)


def told(heard: Heard) -> dict[str, Any]:
    assert heard.failure is None, heard.failure
    return {key: line[key] for line in heard.lines for key in line}


def values(name: str, heard: Mapping[str, Heard]) -> dict[str, Any]:
    bench = instruments(heard=heard)
    return {
        m.name: m.value for m in run_check(CHECKS[name], Context(line=LINE, instruments=bench)) if m.failure is None
    }


def test_a_lease_is_granted_with_its_options_and_given_back(line: Wire, tmp_path: Path) -> None:
    with dnsmasq(line.network, tmp_path, POOL, "--dhcp-option=6,198.18.0.9,198.18.0.8") as server:
        heard = ask(line, "dhcp", **PATIENT)
        server.await_word("DHCPRELEASE")
    made = values("dhcp", {"dhcp": heard})
    assert made["dhcp_state"] == "bound"
    assert made["dhcp_servers"] == 1
    assert made["dhcp_address"].startswith("198.18.0.1")
    assert (made["dhcp_gateway"], made["dhcp_resolvers"]) == (GATEWAY_ADDRESS, "198.18.0.9 198.18.0.8")
    assert (made["dhcp_lease_s"], made["dhcp_option82"]) == (3600, "not_seen")
    assert (tmp_path / "leases").read_text() == ""


def test_a_second_server_is_listed_as_well(line: Wire, tmp_path: Path) -> None:
    rogue = virtual("dhcp_server", NETWORK_INTERFACE, "--server", "198.18.0.66", "--offer", "10.9.9.9")
    with dnsmasq(line.network, tmp_path, POOL), running(line.network, rogue, "ready"):
        heard = ask(line, "dhcp", others_s=30.0, enough=2, **PATIENT)
    made = values("dhcp", {"dhcp": heard})
    assert made["dhcp_servers"] == 2
    assert GATEWAY_ADDRESS in made["dhcp_servers_seen"] and "198.18.0.66" in made["dhcp_servers_seen"]


def test_a_refusal_is_a_value_with_the_servers_own_words(line: Wire) -> None:
    words = ("--server", "198.18.0.1", "--offer", "198.18.0.77", "--nak", "customer is suspended")
    with running(line.network, virtual("dhcp_server", NETWORK_INTERFACE, *words), "ready"):
        made = values("dhcp", {"dhcp": ask(line, "dhcp", others_s=0.1, **PATIENT)})
    assert (made["dhcp_state"], made["dhcp_message"]) == ("refused", "customer is suspended")
    assert "dhcp_address" not in made


def test_a_slow_offer_is_still_an_offer_whatever_the_roll_call_brought(line: Wire) -> None:
    words = ("--server", "198.18.0.1", "--offer", "198.18.0.77", "--lag", "1.3")
    with running(line.network, virtual("dhcp_server", NETWORK_INTERFACE, *words), "ready") as server:
        heard = ask(line, "dhcp", others_s=2.0, **PATIENT)
        server.await_word("released 198.18.0.77")
    made = values("dhcp", {"dhcp": heard})
    assert (made["dhcp_state"], made["dhcp_address"], made["dhcp_servers"]) == ("bound", "198.18.0.77", 1)
    assert made["dhcp_offer_ms"] > 0


def test_a_relays_option_that_comes_back_is_seen(line: Wire) -> None:
    words = ("--server", "198.18.0.1", "--offer", "198.18.0.77", "--option82")
    with running(line.network, virtual("dhcp_server", NETWORK_INTERFACE, *words), "ready"):
        made = values("dhcp", {"dhcp": ask(line, "dhcp", others_s=0.1, **PATIENT)})
    assert (made["dhcp_state"], made["dhcp_option82"]) == ("bound", "seen")


@pytest.mark.parametrize("own", [True, False], ids=["by an inform", "by a foreign address"])
def test_a_server_with_an_empty_pool_is_told_from_no_server(line: Wire, tmp_path: Path, own: bool) -> None:
    (tmp_path / "leases").write_text("4102444800 02:00:00:00:00:01 198.18.0.100 * 01:02:00:00:00:00:01\n")
    pool = ("--dhcp-range=198.18.0.100,198.18.0.100,1h", *(() if own else ("--dhcp-authoritative",)))
    address = f"{STATION_ADDRESS}/24"
    if not own:
        line.station.run("ip", "address", "del", address, "dev", STATION_INTERFACE)
    try:
        with dnsmasq(line.network, tmp_path, *pool) as server:
            heard = ask(line, "dhcp", first_s=6.0)
            server.await_word("no address available")
    finally:
        if not own:
            line.station.run("ip", "address", "add", address, "dev", STATION_INTERFACE)
    made = values("dhcp", {"dhcp": heard})
    assert (made["dhcp_state"], made["dhcp_servers"]) == ("withheld", 0)
    assert made["dhcp_servers_seen"].startswith(f"{GATEWAY_ADDRESS} (")
    assert made.get("dhcp_message") == (None if own else "wrong network")


def test_no_server_at_all_is_silence_which_is_a_value(line: Wire) -> None:
    made = values("dhcp", {"dhcp": ask(line, "dhcp", first_s=1.5)})
    assert made == {"dhcp_state": "no_offer", "dhcp_servers": 0}


Told = list[Mapping[str, Any]]


def says_which_lease(lines: Told) -> bool:
    return any("lease" in told for told in lines)


class Mortal:
    """A wire whose child of one task is killed as soon as it is time."""

    def __init__(self, line: Wire, task: str, time_to_die: Callable[[Told], bool], **request: Any) -> None:
        self._line, self._task, self._request, self._time_to_die = line, task, {**PATIENT, **request}, time_to_die
        self.lines: Told = []

    def ask(self, task: str, request: Mapping[str, Any], **options: Any) -> Heard:
        def dies() -> bool:
            return task == self._task and self._time_to_die(self.lines)

        wire = WireChild(STATION_INTERFACE, self._line.station.path, cancelled=dies)
        patient = {**request, **self._request} if task == self._task else request
        return wire.ask(task, patient, deadline_s=WITHIN_S, on_line=self.lines.append)

    def echo(self, address: str, *, count: int, interval_s: float) -> Failure:
        raise AssertionError


def test_a_lease_is_given_back_for_a_child_that_was_killed(line: Wire) -> None:
    wire = Mortal(line, "dhcp", says_which_lease)
    words = ("--server", "198.18.0.1", "--offer", "198.18.0.77", "--mute")
    with running(line.network, virtual("dhcp_server", NETWORK_INTERFACE, *words), "ready") as server:
        bench = replace(instruments(), wire=wire)
        made = run_check(CHECKS["dhcp"], Context(line=LINE, instruments=bench))
        server.await_word("released 198.18.0.77")
    assert wire.lines[-1] == {"released": True}
    assert {m.quantity for m in made} == {quantity for quantity, _ in CHECKS["dhcp"].quantities(LINE)}


def test_a_dhcpv6_lease_is_given_back_for_a_child_that_was_killed(line: Wire, tmp_path: Path) -> None:
    """The lease is granted; its reply is lost on the way, so that the child still waits for it when it dies."""
    lost = "add table ip6 deaf; add chain ip6 deaf replies { type filter hook output priority 0; };"
    line.network.run("nft", f"{lost} add rule ip6 deaf replies udp sport 547 @th,64,8 7 drop")
    pool = "--dhcp-range=2001:db8::100,2001:db8::1ff,64,1h"
    try:
        with dnsmasq(line.network, tmp_path, "--enable-ra", pool) as server:
            wire = Mortal(line, "dhcp6", lambda lines: "DHCPREPLY" in server.said(), others_s=0.1, reply_s=WITHIN_S)
            run_check(CHECKS["dhcp6"], Context(line=LINE, instruments=replace(instruments(), wire=wire)))
            server.await_word("DHCPRELEASE")
    finally:
        line.network.run("nft", "delete table ip6 deaf")
    assert [next(iter(told)) for told in wire.lines][-2:] == ["lease", "released"]


def test_routers_are_heard_and_an_address_is_granted_by_dhcpv6(line: Wire, tmp_path: Path) -> None:
    with dnsmasq(line.network, tmp_path, "--enable-ra", "--dhcp-range=2001:db8::100,2001:db8::1ff,64,1h") as server:
        heard = ask(line, "dhcp6", first_s=30.0, others_s=30.0, enough=2)
        server.await_word("DHCPRELEASE")
    made = values("dhcp6", {"dhcp6": heard})
    assert (made["ra_routers"], made["ra_prefixes"]) == (1, "2001:db8::/64")
    assert (made["dhcp6_state"], made["dhcp6_servers"]) == ("bound", 1)
    assert made["dhcp6_address"].startswith("2001:db8::1")


@pytest.mark.skipif(shutil.which("dhcpd") is None, reason="isc-dhcp-server is not installed")
def test_a_prefix_is_delegated_and_given_back(line: Wire, tmp_path: Path) -> None:
    config, leases = tmp_path / "dhcpd.conf", tmp_path / "leases6"
    config.write_text("subnet6 2001:db8::/64 { prefix6 2001:db8:100:: 2001:db8:1f0:: /56; }\n")
    leases.touch()
    command = ["dhcpd", "-6", "-d", "-cf", str(config), "-lf", str(leases), "-pf", str(tmp_path / "pid"), "ont0"]
    with running(line.network, command, "Server starting service") as server:
        heard = ask(line, "dhcp6", first_s=30.0, others_s=0.1)
        server.await_word("Release message")
    made = values("dhcp6", {"dhcp6": heard})
    assert made["dhcp6_state"] == "bound"
    assert made["dhcp6_prefix"].startswith("2001:db8:1") and made["dhcp6_prefix"].endswith("::/56")


def test_silence_of_ipv6_is_a_value_too(line: Wire) -> None:
    made = values("dhcp6", {"dhcp6": ask(line, "dhcp6", first_s=0.3)})
    assert made == {"ra_routers": 0, "dhcp6_state": "no_server", "dhcp6_servers": 0}


def test_a_line_that_does_not_exist_is_the_instruments_own_limit() -> None:
    heard = WireChild("no-such0").ask("dhcp", {}, deadline_s=WITHIN_S)
    assert heard.failure is not None and heard.failure.kind == "instrument_limit"
