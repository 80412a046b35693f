"""A diagnosis finds on a real path what was built into it: its delay, its bandwidth, the window that fills it.

No round trip is quicker than the delay, and that is always asserted. How near the figures come, only where the machine
had time for the relay that makes the delay: a busy one makes the path itself slower.
"""

from dataclasses import dataclass
from pathlib import Path

import pytest

from diagnostics.check import Context, run_checks
from diagnostics.checks.diagnosis import STAGES
from diagnostics.filling import Filling
from diagnostics.host import HostChild
from diagnostics.instruments import Instruments, SystemClock, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Line, Reflector
from diagnostics.measurement import Measurement
from diagnostics.scapy_wire import WireChild
from drivers.virtual.line import REFLECTOR_ADDRESS, STATION_INTERFACE, VirtualLine
from drivers.virtual.shaping import payload_mbps
from tests.diagnostics.fakes import FakeTerminal

DELAY_MS, MBIT = 60.0, 20.0
TRUTH_MBPS = payload_mbps(MBIT)
WINDOW = Window(discard_s=1, average_s=1, streams=4, congestion_control="cubic")
# one scan says it all, sooner
STEPS = (
    "path",
    "link",
    "baseline",
    "bandwidth_down",
    "bandwidth_up",
    "tcp_both",
    "window_scan_down",
)  # one scan says it all, sooner


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one diagnosis found, with its runs, and the share of its time that the machine was idle."""

    measurements: dict[str, Measurement]
    filled: list[Filling]
    idle: float


def times() -> tuple[int, int]:
    """Idle and all time of this machine's processors so far."""
    spent = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return spent[3] + spent[4], sum(spent)


@pytest.fixture(scope="module")
def diagnosed(root: None) -> Found:
    filled: list[Filling] = []
    with VirtualLine(down_mbit=MBIT, up_mbit=MBIT, delay_ms=DELAY_MS) as made:
        made.serve_reflector()
        line = Line(
            interface=STATION_INTERFACE,
            namespace=made.station.path,
            reflectors=(Reflector(host=REFLECTOR_ADDRESS),),
        )
        bench = Instruments(
            terminal=FakeTerminal(),
            wire=WireChild(line.interface, line.namespace),
            throughput=Iperf3Child(line.interface, line.namespace),
            host=HostChild(line.namespace),
            clock=SystemClock(),
        )
        stages = [[check for check in stage if check.name in STEPS] for stage in STAGES]
        context = Context(line=line, instruments=bench, window=WINDOW, filled=filled.append)
        idle, spent = times()
        found = {m.name: m for m in run_checks(stages, context)}
        idle, spent = times()[0] - idle, times()[1] - spent
    return Found(measurements=found, filled=filled, idle=idle / spent)


@pytest.fixture
def undisturbed(diagnosed: Found) -> Found:
    """The same, where other programs left the machine most of its time; a diagnosis takes less than a fifth of it."""
    if diagnosed.idle < 0.4:
        pytest.skip(f"this machine was idle for {diagnosed.idle:.0%} only, so the path was slower than it was built")
    return diagnosed


def number(diagnosed: Found, name: str) -> float:
    found = diagnosed.measurements[name]
    assert found.number is not None, str(found.failure)
    return found.number


def test_no_round_trip_is_quicker_than_the_delay(diagnosed: Found) -> None:
    trips = {name: m.number for name, m in diagnosed.measurements.items() if "rtt_ms" in name and m.number is not None}
    assert {name: trip for name, trip in trips.items() if trip < DELAY_MS} == {}
    assert [filling.title for filling in diagnosed.filled][:2] == ["bandwidth down", "bandwidth up"]


def test_what_was_built_into_the_path_is_found(undisturbed: Found) -> None:
    assert number(undisturbed, "path_mtu_bytes") == 1500
    assert number(undisturbed, "tcp_bandwidth_mbps[down]") == pytest.approx(TRUTH_MBPS, rel=0.25)
    built = DELAY_MS * TRUTH_MBPS * 1000 / 8
    assert 0.75 * built < number(undisturbed, "tcp_bdp_bytes[down]") < 1.4 * built


def test_a_quarter_of_the_window_carries_clearly_less_than_the_whole(undisturbed: Found) -> None:
    quarter, whole = (number(undisturbed, f"tcp_window_mbps[down {share}]") for share in ("25%", "100%"))
    assert quarter < 0.7 * whole
    window = number(undisturbed, "tcp_window_bytes[down 100%]")
    assert number(undisturbed, "tcp_window_bytes[down 25%]") * 4 == pytest.approx(window, abs=4)


def test_both_directions_at_once_have_figures_of_their_own(undisturbed: Found) -> None:
    for way in ("down of both", "up of both"):
        assert number(undisturbed, f"tcp_throughput_mbps[{way}]") > 0.3 * TRUTH_MBPS
        assert 0.5 < number(undisturbed, f"tcp_efficiency_ratio[{way}]") <= 1
        assert number(undisturbed, f"tcp_loaded_rtt_ms[{way}]") >= DELAY_MS
        assert number(undisturbed, f"tcp_transfer_time_ratio[{way}]") > 0.6


def test_every_run_is_told_with_its_seconds(undisturbed: Found) -> None:
    assert len(undisturbed.filled) == 2 + 2 + 5
    for filling in undisturbed.filled:
        assert filling.trial.payload_bytes > 0, filling.title
        assert {second.omitted for second in filling.trial.seconds} == {False, True}
