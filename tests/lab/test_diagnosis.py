"""A diagnosis finds on a real path what was built into it: its delay, its bandwidth, the window that fills it."""

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


Found = tuple[dict[str, Measurement], list[Filling]]


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
        found = {m.name: m for m in run_checks(stages, context)}
    return found, filled


def number(diagnosed: Found, name: str) -> float:
    found = diagnosed[0][name]
    assert found.number is not None, str(found.failure)
    return found.number


def test_what_was_built_into_the_path_is_found(diagnosed: Found) -> None:
    assert number(diagnosed, "path_mtu_bytes") == 1500
    assert number(diagnosed, "tcp_baseline_rtt_ms") >= DELAY_MS
    assert number(diagnosed, "tcp_bandwidth_mbps[down]") == pytest.approx(TRUTH_MBPS, rel=0.25)
    built = DELAY_MS * TRUTH_MBPS * 1000 / 8
    assert 0.75 * built < number(diagnosed, "tcp_bdp_bytes[down]") < 1.4 * built


def test_a_quarter_of_the_window_carries_clearly_less_than_the_whole(
    diagnosed: Found,
) -> None:
    quarter, whole = (number(diagnosed, f"tcp_window_mbps[down {share}]") for share in ("25%", "100%"))
    assert quarter < 0.7 * whole
    assert number(diagnosed, "tcp_window_bytes[down 25%]") * 4 == pytest.approx(
        number(diagnosed, "tcp_window_bytes[down 100%]"), abs=4
    )


def test_both_directions_at_once_have_figures_of_their_own(
    diagnosed: Found,
) -> None:
    for way in ("down of both", "up of both"):
        assert 0 < number(diagnosed, f"tcp_throughput_mbps[{way}]") < 1.2 * TRUTH_MBPS
        assert 0.5 < number(diagnosed, f"tcp_efficiency_ratio[{way}]") <= 1
        assert number(diagnosed, f"tcp_loaded_rtt_ms[{way}]") >= DELAY_MS
        assert number(diagnosed, f"tcp_transfer_time_ratio[{way}]") > 0.8


def test_every_run_is_told_with_its_seconds(diagnosed: Found) -> None:
    _, filled = diagnosed
    assert len(filled) == 2 + 2 + 5
    for filling in filled:
        assert filling.trial.failure is None and filling.trial.payload_bytes > 0, filling.title
        assert {second.omitted for second in filling.trial.seconds} == {False, True}
