"""Which VLANs answer: a real dnsmasq behind a VLAN switch in user space (this kernel may have no 802.1Q)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.checks.vlan import stacks
from diagnostics.instruments import Heard
from diagnostics.line import Line, Ordered
from diagnostics.scapy_wire import WireChild
from diagnostics.wire.port import tagged, untagged
from tests.diagnostics.fakes import LINE, ORDERED, instruments
from tests.diagnostics.wire.peers import (
    NEEDS_ROOT,
    NETWORK_INTERFACE,
    STATION_INTERFACE,
    WITHIN_S,
    Wire,
    dnsmasq,
    running,
    virtual,
)

BRIDGED = replace(LINE, ordered=replace(ORDERED, mode="bridge", vlans=(41, 1117)))
ANSWER = {"asked": [41], "seen": [41], "priority": 3, "by": "dhcp", "mac": "02:00:00:00:00:01"}


@pytest.fixture(scope="module")
def line() -> Iterator[Wire]:
    with Wire() as made:
        made.network.run("ip", "link", "add", "sw0", "type", "veth", "peer", "name", "far0")
        made.network.run("ip", "address", "add", "198.19.0.1/24", "dev", "far0")
        for name in ("sw0", "far0"):
            made.network.run("ip", "link", "set", name, "up")
        yield made


def made_of(heard: Heard) -> dict[str, Any]:
    made = run_check(CHECKS["vlan"], Context(line=BRIDGED, instruments=instruments(heard={"vlan": heard})))
    return {m.name: m.value if m.failure is None else m.failure.kind for m in made}


class TestBehindASwitch:
    pytestmark = NEEDS_ROOT

    @pytest.mark.parametrize("stack", [(41,), (1117,), (41, 1117)], ids=["outer", "inner", "qinq"])
    def test_the_vlan_that_answers_is_found_and_no_other(
        self, line: Wire, tmp_path: Path, stack: tuple[int, ...]
    ) -> None:
        switch = virtual("vlan_switch", NETWORK_INTERFACE, "sw0", *map(str, stack))
        pool = "--dhcp-range=198.19.0.100,198.19.0.110,1h"
        with dnsmasq(line.network, tmp_path, pool, interface="far0"), running(line.network, switch, "ready"):
            wire = WireChild(STATION_INTERFACE, line.station.path)
            alone = wire.ask("vlan", {"stacks": [stack], "listen_s": 60.0}, deadline_s=WITHIN_S)
            others = [other for other in stacks(BRIDGED) if other != stack]
            rest = wire.ask("vlan", {"stacks": others, "listen_s": 1.0, "sweep_s": 0.0}, deadline_s=WITHIN_S)
        assert [line["answer"]["asked"] for line in rest.lines if "answer" in line] == []
        made, index = made_of(alone), ".".join(map(str, stack))
        assert made["vlan_tags"] == "seen"
        assert made[f"vlan_answer[{index}]"] == "answered"
        assert made[f"vlan_answered_by[{index}]"].startswith("dhcp ")
        assert made[f"vlan_priority_codepoints[{index}]"] == 3

    @pytest.mark.parametrize(
        ("ordered", "stack", "named"),
        [([41], (1117,), "1117"), ([41, 1117], (1117, 41), "none"), ([41, 1117], (41, 9), "41.9")],
    )
    def test_where_nothing_ordered_answers_every_other_vlan_is_asked(
        self, line: Wire, tmp_path: Path, ordered: list[int], stack: tuple[int, ...], named: str
    ) -> None:
        switch = virtual("vlan_switch", NETWORK_INTERFACE, "sw0", *map(str, stack))
        pool = "--dhcp-range=198.19.0.100,198.19.0.110,1h"
        with dnsmasq(line.network, tmp_path, pool, interface="far0"), running(line.network, switch, "ready"):
            wire = WireChild(STATION_INTERFACE, line.station.path)
            patient = 0.1 if named == "none" else 30.0
            request = {"stacks": [ordered], "listen_s": 0.3, "sweep_s": patient, "enough_elsewhere": 1}
            heard = wire.ask("vlan", request, deadline_s=WITHIN_S)
        found = [".".join(map(str, line["elsewhere"]["seen"])) for line in heard.lines if "elsewhere" in line]
        assert found == ([] if named == "none" else [named])

    def test_the_gateway_answers_without_a_tag(self, line: Wire) -> None:
        wire = WireChild(STATION_INTERFACE, line.station.path)
        made = made_of(wire.ask("vlan", {"stacks": [[]], "gateway": LINE.gateway}, deadline_s=WITHIN_S))
        assert (made["vlan_answer[untagged]"], made["vlan_answer[41]"]) == ("answered", "silent")
        assert made["vlan_answered_by[untagged]"].startswith("arp ")


@pytest.mark.parametrize(
    "lines",
    [({"visible": False},), ({"visible": True}, {"answer": ANSWER | {"seen": []}})],
    ids=["own tags are not seen", "an answer lost its tags"],
)
def test_where_tags_are_lost_nothing_is_said_of_vlans(lines: tuple[dict[str, Any], ...]) -> None:
    made = made_of(Heard(lines=lines))
    assert made.pop("vlan_tags") == "lost"
    assert set(made.values()) == {"instrument_limit"}


@pytest.mark.parametrize(
    ("answered", "told"),
    [
        ([[41]], "answered"),
        ([[], [41, 1117]], "answered"),
        ([[]], "not_supported"),
        ([], "silent"),
    ],
    ids=["an ordered one", "the ordered stack", "only untagged", "none"],
)
def test_the_line_is_in_an_ordered_vlan_where_one_of_them_answers(answered: list[list[int]], told: str) -> None:
    answers = ({"answer": ANSWER | {"asked": stack, "seen": stack}} for stack in answered)
    assert made_of(Heard(lines=({"visible": True}, *answers)))["vlan_ordered"] == told


@pytest.mark.parametrize(
    ("ordered", "asked"),
    [
        (ORDERED, []),
        (replace(ORDERED, mode="bridge"), []),
        (replace(ORDERED, mode="bridge", vlans=(41,)), [(), (41,)]),
        (replace(ORDERED, mode="bridge", vlans=(41, 1117)), [(), (41,), (1117,), (41, 1117)]),
        (replace(ORDERED, mode="bridge", vlans=tuple(range(10, 30))), [(), (10,), (11,), (12,), (13,), (10, 11)]),
        (Ordered(services=("iptv",), mode="bridge", vlans=(41,)), []),
    ],
)
def test_vlans_are_asked_only_where_the_ont_bridges(ordered: Ordered, asked: list[tuple[int, ...]]) -> None:
    assert stacks(Line(interface="lan0", ordered=ordered)) == asked


@pytest.mark.parametrize("stack", [(), (1,), (41, 1117)])
def test_tags_that_are_put_on_are_read_back(stack: tuple[int, ...]) -> None:
    frame = bytes(range(12)) + b"\x08\x00" + b"payload"
    made = untagged(tagged(frame, stack, 5))
    assert made is not None
    assert (made[0].stack, made[0].ethertype, made[1]) == (stack, 0x0800, frame)
    assert made[0].priority == (5 if stack else 0)
