"""Resolvers that tell the truth, invent, lie, refuse or keep silent, and a page behind a captive portal."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.checks.dns import resolvers, state_of
from diagnostics.line import Names
from diagnostics.scapy_wire import WireChild
from tests.diagnostics.fakes import LINE, instruments, measured
from tests.diagnostics.wire.peers import (
    GATEWAY_ADDRESS,
    NEEDS_ROOT,
    NOBODYS_ADDRESS,
    ONT_ADDRESS,
    STATION_INTERFACE,
    WITHIN_S,
    Wire,
    dnsmasq,
    python,
    running,
)

TRUTH = "truth.example"
NAMES = Names(resolvers=(GATEWAY_ADDRESS,), truth_name=TRUTH, truth_addresses=("198.18.0.9",))
HONEST = (f"--address=/{TRUTH}/198.18.0.9", "--local=/com/", "--local=/invalid/")
HIJACKING = (f"--address=/{TRUTH}/198.18.0.9", "--address=/#/198.18.0.66")
LYING = (f"--address=/{TRUTH}/198.18.0.66", "--local=/com/", "--local=/invalid/")


def names_of(line: Wire, names: Names, wait_s: float = 30.0) -> Mapping[str, Any]:
    wire = WireChild(STATION_INTERFACE, line.station.path)
    request = {
        "resolvers": names.resolvers,
        "truth": names.truth_name,
        "portal_url": names.portal_url,
        "wait_s": wait_s,
    }
    heard = wire.ask("dns", request, deadline_s=2 * WITHIN_S)
    tested = replace(LINE, names=names)
    made = run_check(CHECKS["dns"], Context(line=tested, instruments=instruments(heard={"dns": heard})))
    return {m.name: m.value if m.failure is None else m.failure.kind for m in made}


@pytest.mark.parametrize(
    ("options", "state"), [(HONEST, "honest"), (HIJACKING, "hijacked"), (LYING, "wrong"), ((), "failing")]
)
class TestRealResolvers:
    pytestmark = NEEDS_ROOT

    def test_a_resolver_is_known_by_its_answers(
        self, line: Wire, tmp_path: Path, options: tuple[str, ...], state: str
    ) -> None:
        with dnsmasq(line.network, tmp_path, *options, dns=True):
            made = names_of(line, NAMES)
        assert made["dns_state"] == made[f"dns_state[{GATEWAY_ADDRESS}]"] == state
        assert made["dns_time_ms"] > 0


class TestOtherPeers:
    pytestmark = NEEDS_ROOT

    def test_nobody_there_is_silence_which_is_a_value(self, line: Wire) -> None:
        made = names_of(line, NAMES, wait_s=0.3)
        assert (made["dns_state"], made["dns_time_ms"]) == ("silent", "timeout")

    def test_the_worst_resolver_counts(self, line: Wire, tmp_path: Path) -> None:
        with dnsmasq(line.network, tmp_path, *HONEST, dns=True):
            made = names_of(line, replace(NAMES, resolvers=(GATEWAY_ADDRESS, NOBODYS_ADDRESS)), wait_s=5.0)
        assert made[f"dns_state[{GATEWAY_ADDRESS}]"] == "honest"
        assert made["dns_state"] == made[f"dns_state[{NOBODYS_ADDRESS}]"] == "silent"

    def test_a_slow_resolver_shows_its_time(self, line: Wire) -> None:
        with running(line.network, python("slow_dns", GATEWAY_ADDRESS, "0.3"), "ready"):
            made = names_of(line, Names(resolvers=(GATEWAY_ADDRESS,)))
        assert made["dns_state"] == "honest"
        assert made["dns_time_ms"] >= 300

    @pytest.mark.parametrize(("path", "state"), [("/open", "open"), ("/captive", "captive"), ("/garbage", "silent")])
    def test_a_page_tells_whether_a_portal_stands_before_it(
        self, line: Wire, tmp_path: Path, path: str, state: str
    ) -> None:
        portal = replace(NAMES, portal_url=f"http://page.example:8080{path}")
        page = ("--address=/page.example/198.18.0.5",)
        with (
            dnsmasq(line.network, tmp_path, *HONEST, *page, dns=True),
            running(line.network, python("web", ONT_ADDRESS), "ready"),
        ):
            assert names_of(line, portal)["dns_portal"] == state


NO = {"code": 3, "addresses": [], "ms": 1.0}


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({}, "silent"),
        ({"truth": {"error": "no route"}}, "silent"),
        ({"no_such_1": NO}, "honest"),
        ({"no_such_1": NO | {"addresses": ["1.2.3.4"]}}, "hijacked"),
        ({"truth": NO}, "wrong"),
        ({"truth": {"code": 0, "addresses": []}}, "wrong"),
        ({"truth": {"code": 2, "addresses": []}, "no_such_1": NO}, "failing"),
        ({"truth": {"code": 0, "addresses": ["198.18.0.9"]}, "no_such_1": NO}, "honest"),
        ({"no_such_1": {"code": 5, "addresses": []}}, "failing"),
    ],
)
def test_what_answers_make_of_a_resolver(said: dict[str, Any], state: str) -> None:
    assert state_of(said, NAMES) == state


def test_resolvers_are_those_of_dhcp_and_those_of_the_station_each_once() -> None:
    known = (measured("dhcp_resolvers", "198.18.0.9 198.18.0.8"),)
    line = replace(LINE, names=Names(resolvers=("198.18.0.8", "9.9.9.9")))
    context = Context(line=line, instruments=instruments(), known=known)
    assert resolvers(context) == ("198.18.0.9", "198.18.0.8", "9.9.9.9")


def test_without_a_resolver_there_is_nothing_to_ask() -> None:
    made = run_check(CHECKS["dns"], Context(line=LINE, instruments=instruments()))
    assert {m.failure.kind for m in made if m.failure} == {"not_applicable"}
