"""A stream that starts when it is joined and stops when it is left; also one that does not, and one in a VLAN."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.instruments import Heard
from diagnostics.line import Multicast, Ordered
from diagnostics.scapy_wire import WireChild
from diagnostics.wire.igmp import losses
from tests.diagnostics.fakes import LINE, FakeWire, instruments
from tests.diagnostics.wire.peers import (
    NEEDS_ROOT,
    NETWORK_INTERFACE,
    STATION_INTERFACE,
    WITHIN_S,
    Wire,
    running,
    virtual,
)

GROUP = "239.1.1.7"
PATIENT = {"join_s": 60.0, "watch_s": 0.5}
TESTED = replace(LINE, ordered=Ordered(services=("iptv",)), multicast=Multicast(group=GROUP))


def iptv(line: Wire, *sender: str, **request: Any) -> Mapping[str, Any]:
    with running(line.network, virtual("multicast_sender", NETWORK_INTERFACE, *sender), "ready") as server:
        wire = WireChild(STATION_INTERFACE, line.station.path)
        heard = wire.ask("igmp", {"group": GROUP, **PATIENT, **request}, deadline_s=WITHIN_S)
        server.await_word("leave")
    made = run_check(CHECKS["iptv"], Context(line=TESTED, instruments=instruments(heard={"igmp": heard})))
    return {m.name: m.value for m in made if m.failure is None}


class TestAgainstASender:
    pytestmark = NEEDS_ROOT

    @pytest.mark.parametrize("version", [2, 3])
    def test_a_stream_comes_when_joined_and_stops_when_left(self, line: Wire, version: int) -> None:
        made = iptv(line, "--lag", "0.2", version=version)
        assert (made["iptv_join"], made["iptv_leave"], made["iptv_loss_ratio"]) == ("joined", "left", 0)
        assert made["iptv_join_delay_ms"] >= 200
        assert made["iptv_leave_delay_ms"] >= 0

    def test_a_source_is_joined_by_its_address(self, line: Wire) -> None:
        assert iptv(line, source="198.18.0.1")["iptv_join"] == "joined"

    def test_missing_numbers_are_loss(self, line: Wire) -> None:
        assert 0 < iptv(line, "--lose-every", "3")["iptv_loss_ratio"] < 0.5

    def test_a_stream_in_its_vlan_is_seen_there_and_nowhere_else(self, line: Wire) -> None:
        assert iptv(line, "--vlan", "45", vlans=[45])["iptv_join"] == "joined"
        with running(line.network, virtual("multicast_sender", NETWORK_INTERFACE, "--vlan", "45", "--always"), "ready"):
            wire = WireChild(STATION_INTERFACE, line.station.path)
            heard = wire.ask("igmp", {"group": GROUP, "join_s": 0.5}, deadline_s=WITHIN_S)
        assert {"join_ms": None} in heard.lines

    @pytest.mark.parametrize(("ordered", "runs"), [([], 45), ([41], 45), ([41], 0)])
    def test_a_stream_that_runs_in_another_vlan_is_found_and_left_there(
        self, line: Wire, ordered: list[int], runs: int
    ) -> None:
        made = iptv(line, "--vlan", str(runs), vlans=ordered, join_s=0.5, search_s=20.0)
        assert made == {"iptv_join": "silent", "iptv_other_vlan": str(runs or "untagged")}

    def test_a_stream_that_flows_unasked_has_no_join_delay(self, line: Wire) -> None:
        made = iptv(line, "--always", before_s=60.0)
        assert made["iptv_join"] == "flooded"
        assert "iptv_join_delay_ms" not in made and "iptv_leave" not in made

    def test_a_stream_that_heeds_no_leave_still_flows(self, line: Wire) -> None:
        made = iptv(line, "--stubborn", leave_s=3.0, quiet_s=60.0)
        assert made["iptv_leave"] == "still_flowing"
        assert "iptv_leave_delay_ms" not in made

    def test_a_stream_without_rtp_has_no_loss_to_tell(self, line: Wire) -> None:
        made = iptv(line, "--plain")
        assert made["iptv_join"] == "joined" and "iptv_loss_ratio" not in made

    def test_no_stream_is_silence_which_is_a_value(self, line: Wire) -> None:
        made = iptv(line, "--lag", "1000", join_s=0.5)
        assert made == {"iptv_join": "silent"}


@pytest.mark.parametrize(
    ("numbers", "expected", "lost"),
    [
        ([5], 1, 0),
        ([1, 2, 3], 3, 0),
        ([1, 3], 3, 1),
        ([65534, 65535, 0, 1], 4, 0),
        ([65535, 1], 3, 1),
        ([1, 3, 2, 4], 4, 0),
        ([1, 1, 2], 2, 0),
        ([1, 0, 65535], 3, 0),
    ],
)
def test_loss_is_counted_by_number_not_by_order(numbers: list[int], expected: int, lost: int) -> None:
    assert losses(numbers) == (expected, lost)


def test_a_group_is_left_for_a_child_that_died() -> None:
    wire = FakeWire(instruments().wire.echo("", count=1, interval_s=1), {"igmp": Heard(lines=({"joining": True},))})
    run_check(CHECKS["iptv"], Context(line=TESTED, instruments=replace(instruments(), wire=wire)))
    assert [task for task, _ in wire.asked] == ["igmp", "igmp_release"]
    assert wire.asked[1][1]["group"] == GROUP


def test_an_order_without_a_group_leaves_iptv_open_and_one_without_iptv_declares_nothing() -> None:
    made = run_check(CHECKS["iptv"], Context(line=replace(TESTED, multicast=None), instruments=instruments()))
    assert {m.failure.kind for m in made if m.failure} == {"not_applicable"}
    assert run_check(CHECKS["iptv"], Context(line=LINE, instruments=instruments())) == ()
