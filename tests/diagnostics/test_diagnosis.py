"""A diagnosis keeps the order of RFC 6349, works each figure out of earlier ones, and says what is missing."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.check import Check, Context, run_check, run_checks
from diagnostics.checks.diagnosis import STAGES, lasting_s
from diagnostics.criteria import load_diagnosis
from diagnostics.filling import Filling
from diagnostics.instruments import BothWays, Direction, Echoes, Instruments, Run, Window
from diagnostics.line import Line, Ordered, Reflector
from diagnostics.measurement import FAILURE_KINDS, Failure, Measurement
from diagnostics.quantities import QUANTITIES
from diagnostics.verdict import Verdict, judge
from tests.diagnostics.fakes import LINE, LINK, FakeThroughput, FakeWire, instruments, run_at

RTT_MS = 10.0
CHECKS = {check.name: check for stage in STAGES for check in stage}
FAILURES = st.builds(Failure, kind=st.sampled_from(FAILURE_KINDS), stage=st.just("fake"), detail=st.text(max_size=20))


class Path(FakeThroughput):
    """A path that carries `rate` at most, and of one connection what its window lets through."""

    def __init__(self, rate: dict[str, float], single: Callable[[float], float] = lambda mbps: mbps) -> None:
        super().__init__(run_at(0), run_at(0))
        self.rate = rate
        self.single = single

    def run(
        self, direction: Direction, reflector: Reflector, window: Window, on_second: Callable[[float], None]
    ) -> Run | Failure:
        super().run(direction, reflector, window, on_second)
        mbps = self.rate[direction]
        if window.window_bytes:
            mbps = min(mbps, window.window_bytes * 8 / (RTT_MS * 1000))
        return run_at(self.single(mbps) if window.streams == 1 else mbps)

    def run_both(self, reflector: Reflector, window: Window, on_second: Callable[[float], None]) -> BothWays | Failure:
        super().run_both(reflector, window, on_second)
        down, up = (run_at(self.single(self.rate[way])) for way in ("down", "up"))
        return BothWays(down=down, up=up)


class Echo(FakeWire):
    """Ten milliseconds on an idle line, and `loaded_ms` beside a transfer."""

    def __init__(self, loaded_ms: float) -> None:
        super().__init__(Echoes(sent=50, rtts_ms=(RTT_MS,) * 50))
        self.loaded_ms = loaded_ms

    def echo(self, address: str, *, count: int, interval_s: float) -> Echoes | Failure:
        if count == 50:
            return self.answer
        return Echoes(sent=count, rtts_ms=(self.loaded_ms,) * count)


def diagnosed(
    bench: Instruments, ordered: Ordered | None = None
) -> tuple[dict[str, Measurement], Verdict, list[Filling]]:
    criteria = load_diagnosis()
    line = replace(LINE, ordered=ordered or Ordered())
    limits, filled = criteria.for_line(line.ordered), list[Filling]()
    context = Context(line=line, instruments=bench, limits=limits, window=criteria.window, filled=filled.append)
    made = run_checks(STAGES, context)
    return {m.name: m for m in made}, judge(made, limits), filled


def bench_of(throughput: FakeThroughput, loaded_ms: float = 12.0) -> Instruments:
    return replace(instruments(), throughput=throughput, wire=Echo(loaded_ms))


def test_a_path_is_tested_in_the_order_of_the_rfc() -> None:
    path = Path({"down": 100, "up": 80})
    _, _, filled = diagnosed(bench_of(path))
    assert path.runs == ["down", "up", "down", "up", "both", *["down"] * 5, *["up"] * 5]
    assert [window.streams for window in path.windows] == [8, 8, *[1] * 13]
    assert [window.window_bytes for window in path.windows[-5:]] == [25000, 50000, 75000, 100000, 150000]
    titles = [filling.title for filling in filled]
    assert titles[:6] == ["bandwidth down", "bandwidth up", "TCP down", "TCP up", "TCP both, down", "TCP both, up"]
    assert titles[-1] == "window up 150%"
    assert [filling.expected_mbps for filling in filled[-5:]] == [20, 40, 60, 80, 80]


def test_each_figure_follows_from_the_earlier_ones() -> None:
    made, verdict, _ = diagnosed(bench_of(Path({"down": 100, "up": 80}), loaded_ms=15))
    values = {
        "tcp_baseline_rtt_ms": 10,
        "tcp_bandwidth_mbps[down]": 100,
        "tcp_bdp_bytes[down]": 125_000,
        "tcp_bdp_bytes[up]": 100_000,
        "tcp_throughput_mbps[up]": 80,
        "tcp_transfer_time_ratio[down]": 1,
        "tcp_efficiency_ratio[down]": 1,
        "tcp_loaded_rtt_ms[up of both]": 15,
        "tcp_buffer_delay_ratio[down]": 0.5,
        "tcp_window_bytes[down 25%]": 31_250,
        "tcp_window_expected_mbps[down 25%]": 25,
        "tcp_window_mbps[down 25%]": 25,
        "tcp_window_ratio[up 150%]": 1,
    }
    assert {name: made[name].value for name in values} == pytest.approx(values)
    assert verdict.outcome == "accepted"


def test_a_connection_that_does_not_fill_the_path_is_rejected() -> None:
    made, verdict, _ = diagnosed(bench_of(Path({"down": 100, "up": 80}, single=lambda mbps: mbps / 2)))
    assert made["tcp_transfer_time_ratio[down]"].value == 2
    assert verdict.outcome == "rejected"
    failing = {finding.name for finding in verdict.findings if finding.status == "fail"}
    assert {"transfer_time_down", "transfer_time_up", "full_window_down", "full_window_up"} <= failing


@pytest.mark.parametrize(("ordered", "outcome"), [(100, "accepted"), (200, "rejected")])
def test_the_bandwidth_is_held_against_what_was_ordered(ordered: float, outcome: str) -> None:
    _, verdict, _ = diagnosed(bench_of(Path({"down": 100, "up": 80})), Ordered(down_mbps=ordered, up_mbps=80))
    assert verdict.outcome == outcome


def test_what_was_sent_again_counts_against_the_efficiency() -> None:
    lossy = replace(run_at(100), retransmits=1000)
    made, _, _ = diagnosed(replace(instruments(down=lossy, up=lossy), wire=Echo(10)))
    again = 1000 * 1448
    assert made["tcp_efficiency_ratio[down]"].value == pytest.approx(1 - again / (125_000_000 + again), abs=1e-5)


def test_a_sender_that_does_not_tell_leaves_the_efficiency_open_and_nothing_else() -> None:
    silent = replace(run_at(100), retransmits=None)
    made, verdict, _ = diagnosed(replace(instruments(down=silent, up=silent), wire=Echo(10)))
    failure = made["tcp_efficiency_ratio[up]"].failure
    assert failure is not None and failure.kind == "not_supported"
    assert verdict.outcome == "accepted"


def test_a_short_path_has_no_window_worth_a_scan() -> None:
    quick = replace(
        instruments(), wire=FakeWire(Echoes(sent=50, rtts_ms=(0.1,) * 50)), throughput=Path({"down": 20, "up": 80})
    )
    made, _, filled = diagnosed(quick)
    failure = made["tcp_window_mbps[down 100%]"].failure
    assert failure is not None
    assert (failure.kind, failure.detail) == (
        "not_applicable",
        "the path is so short that 250 B are fewer than 10 segments",
    )
    assert made["tcp_window_bytes[down 100%]"].value == 250
    assert not [filling for filling in filled if filling.title.startswith("window")]


def test_a_figure_above_the_port_is_refused() -> None:
    made, verdict, _ = diagnosed(bench_of(Path({"down": 1875, "up": 80})))
    failure = made["tcp_bandwidth_mbps[down]"].failure
    assert failure is not None and failure.kind == "unparseable"
    assert verdict.outcome == "inconclusive"


@pytest.mark.parametrize("kind", ["refused", "busy", "timeout"])
def test_a_reflector_that_does_not_serve_leaves_it_inconclusive(kind: Any) -> None:
    gone = Failure(kind=kind, stage="iperf3")
    made, verdict, filled = diagnosed(replace(instruments(down=gone, up=gone), wire=Echo(10)))
    assert verdict.outcome == "inconclusive"
    assert all(filling.trial.failure == gone for filling in filled)
    followed = made["tcp_window_ratio[down 100%]"].failure
    assert followed is not None and "bandwidth" in followed.detail


def test_without_answers_to_an_echo_the_rates_are_still_measured() -> None:
    silent = replace(bench_of(Path({"down": 100, "up": 80})), wire=FakeWire(Echoes(sent=50, rtts_ms=())))
    made, _, _ = diagnosed(silent)
    assert made["tcp_bandwidth_mbps[down]"].value == 100
    assert made["tcp_transfer_time_ratio[down]"].value == 1
    for name in (
        "tcp_baseline_rtt_ms",
        "tcp_bdp_bytes[down]",
        "tcp_buffer_delay_ratio[down]",
        "tcp_window_mbps[up 50%]",
    ):
        assert made[name].failure is not None


def test_without_a_reflector_everything_says_so() -> None:
    made = run_checks(STAGES, Context(line=Line(interface="lan0"), instruments=instruments()))
    failures = {str(m.failure) for m in made if m.quantity.startswith("tcp_bandwidth")}
    assert failures == {"instrument_limit at rfc6349: no reflector is named; name one with --reflector"}


def test_every_bound_says_whether_it_is_the_rfcs_or_ours() -> None:
    limits = load_diagnosis().for_line(Ordered(down_mbps=100, up_mbps=80))
    assert len(limits) == 13
    assert all("RFC 6349" in limit.source for limit in limits)
    assert all("the bound" in limit.source or "procedure" in limit.source for limit in limits)


def test_how_long_it_takes_is_known_before() -> None:
    assert 120 < lasting_s(load_diagnosis().window) < 240
    assert lasting_s(Window(discard_s=0, average_s=1, streams=1)) < 40


BENCHES = st.builds(
    instruments,
    links=st.tuples(st.just(LINK) | FAILURES),
    echoes=st.sampled_from(
        [Echoes(sent=50, rtts_ms=()), Echoes(sent=50, rtts_ms=(0.0,)), Echoes(sent=50, rtts_ms=(9.0,))]
    )
    | FAILURES,
    down=st.sampled_from([run_at(0), run_at(50)]) | FAILURES,
    up=st.sampled_from([run_at(0), run_at(50)]) | FAILURES,
)


@settings(max_examples=30)
@given(bench=BENCHES, line=st.sampled_from([LINE, Line(interface="lan0")]))
def test_a_diagnosis_delivers_what_it_declared_each_once(bench: Instruments, line: Line) -> None:
    made = run_checks(STAGES, Context(line=line, instruments=bench))
    assert [(m.quantity, m.index) for m in made] == [
        name for check in CHECKS.values() for name in check.quantities(line)
    ]
    assert not [m for m in made if m.failure and m.failure.kind == "check_crashed" and m.failure.stage != "fake"]


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS.keys())
def test_a_step_alone_says_what_it_is_missing(check: Check) -> None:
    made = run_check(check, Context(line=LINE, instruments=bench_of(Path({"down": 100, "up": 80}))))
    assert {m.quantity for m in made} <= QUANTITIES.keys()
    assert not [m for m in made if m.failure and m.failure.kind == "check_crashed"]
