"""Instruments of the real interfaces that answer from a table."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from diagnostics.instruments import (
    Approach,
    BothWays,
    Direction,
    Echoes,
    Family,
    Heard,
    HostSample,
    Instruments,
    Link,
    Reading,
    Run,
    Second,
    Window,
)
from diagnostics.line import Line, Ordered, Reflector
from diagnostics.measurement import Failure, Measurement

NOW = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)

LINK = Link(
    up=True,
    speed_mbps=1000,
    max_mbps=1000,
    duplex="full",
    mtu_bytes=1500,
    rx_errors=0,
    tx_errors=0,
    rx_bytes=0,
    tx_bytes=0,
)
ORDERED = Ordered(services=("broadband",), down_mbps=1000, up_mbps=100, ont_serial="HWTC4D2A9C17")
LINE = Line(
    interface="lan0",
    gateway="198.18.0.1",
    ont_address="198.18.0.5",
    reflectors=(Reflector(host="198.18.0.9"),),
    ordered=ORDERED,
)


def measured(quantity: str, value: float | str, index: str = "") -> Measurement:
    return Measurement(quantity=quantity, index=index, value=value, source="fake", taken_at=NOW)


def failed(quantity: str, kind: str, index: str = "") -> Measurement:
    failure = Failure(kind=kind, stage="fake")  # type: ignore[arg-type]
    return Measurement(quantity=quantity, index=index, failure=failure, source="fake", taken_at=NOW)


def run_at(mbps: float) -> Run:
    payload = int(mbps * 1e6 / 8)
    return Run(
        payload_bytes=payload * 10,
        us=10_000_000,
        seconds=(Second(payload_bytes=payload, us=1_000_000),) * 10,
        retransmits=0,
        congestion_control="cubic",
        raw=b"{}",
    )


class FakeClock:
    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return 0.0


class FakeTerminal:
    """`later` is what it answers from its second reading on."""

    def __init__(self, *measurements: Measurement, later: tuple[Measurement, ...] | None = None) -> None:
        self.measurements = measurements
        self.later = measurements if later is None else later
        self.reads = 0

    def read(self) -> Reading:
        self.reads += 1
        if self.later is not self.measurements and self.reads > 1:
            return Reading(measurements=self.later)
        return Reading(measurements=self.measurements, evidence={"fake: display": b"raw"})


class FakeHost:
    def __init__(self, *links: Link | Failure, samples: tuple[HostSample, ...] | Failure = ()) -> None:
        self.links = list(links)
        self.samples = samples

    def link(self, interface: str) -> Link | Failure:
        return self.links.pop(0) if len(self.links) > 1 else self.links[0]

    def watch(
        self, interface: str, *, until: Callable[[], bool], deadline_s: float, on_sample: Callable[[], None]
    ) -> tuple[HostSample, ...] | Failure:
        return self.samples


class FakeWire:
    """`heard` is what each task of the wire answers."""

    def __init__(self, answer: Echoes | Failure, heard: Mapping[str, Heard] | None = None) -> None:
        self.answer = answer
        self.heard = heard or {}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def ask(
        self,
        task: str,
        request: Mapping[str, Any],
        *,
        deadline_s: float,
        on_line: Callable[[Mapping[str, Any]], None] = lambda line: None,
        until: Callable[[], bool] | None = None,
    ) -> Heard:
        self.asked.append((task, dict(request)))
        heard = self.heard.get(task, Heard(failure=Failure(kind="not_applicable", stage=task, detail="not faked")))
        for line in heard.lines:
            on_line(line)
        return heard

    def echo(self, address: str, *, count: int, interval_s: float) -> Echoes | Failure:
        return self.answer


class FakeThroughput:
    def __init__(self, down: Run | Failure, up: Run | Failure) -> None:
        self.answers = {"down": down, "up": up}
        self.runs: list[str] = []
        self.windows: list[Window] = []

    def approach(self, reflector: Reflector, family: Family) -> Approach | Failure:
        return Approach(address=reflector.host, family=6 if ":" in reflector.host else 4)

    def run(
        self, direction: Direction, reflector: Reflector, window: Window, on_second: Callable[[float], None]
    ) -> Run | Failure:
        self.runs.append(direction)
        self.windows.append(window)
        on_second(1.0)
        return self.answers[direction]

    def run_both(self, reflector: Reflector, window: Window, on_second: Callable[[float], None]) -> BothWays | Failure:
        self.runs.append("both")
        self.windows.append(window)
        on_second(1.0)
        down, up = self.answers["down"], self.answers["up"]
        if isinstance(down, Run) and isinstance(up, Run):
            return BothWays(down=down, up=up)
        return down if isinstance(down, Failure) else up  # type: ignore[return-value]


LIT = (
    measured("ont_rx_power_dbm", -18.2),
    measured("ont_pon_serial", "HWTC4D2A9C17"),
    measured("ont_onu_state", "O5"),
    measured("ont_lan_speed_mbps", 1000, "lan1"),
)


def instruments(
    *,
    ont: tuple[Measurement, ...] = LIT,
    links: tuple[Link | Failure, ...] = (LINK,),
    echoes: Echoes | Failure | None = None,
    down: Run | Failure | None = None,
    up: Run | Failure | None = None,
    ont_later: tuple[Measurement, ...] | None = None,
    samples: tuple[HostSample, ...] | Failure = (),
    heard: Mapping[str, Heard] | None = None,
) -> Instruments:
    return Instruments(
        terminal=FakeTerminal(*ont, later=ont_later),
        wire=FakeWire(echoes or Echoes(sent=20, rtts_ms=(1.0,) * 20), heard),
        throughput=FakeThroughput(down or run_at(937.0), up or run_at(937.0)),
        host=FakeHost(*links, samples=samples),
        clock=FakeClock(),
    )
