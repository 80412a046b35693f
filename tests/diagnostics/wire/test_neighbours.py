"""A second owner of our address, two of the gateway's, a loop; and a flood of broadcast that hides none of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
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
    python,
    running,
    virtual,
)

pytestmark = NEEDS_ROOT


@pytest.fixture
def line() -> Iterator[Wire]:
    with Wire() as made:
        yield made


def neighbours(line: Wire, gateway: str = GATEWAY_ADDRESS, **request: Any) -> dict[str, Any]:
    wire = WireChild(STATION_INTERFACE, line.station.path)
    heard = wire.ask("neighbours", {"gateway": gateway, **request}, deadline_s=WITHIN_S)
    bench = instruments(heard={"neighbours": heard})
    return {m.name: m.value for m in run_check(CHECKS["neighbours"], Context(line=LINE, instruments=bench))}


def test_a_clean_line_has_one_gateway_no_conflict_and_no_loop(line: Wire) -> None:
    assert neighbours(line) == {"arp_conflict": "clear", "arp_gateway_answers": 1, "loop_returned_frames": 0}


def test_another_owner_of_our_address_is_a_conflict(line: Wire) -> None:
    line.network.run("ip", "address", "add", f"{STATION_ADDRESS}/32", "dev", "ont0")
    assert neighbours(line)["arp_conflict"] == "conflict"


def test_a_gateway_that_two_devices_answer_for_or_none(line: Wire) -> None:
    with running(line.network, python("echoes", "arp", GATEWAY_ADDRESS), "ready"):
        assert neighbours(line, listen_s=60.0, enough=2)["arp_gateway_answers"] == 2
    assert neighbours(line, "198.18.0.88")["arp_gateway_answers"] == 0


def test_frames_that_come_back_are_a_loop(line: Wire) -> None:
    with running(line.network, virtual("frame_loop", NETWORK_INTERFACE), "ready"):
        made = neighbours(line, listen_s=60.0, enough=2)
    assert made["loop_returned_frames"] >= 1
    assert made["arp_conflict"] == "clear", "our own probes that come back are not another owner"


def test_a_flood_of_broadcast_starves_no_check(line: Wire, tmp_path: Path) -> None:
    with dnsmasq(line.network, tmp_path, "--dhcp-range=198.18.0.100,198.18.0.110,1h") as server:
        with running(line.network, python("echoes", "flood"), "ready") as flood:
            wire = WireChild(STATION_INTERFACE, line.station.path)
            heard = wire.ask("dhcp", {"first_s": 30.0, "others_s": 0.1}, deadline_s=WITHIN_S)
            made = neighbours(line)
            stacks = {"stacks": [[]], "gateway": GATEWAY_ADDRESS, "listen_s": 30.0}
            answers = wire.ask("vlan", stacks, deadline_s=WITHIN_S)
            assert flood.process.poll() is None, "the flood ended too early"
        server.await_word("DHCPRELEASE")
    assert heard.lines[-1] == {"released": True}
    assert made["arp_conflict"] == "clear" and made["arp_gateway_answers"] == 1
    assert [told["answer"]["asked"] for told in answers.lines if "answer" in told] == [[]]


def test_what_does_not_match_is_dropped_by_the_kernel(line: Wire) -> None:
    """5,000 frames of broadcast, then one that matters: it is the only one that arrives."""
    with (
        running(line.station, python("echoes", "hear"), "ready") as ear,
        running(line.network, python("echoes", "burst"), "sent"),
    ):
        ear.await_word("heard 1 of 0x88b5")
    assert "heard 2" not in ear.said()


def test_an_interface_without_an_address_has_no_conflict_to_look_for(line: Wire) -> None:
    line.station.run("ip", "address", "flush", "dev", STATION_INTERFACE)
    made = neighbours(line)
    assert made["arp_conflict"] is None
    assert made["loop_returned_frames"] == 0
