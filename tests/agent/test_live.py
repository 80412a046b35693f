"""What a running test shows: steps, rates, round trips by half seconds, light; bounded, and in nobody's way."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.acceptance import Stopped
from agent.live import Live
from diagnostics.instruments import Heard, Progress, Reading
from diagnostics.measurement import Failure, Measurement
from tests.diagnostics.fakes import instruments

NOW = datetime(2026, 3, 3, tzinfo=UTC)


class Clock:
    """Seconds that pass when they are told to."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def live(clock: Clock) -> Live:
    return Live("test", "WO-1", clock)


def light(value: float | None) -> Measurement:
    dark = Failure(kind="no_signal", stage="ont") if value is None else None
    return Measurement(quantity="ont_rx_power_dbm", value=value, failure=dark, taken_at=NOW, source="telnet")


class Echoing:
    """A wire that hears these lines whatever it is asked."""

    def __init__(self, *lines: Mapping[str, Any]) -> None:
        self._lines = lines

    def ask(
        self,
        task: str,
        request: Mapping[str, Any],
        *,
        deadline_s: float,
        on_line: Callable[[Mapping[str, Any]], None] = lambda line: None,
        until: Callable[[], bool] | None = None,
    ) -> Heard:
        for line in self._lines:
            on_line(line)
        return Heard(lines=self._lines)

    def echo(self, address: str, *, count: int, interval_s: float) -> Any:
        return address, count, interval_s


class Showing:
    """A terminal that shows these measurements."""

    def __init__(self, *measurements: Measurement) -> None:
        self._measurements = measurements

    def read(self) -> Reading:
        return Reading(measurements=self._measurements)


def listening(live: Live, wire: Any = None, terminal: Any = None) -> Any:
    bench = instruments()
    made: dict[str, Any] = {name: getattr(bench, name) for name in ("throughput", "host", "clock", "session")}
    return live.heard(type(bench)(wire=wire or bench.wire, terminal=terminal or bench.terminal, **made))


def test_steps_and_rates_are_shown_with_their_time_and_the_end_stops_the_clock(live: Live, clock: Clock) -> None:
    live.tell("link: started")
    clock.now += 2
    live.tell("link: done")
    live.tell("a word of a check that is no step")
    live.progress(Progress(direction="down", second=1, of_s=15, mbps=93.14))
    assert live.running
    live.end(outcome="accepted")
    clock.now += 100
    shown = live.to_json()
    assert shown["steps"] == [["link", "done"]]
    assert shown["rates"] == [[2.0, "down", 1, 15, 93.1]]
    assert (shown["running"], shown["passed_s"], shown["ended"]) == (False, 2.0, {"outcome": "accepted"})


def test_a_job_is_stopped_once_and_only_while_it_runs(live: Live) -> None:
    live.tell("link: started")
    assert not live.stopping
    assert [live.stop(), live.stop(), live.stopping] == [True, False, True]
    with pytest.raises(Stopped, match="stopped on the page"):
        live.tell("link: done")
    assert live.to_json()["stopping"] and live.running, "it runs until it has ended"
    live.end(stopped=True)
    assert not live.running


def test_a_job_that_has_ended_is_not_stopped_any_more(live: Live) -> None:
    live.end(outcome="accepted")
    assert not live.stop() and not live.stopping


def test_round_trips_are_the_median_of_each_half_second_and_the_lost_are_counted(live: Live, clock: Clock) -> None:
    lines = [{"at_s": 1, "rtt_us": us} for us in (1000, 3000, None, 2000)]
    made = listening(live, Echoing(*lines, {"other": 1})).wire
    heard: list[Any] = []
    assert made.ask("latency", {}, deadline_s=1.0, on_line=heard.append).lines == (*lines, {"other": 1})
    assert heard == [*lines, {"other": 1}], "who asked hears the same"
    clock.now += 0.6
    listening(live, Echoing({"rtt_us": None})).wire.ask("latency", {}, deadline_s=1.0)
    listening(live, Echoing({"rtt_us": 9000})).wire.ask("dhcp", {}, deadline_s=1.0)
    assert live.to_json()["round_trips"] == [[0.0, 2.0, 1], [0.5, None, 1]]
    assert made.echo("192.0.2.1", count=3, interval_s=0.1) == ("192.0.2.1", 3, 0.1)


def test_light_is_shown_where_it_is_a_number(live: Live, clock: Clock) -> None:
    for value in (-18.2, None, -19.0):
        read = listening(live, terminal=Showing(light(value))).terminal.read()
        assert read.measurements == (light(value),)
        clock.now += 1
    assert live.to_json()["optical"] == [[0.0, "ont_rx_power_dbm", -18.2], [2.0, "ont_rx_power_dbm", -19.0]]


def test_a_test_that_never_ends_does_not_fill_the_memory(live: Live, clock: Clock) -> None:
    terminal, wire = Showing(light(-18.2)), Echoing({"rtt_us": 1})
    made = listening(live, wire, terminal)
    for _ in range(1300):
        clock.now += 1
        live.progress(Progress(direction="up", second=1, of_s=1, mbps=1.0))
        made.terminal.read()
        made.wire.ask("latency", {}, deadline_s=1.0)
    shown = live.to_json()
    assert [len(shown[name]) for name in ("rates", "optical", "round_trips")] == [1200, 1200, 1200]
