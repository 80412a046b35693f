"""One line of the accuracy campaign: drawn from a seed, measured by us and by bare iperf3, its true rate known."""

import json
import random
import time
from dataclasses import dataclass

from diagnostics.instruments import Direction, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Reflector
from diagnostics.measurement import Failure
from drivers.virtual.line import REFLECTOR_ADDRESS, REFLECTOR_ADDRESS_6, STATION_INTERFACE, VirtualLine
from drivers.virtual.line_faults import lose
from drivers.virtual.shaping import burst_bytes, payload_mbps

_OURS, _BARE = 5201, 5202  # a server each, so that no run waits for the other's end
_FAR_MBIT = 300.0  # above, relay and single packets would cost the processor that the line itself needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What a seed makes of a line: bucket as a multiple of the usual, queue, delay, loss, and when the run starts."""

    burst: float
    latency_ms: int
    delay_ms: float
    loss_ratio: float
    start_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One line measured: shaped rate, true payload rate, ours, and what bare iperf3 says its ends received and sent."""

    shaped_mbit: float
    way: Direction
    draw: Draw
    truth_mbps: float
    mbps: float | Failure
    congestion_control: str
    received_mbps: float
    sent_mbps: float

    @property
    def error(self) -> float | None:
        """Relative error of our figure; None where there is none."""
        return None if isinstance(self.mbps, Failure) else self.mbps / self.truth_mbps - 1


def draw(seed: int, shaped_mbit: float, way: Direction, repeat: int) -> Draw:
    """What this seed makes of this line; a third of the slower lines is far away, a third loses a little."""
    chance = random.Random(f"{seed} {shaped_mbit} {way} {repeat}")
    kind = chance.choice(("plain", "far", "lossy")) if shaped_mbit <= _FAR_MBIT else "plain"
    return Draw(
        burst=chance.uniform(0.8, 1.6),
        latency_ms=chance.randint(20, 60),
        delay_ms=chance.uniform(4, 25) if kind == "far" else 0.0,
        loss_ratio=chance.uniform(1e-5, 1e-4) if kind == "lossy" else 0.0,
        start_s=chance.uniform(0.0, 1.0),
    )


def measure(shaped_mbit: float, way: Direction, drawn: Draw, window: Window, *, family: int = 4) -> Sample:
    """Build the line, fill it once by our engine and once by bare iperf3, tear it down."""
    address = REFLECTOR_ADDRESS_6 if family == 6 else REFLECTOR_ADDRESS
    with VirtualLine(down_mbit=shaped_mbit, up_mbit=shaped_mbit, delay_ms=drawn.delay_ms) as line:
        burst = int(burst_bytes(shaped_mbit) * drawn.burst)
        line.shape(down_mbit=shaped_mbit, up_mbit=shaped_mbit, burst=burst, latency_ms=drawn.latency_ms)
        if drawn.loss_ratio:
            lose(line, drawn.loss_ratio, ways=(way,))
        for port in (_OURS, _BARE):
            line.serve_reflector(address, port)
        time.sleep(drawn.start_s)
        engine = Iperf3Child(STATION_INTERFACE, line.station.path)
        run = engine.run(way, Reflector(host=address, port=_OURS), window, lambda _: None)
        received, sent = _bare(line, way, address, window.streams)
    return Sample(
        shaped_mbit=shaped_mbit,
        way=way,
        draw=drawn,
        truth_mbps=payload_mbps(shaped_mbit, family=family),
        mbps=run if isinstance(run, Failure) else run.mbps,
        congestion_control="" if isinstance(run, Failure) else run.congestion_control,
        received_mbps=received,
        sent_mbps=sent,
    )


def _bare(line: VirtualLine, way: Direction, address: str, streams: int) -> tuple[float, float]:
    """The two headline figures of `iperf3 -P streams -t 10`, in Mbit/s; zeros where it reports none."""
    words = ["iperf3", "-J", "-c", address, "-p", str(_BARE), "-P", str(streams), "-t", "10"]
    end = json.loads(line.station.run(*words, *(["-R"] if way == "down" else [])))["end"]
    received, sent = (end.get(name, {}).get("bits_per_second", 0.0) / 1e6 for name in ("sum_received", "sum_sent"))
    return received, sent
