"""A reflector is approached over the line by IPv4 and IPv6, by address and by name; the ceiling follows the path."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from diagnostics.check import Context, run_checks
from diagnostics.checks import CHECKS
from diagnostics.errors import NotAvailable
from diagnostics.host import HostChild
from diagnostics.instruments import Approach, Family, SystemClock, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Ordered, Reflector
from diagnostics.measurement import Failure
from diagnostics.route import approach
from diagnostics.scapy_wire import WireChild
from diagnostics.trial import Trial
from drivers.virtual.line import (
    REFLECTOR_ADDRESS,
    REFLECTOR_ADDRESS_6,
    STATION_ADDRESS,
    STATION_INTERFACE,
    VirtualLine,
)
from tests.diagnostics.fakes import LINE, instruments

pytestmark = pytest.mark.root

SHORT = Window(discard_s=0, average_s=1, streams=2)
STAGES = ((CHECKS["link"], CHECKS["reach"]), (CHECKS["throughput_down"],), (CHECKS["throughput_up"],))


@pytest.fixture(scope="module")
def reflectors(line: VirtualLine) -> VirtualLine:
    """The line with a reflector at each of its addresses."""
    line.serve_reflector(REFLECTOR_ADDRESS)
    line.serve_reflector(REFLECTOR_ADDRESS_6)
    return line


def approached(line: VirtualLine, host: str, interface: str = STATION_INTERFACE, family: Family = "auto") -> object:
    return approach(host, interface=interface, namespace=line.station.path, family=family)


@pytest.mark.parametrize(
    ("host", "family", "ratio"), [(REFLECTOR_ADDRESS, 4, 1448 / 1538), (REFLECTOR_ADDRESS_6, 6, 1428 / 1538)]
)
def test_a_line_is_tested_end_to_end(reflectors: VirtualLine, host: str, family: int, ratio: float) -> None:
    where = (STATION_INTERFACE, reflectors.station.path)
    trials: list[Trial] = []
    bench = replace(
        instruments(),
        host=HostChild(reflectors.station.path),
        wire=WireChild(*where),
        throughput=Iperf3Child(*where, setup_s=60),
        clock=SystemClock(),
    )
    ordered = Ordered(services=("broadband",), down_mbps=200, up_mbps=100, ont_serial="X")
    line = replace(LINE, interface=where[0], namespace=where[1], gateway="", reflectors=(Reflector(host=host),))
    line = replace(line, ordered=ordered)
    made = run_checks(STAGES, Context(line=line, instruments=bench, window=SHORT, tried=trials.append))
    found = {m.name: m for m in made}
    assert found["reach_loss_ratio[reflector]"].value == 0
    assert [(trial.direction, trial.family, trial.failure) for trial in trials] == [
        ("down", family, None),
        ("up", family, None),
    ]
    for way in ("down", "up"):
        ceiling = found[f"throughput_{way}_ceiling_mbps"]
        assert ceiling.value == pytest.approx(10_000 * ratio, abs=0.1)
        assert f"IPv{family}, PPPoE off, VLAN tags 0, TCP timestamps on" in ceiling.source
        assert found[f"throughput_{way}_mbps"].number


@pytest.mark.parametrize(
    ("host", "family", "kind"),
    [
        (REFLECTOR_ADDRESS, "6", "unreachable"),
        (REFLECTOR_ADDRESS_6, "4", "unreachable"),
        (STATION_ADDRESS, "auto", "instrument_limit"),  # its own address is reached over its loopback
    ],
)
def test_what_is_not_reached_so_is_a_failure(line: VirtualLine, host: str, family: Family, kind: str) -> None:
    made = approached(line, host, family=family)
    assert isinstance(made, Failure) and made.kind == kind and made.detail


def test_timestamps_are_those_of_the_lines_own_namespace(line: VirtualLine) -> None:
    switch = "echo {} > /proc/sys/net/ipv4/tcp_timestamps"
    line.station.run("sh", "-c", switch.format(0))
    try:
        assert approached(line, REFLECTOR_ADDRESS) == Approach(address=REFLECTOR_ADDRESS, family=4, timestamps=False)
    finally:
        line.station.run("sh", "-c", switch.format(1))
    assert approached(line, REFLECTOR_ADDRESS) == Approach(address=REFLECTOR_ADDRESS, family=4)


@pytest.fixture
def tagged(line: VirtualLine) -> Iterator[str]:
    """An interface of the station that sends with two tags; the way to 198.51.100.0/24 leads over it."""
    made = line.station
    try:
        made.ip([f"link add link {STATION_INTERFACE} name q41 type vlan id 41", "link set q41 up"])
    except NotAvailable as error:  # not every kernel has VLANs
        pytest.skip(f"no VLAN interface here: {str(error).splitlines()[0]}")
    made.ip(["link add link q41 name q7 type vlan id 7", "link set q7 up", "address add 198.51.100.2/24 dev q7"])
    yield "q7"
    made.ip(["link del q41"])


def test_the_tags_of_the_stations_own_frames_are_counted(line: VirtualLine, tagged: str) -> None:
    assert approached(line, "198.51.100.9", tagged) == Approach(address="198.51.100.9", family=4, tags=2)


HOSTS = f"{REFLECTOR_ADDRESS} both.example\n{REFLECTOR_ADDRESS_6} both.example\n{REFLECTOR_ADDRESS} four.example\n"
ASK = """
import json, sys
from diagnostics.route import reached
for asked in ("both.example 4", "both.example 6", "both.example auto", "four.example 6", "none.example auto"):
    host, family = asked.split()
    print(json.dumps(str(reached(host, interface=sys.argv[1], namespace=sys.argv[2], family=family))))
"""


def test_a_name_with_both_families_is_reached_by_the_one_that_is_wanted(line: VirtualLine, tmp_path: Path) -> None:
    hosts, resolver = tmp_path / "hosts", tmp_path / "resolv.conf"
    hosts.write_text(HOSTS)
    resolver.write_text("nameserver 127.0.0.1\n")  # where nobody listens
    inside = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf && shift 2 && exec "$@"'
    program = [sys.executable, "-c", ASK, STATION_INTERFACE, line.station.path]
    command = ["unshare", "--mount", "sh", "-c", inside, "sh", str(hosts), str(resolver), *program]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True)
    four, six, auto, missing, unknown = map(json.loads, done.stdout.splitlines())
    assert (four, six) == (REFLECTOR_ADDRESS, REFLECTOR_ADDRESS_6)
    assert auto in (four, six)
    assert "has no IPv6 address" in missing
    assert "none.example does not resolve" in unknown
