"""The verbs of the line on a virtual customer line: packets go to named places over the line, and nowhere else."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.assignment import Assignment
from agent.support.reasons import Ended
from diagnostics.measurement import from_json
from drivers.virtual.line import GATEWAY_ADDRESS, REFLECTOR_ADDRESS, STATION_INTERFACE, VirtualLine
from drivers.virtual.namespace import may_make_namespaces
from tests.agent import orders
from tests.agent.support.asked import Home, asked, home_in

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root"),
]
NOBODY, UNROUTED = "198.18.0.13", "198.51.100.7"
MORE = f'\n[dns]\nresolvers = ["{NOBODY}", "{UNROUTED}"]\n'


@pytest.fixture(scope="module")
def line() -> Iterator[VirtualLine]:
    """A line whose routers answer as often as they are asked; the kernel's answer to one asker twice and then pause."""
    with VirtualLine() as made:
        for router in (made.access, made.core):
            router.run("sh", "-c", "echo 0 > /proc/sys/net/ipv4/icmp_ratemask")
        yield made


@pytest.fixture
def home(line: VirtualLine, tmp_path: Path) -> Iterator[Home]:
    """A station on the line; its order names two reflectors, the second by an address that nobody has."""
    with home_in(tmp_path, interface=STATION_INTERFACE, namespace=line.station.path, more=MORE) as made:
        two = [{"host": REFLECTOR_ADDRESS, "port": 5201}, {"host": NOBODY, "port": 5201}]
        made.on_it["k"] = Assignment(order=orders.work_order(id="WO-7", reflectors=two))
        yield made


@pytest.mark.parametrize("target", ["gateway", "ont", "reflector"])
def test_a_ping_tells_each_echo_and_their_sum(home: Home, target: str) -> None:
    *echoes, summed = asked(home, "line.ping", order="WO-7", target=target, count=5, interval_ms=100)
    assert [(e["event"], e["number"]) for e in echoes] == [("echo", n) for n in range(1, 6)]
    answered = [e["ms"] for e in echoes if e["ms"] is not None]
    assert answered and (summed["sent"], summed["lost"], summed["target"]) == (5, 5 - len(answered), target)
    assert summed["least_ms"] <= summed["median_ms"] <= summed["p95_ms"] <= summed["most_ms"]


def test_what_nobody_answers_is_lost(home: Home) -> None:
    *echoes, summed = asked(home, "line.ping", order="WO-7", target="reflector.2", count=2, interval_ms=100)
    assert [e["ms"] for e in echoes] == [None, None]
    assert summed == {"event": "echoes", "target": "reflector.2", "sent": 2, "lost": 2}


def test_a_place_that_is_not_named_has_no_address(home: Home) -> None:
    for verb in ("line.ping", "line.trace"):
        for order, target in (("", "reflector"), ("WO-7", "reflector.3"), ("", "dns.3")):
            with pytest.raises(Ended, match=f"names a {target}"):
                asked(home, verb, order=order, target=target)


def test_a_way_is_told_hop_by_hop_to_its_end(home: Home) -> None:
    *hops, traced = asked(home, "line.trace", order="WO-7", target="reflector", tries=3)
    assert [h["hop"] for h in hops] == [1, 2, 3]
    assert hops[0]["addresses"] == [GATEWAY_ADDRESS] and hops[-1]["addresses"] == [REFLECTOR_ADDRESS]
    assert [h["end"] for h in hops] == ["", "", "echo"]
    assert all(len(h["ms"]) == 3 for h in hops)
    assert traced == {"event": "traced", "target": "reflector", "reached_at": 3}


def test_a_way_ends_where_it_is_turned_away_or_where_its_hops_are_over(line: VirtualLine, home: Home) -> None:
    *hops, traced = asked(home, "line.trace", order="WO-7", target="reflector", hops=1)
    assert (len(hops), traced["reached_at"]) == (1, None)
    line.core.run("ip", "route", "add", "unreachable", f"{NOBODY}/32")
    *hops, traced = asked(home, "line.trace", order="WO-7", target="reflector.2")
    assert (hops[-1]["end"], traced["reached_at"]) == ("unreachable", None)
    line.core.run("ip", "route", "del", "unreachable", f"{NOBODY}/32")


def test_one_check_is_run_and_only_its_measurements_are_told(home: Home) -> None:
    events = asked(home, "line.check", order="WO-7", check="reach")
    steps = [(e["check"], e["state"]) for e in events if e["event"] == "step"]
    assert steps == [("reach", "started"), ("reach", "done")]
    made = {m.name: m for m in (from_json({k: v for k, v in e.items() if k != "event"}) for e in events[2:])}
    assert made["reach_loss_ratio[gateway]"].value is not None
    assert {m.quantity for m in made.values()} <= {
        *("reach_loss_ratio", "reach_rtt_ms", "reach_delay_variation_ms"),
        *("latency_idle_p50_ms", "latency_idle_p95_ms"),
    }


def test_what_a_check_must_know_before_is_found_out_and_not_told(home: Home) -> None:
    events = asked(home, "line.check", check="dns")
    assert {e["check"] for e in events if e["event"] == "step"} == {"dhcp", "dns"}
    assert all(e["quantity"].startswith("dns") for e in events if e["event"] == "measurement")
    assert NOBODY not in json.dumps(events)


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("line.ping", {"target": "gateway", "count": 100, "interval_ms": 1000}),
        ("line.trace", {"target": "dns.2", "tries": 3}),
    ],
)
def test_whoever_ends_it_gets_no_more(home: Home, verb: str, arguments: dict[str, Any]) -> None:
    heard: list[dict[str, Any]] = []
    asked(home, verb, heard=heard, cancelled=lambda: bool(heard), **arguments)
    assert {e["event"] for e in heard} <= {"echo", "hop"} and len(heard) < 100


def test_packets_leave_over_the_line_alone(tmp_path: Path, line: VirtualLine) -> None:
    """The station's own network reaches the address another way; no packet takes it."""
    with home_in(tmp_path, interface="lan9", namespace=line.station.path) as home:
        for verb in ("line.ping", "line.trace"):
            with pytest.raises(Ended, match="not over the line's interface lan9"):
                asked(home, verb, target="gateway")
