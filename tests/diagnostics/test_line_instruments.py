"""Link, echo and route on a real interface; on the line and nowhere else."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.child import namespace_prefix
from diagnostics.host import HostChild
from diagnostics.instruments import Echoes, Link
from diagnostics.measurement import Failure
from diagnostics.route import off_line, tags_of
from diagnostics.scapy_wire import WireChild
from drivers.virtual.line import GATEWAY_ADDRESS, STATION_INTERFACE, VirtualLine
from drivers.virtual.namespace import may_make_namespaces
from tests.diagnostics.fakes import LINE, LINK, instruments

needs_root = [
    pytest.mark.root,
    pytest.mark.skipif(not may_make_namespaces(), reason="network namespaces need root"),
]


@pytest.fixture(scope="module")
def line() -> Iterator[VirtualLine]:
    with VirtualLine() as made:
        yield made


class TestOnAVirtualLine:
    pytestmark = needs_root

    def test_link_state_is_read_inside_the_namespace(self, line: VirtualLine) -> None:
        link = HostChild(line.station.path).link(STATION_INTERFACE)
        assert isinstance(link, Link)
        assert (link.up, link.speed_mbps, link.duplex, link.mtu_bytes) == (True, 10000, "full", 1500)
        assert isinstance(HostChild().link(STATION_INTERFACE), Failure), "the line's interface is not in our namespace"

    def test_echoes_come_back_from_the_gateway(self, line: VirtualLine) -> None:
        wire = WireChild(STATION_INTERFACE, line.station.path)
        made = wire.echo(GATEWAY_ADDRESS, count=5, interval_s=0.02)
        assert isinstance(made, Echoes)
        assert (made.sent, len(made.rtts_ms)) == (5, 5)
        assert all(0 < rtt < 1000 for rtt in made.rtts_ms)

    def test_an_address_that_does_not_answer_is_total_loss_which_is_a_value(self, line: VirtualLine) -> None:
        made = WireChild(STATION_INTERFACE, line.station.path).echo("198.18.0.77", count=3, interval_s=0.02)
        assert made == Echoes(sent=3, rtts_ms=())

    def test_a_line_torn_down_leaves_nothing(self) -> None:
        with VirtualLine() as made:
            server = made.network.start(["sleep", "60"])
            path = made.station.path
        assert server.poll() is not None
        assert isinstance(HostChild(path).link(STATION_INTERFACE), Failure)


@pytest.mark.parametrize(
    ("address", "interface", "kind"),
    [("127.0.0.1", "lo", None), ("127.0.0.1", "eth9", "instrument_limit"), ("nonsense", "lo", "unreachable")],
)
def test_only_what_is_reached_over_the_line_counts(address: str, interface: str, kind: str | None) -> None:
    made = off_line(address, interface=interface)
    assert (made and made.kind) == kind


VLAN = {"linkinfo": {"info_kind": "vlan"}}


@pytest.mark.parametrize(
    ("links", "tags"),
    [
        ({}, 0),
        ({"eth0": {}}, 0),
        ({"eth0": {"linkinfo": {"info_kind": "veth"}}}, 0),
        ({"eth0": {"linkinfo": "vlan"}}, 0),
        ({"eth0": VLAN | {"link": "port"}, "port": {}}, 1),
        ({"eth0": VLAN | {"link": "outer"}, "outer": VLAN | {"link": "port"}, "port": {}}, 2),
        ({"eth0": VLAN}, 1),
        ({"eth0": VLAN | {"link": "eth0"}}, 4),
    ],
)
def test_each_vlan_interface_down_to_the_port_adds_a_tag(links: dict[str, dict[str, object]], tags: int) -> None:
    assert tags_of("eth0", lambda name: links.get(name, {})) == tags


def test_a_namespace_that_is_not_there_is_a_failure() -> None:
    assert namespace_prefix("no-such")
    made = off_line("127.0.0.1", interface="lo", namespace="no-such")
    assert isinstance(made, Failure)
    assert isinstance(HostChild("no-such").link("lo"), Failure)


def test_errors_count_only_what_the_visit_added() -> None:
    before, after = replace(LINK, rx_errors=7, carrier_changes=3), replace(LINK, rx_errors=10, carrier_changes=7)
    bench = instruments(links=(before, after))
    known = run_check(CHECKS["link"], Context(line=LINE, instruments=bench))
    made = run_check(CHECKS["link_errors"], Context(line=LINE, instruments=bench, known=known))
    grown = {"station_rx_errors[visit]": 3, "station_tx_errors[visit]": 0, "station_link_changes[visit]": 4}
    assert {m.name: m.value for m in made} == grown


@pytest.mark.parametrize(("before", "after", "kind"), [(None, None, "not_supported"), (5, 2, "disturbed")])
def test_a_count_that_is_not_told_or_began_anew_has_not_grown(before: int | None, after: int | None, kind: str) -> None:
    bench = instruments(links=(replace(LINK, carrier_changes=before), replace(LINK, carrier_changes=after)))
    known = run_check(CHECKS["link"], Context(line=LINE, instruments=bench))
    made = run_check(CHECKS["link_errors"], Context(line=LINE, instruments=bench, known=known))
    (changes,) = [m for m in made if m.quantity == "station_link_changes"]
    assert changes.failure is not None and changes.failure.kind == kind
