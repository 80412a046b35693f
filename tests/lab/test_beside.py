"""A real line watched while it is full: the record tells one story, and what disturbs a run makes it invalid."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from diagnostics.check import Check, Context, run_checks
from diagnostics.checks import CHECKS
from diagnostics.criteria import load
from diagnostics.disturbance import BUSY_FROM, STAGE
from diagnostics.host import HostChild
from diagnostics.instruments import Instruments, Link, SystemClock, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Line, Ordered, Reflector
from diagnostics.measurement import Measurement
from diagnostics.scapy_wire import WireChild
from diagnostics.trial import Trial
from drivers.terminal import ChildTerminal
from drivers.virtual.line import (
    GATEWAY_ADDRESS,
    ONT_ADDRESS,
    REFLECTOR_ADDRESS,
    STATION_ADDRESS,
    STATION_INTERFACE,
    VirtualLine,
)
from drivers.virtual.ont import virtual_community

ROOT = Path(__file__).parents[2]
WINDOW = Window(discard_s=1, average_s=1, streams=2)
ORDERED = Ordered(services=("broadband",), down_mbps=1000, up_mbps=1000, ont_serial="ZNTS0411C7E9")
LIMITS = load("cn_telecom_ftth").for_line(ORDERED)

pytestmark = pytest.mark.root


@pytest.fixture(scope="module")
def reflected(line: VirtualLine) -> VirtualLine:
    """The module's line with a reflector behind it."""
    line.serve_reflector()
    return line


@contextlib.contextmanager
def ont(line: VirtualLine, *words: str) -> Iterator[None]:
    """A zNID with an SNMP agent as the line's ONT, alive."""
    where = ("--host", ONT_ADDRESS, "--port", "161", "--live", "lan1")
    command = [sys.executable, "-m", "agent.cli", "virtual", "dasan_znid", *where, *words]
    server = line.ont.start_until(ONT_ADDRESS, command)
    try:
        yield
    finally:
        server.terminate()
        server.wait(30)


def checked(line: VirtualLine, *stages: Sequence[str]) -> tuple[dict[str, Measurement], dict[str, Trial]]:
    """What the named checks learn on the line, and the entries of its runs."""
    space = line.station.path
    terminal = ChildTerminal(
        address=ONT_ADDRESS,
        transport="snmp",
        family="dasan_znid",
        login=virtual_community(),
        interface=STATION_INTERFACE,
        namespace=space,
    )
    instruments = Instruments(
        terminal=terminal,
        wire=WireChild(STATION_INTERFACE, space),
        throughput=Iperf3Child(STATION_INTERFACE, space),
        host=HostChild(space),
        clock=SystemClock(),
    )
    trials: dict[str, Trial] = {}
    context = Context(
        line=Line(
            interface=STATION_INTERFACE,
            namespace=space,
            gateway=GATEWAY_ADDRESS,
            reflectors=(Reflector(host=REFLECTOR_ADDRESS),),
            ordered=ORDERED,
        ),
        instruments=instruments,
        limits=LIMITS,
        window=WINDOW,
        tried=lambda trial: trials.update({trial.direction: trial}),
    )
    wanted: list[list[Check]] = [[CHECKS[name] for name in stage] for stage in stages]
    return {m.name: m for m in run_checks(wanted, context)}, trials


def test_the_station_and_the_ont_count_the_same_octets(reflected: VirtualLine) -> None:
    with ont(reflected):
        stages = ("ont", "link"), ("throughput_down",), ("throughput_up",), ("link_errors", "ont_again")
        made, trials = checked(reflected, *stages)
    assert made["ont_identity"].value == "same"
    for way in ("down", "up"):
        ratio, foreign = made[f"ont_octets_{way}_ratio"], made[f"cross_traffic_{way}_ratio"]
        assert ratio.number == pytest.approx(1, abs=0.05), ratio
        # No bound: what a busy machine leaves unread in iperf3's sockets is a good part of a run of two seconds.
        assert foreign.number is not None, foreign
        assert made[f"latency_{way}_loaded_p50_ms"].value is not None
        series = trials[way].beside
        assert set(series) == {"rtt_us", "interface", "cpu", "ont"}
        assert Trial.from_json(trials[way].to_json()) == trials[way]
        first, *_, last = series["interface"]
        place = 1 if way == "down" else 2
        assert last[place] - first[place] >= trials[way].payload_bytes, "the run lies between the first and last sample"
    assert made["ont_uptime_rise_s"].number and made["ont_uptime_rise_s"].number > 0


def why(measurement: Measurement) -> str:
    """The reason for which a figure was withdrawn; the measurement itself where it was not."""
    failure = measurement.failure
    return failure.detail if failure and failure.stage == STAGE else f"counts: {measurement}"


def test_an_ont_that_restarts_in_mid_test_makes_the_run_invalid(reflected: VirtualLine) -> None:
    counted = HostChild(reflected.ont.path).link("lan1")
    assert isinstance(counted, Link), counted
    enough = counted.rx_bytes + counted.tx_bytes + 2_000_000
    with ont(reflected, "--restart-after", str(enough)):
        made, _ = checked(reflected, ("ont", "link"), ("throughput_down",), ("ont_again",))
    assert made["ont_uptime_rise_s"].number and made["ont_uptime_rise_s"].number < 0
    assert "the ONT restarted" in why(made["throughput_down_mbps"])


def test_traffic_of_others_makes_the_run_invalid(reflected: VirtualLine) -> None:
    sender = [sys.executable, "-m", "drivers.virtual.cross_traffic", STATION_ADDRESS, "9", "60"]
    other = reflected.network.start_until("sending", sender)
    try:
        made, _ = checked(reflected, ("throughput_down",))
    finally:
        other.kill()
        other.wait()
    share = made["cross_traffic_down_ratio"].number
    assert share is not None and share > 0.05
    assert "not the test's" in why(made["throughput_down_mbps"])


@contextlib.contextmanager
def hogs() -> Iterator[None]:
    """Something else that wants every core of this machine, for a minute at most."""
    command = ["timeout", "60", sys.executable, "-c", "while True: pass"]
    options: dict[str, Any] = {"start_new_session": True}
    running = [subprocess.Popen(command, **options) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in running:
            process.terminate()  # `timeout` hands it on
            process.wait()


def test_a_busy_station_makes_a_slow_run_invalid(reflected: VirtualLine) -> None:
    with hogs():
        made, _ = checked(reflected, ("throughput_down",))
    busy = made["station_cpu_max_ratio[down]"].number
    if busy is None or busy < BUSY_FROM:
        pytest.skip(f"this machine could not be made busy: {made['station_cpu_max_ratio[down]']}")
    assert "a core of the station" in why(made["throughput_down_mbps"])
