"""A near miss, or a reflector that did not serve, is measured once more by another one; both stand in the record."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.criteria import load
from diagnostics.instruments import Approach, Direction, Family, Progress, Run, Second, Window
from diagnostics.line import Reflector
from diagnostics.measurement import Failure, Measurement
from diagnostics.trial import Trial
from diagnostics.verdict import Verdict, judge
from tests.diagnostics.fakes import LINE, LINK, LIT, ORDERED, instruments, measured, run_at

LIMITS = [limit for limit in load("cn_telecom_ftth").for_line(ORDERED) if limit.quantity == "throughput_down_mbps"]
FLOOR = 921.6
WINDOW = Window(discard_s=5, average_s=10, streams=8)
TWO = (Reflector(host="198.18.0.9"), Reflector(host="198.18.0.10"))


def failing(kind: str) -> Failure:
    return Failure(kind=kind, stage="iperf3", detail="its own words")  # type: ignore[arg-type]


def unsteady(first: float, second: float) -> Run:
    seconds = tuple(Second(payload_bytes=int(rate * 125_000), us=1_000_000) for rate in [first] * 5 + [second] * 5)
    return replace(run_at((first + second) / 2), seconds=seconds)


class Script:
    """An engine that answers each run from a list, and remembers by which reflector it was asked."""

    def __init__(self, *outcomes: Run | Failure, lost: Sequence[str] = ()) -> None:
        self.outcomes = list(outcomes)
        self.lost = lost
        self.asked: list[str] = []

    def approach(self, reflector: Reflector, family: Family) -> Approach | Failure:
        if reflector.host in self.lost:
            return Failure(kind="unreachable", stage="route", detail="no route")
        return Approach(address=reflector.host, family=4)

    def run(
        self, direction: Direction, reflector: Reflector, window: Window, on_second: Callable[[float], None]
    ) -> Run | Failure:
        self.asked.append(reflector.host)
        on_second(100.0)
        return self.outcomes.pop(0)


def download(
    engine: Script, *, reflectors: tuple[Reflector, ...] = TWO, window: Window = WINDOW, **told: Any
) -> tuple[dict[str, Measurement], Verdict, list[Trial]]:
    trials: list[Trial] = []
    known = (measured("station_link_speed_mbps", LINK.speed_mbps or 0), measured("station_mtu_bytes", 1500), *LIT)
    context = Context(
        line=replace(LINE, reflectors=reflectors),
        instruments=replace(instruments(), throughput=engine),
        limits=LIMITS,
        window=window,
        known=known,
        tried=trials.append,
        **told,
    )
    made = run_check(CHECKS["throughput_down"], context)
    return {m.name: m for m in made}, judge(made, LIMITS), trials


@pytest.mark.parametrize("mbps", [FLOOR + 0.1, 940, 0, 893.9])
def test_a_clear_figure_is_measured_once(mbps: float) -> None:
    made, _, trials = download(Script(run_at(mbps)))
    assert len(trials) == 1
    assert made["throughput_down_mbps"].value == pytest.approx(mbps, abs=0.001)
    failure = made["throughput_down_repeat"].failure
    assert failure is not None and failure.kind == "not_applicable"


@pytest.mark.parametrize(
    ("second", "counts", "outcome"),
    [(930.0, 930.0, "accepted"), (900.0, 915.0, "rejected"), (918.0, 918.0, "rejected")],
)
def test_a_near_miss_is_measured_once_more_and_the_higher_one_counts(
    second: float, counts: float, outcome: str
) -> None:
    engine = Script(run_at(915), run_at(second))
    made, verdict, trials = download(engine)
    assert engine.asked == [reflector.host for reflector in TWO]
    assert made["throughput_down_mbps"].value == counts
    assert verdict.outcome == outcome
    assert [(trial.reflector, trial.mbps) for trial in trials] == [(0, 915), (1, second)]


def test_the_finding_says_that_it_was_measured_twice() -> None:
    _, verdict, _ = download(Script(run_at(915), run_at(930)))
    for finding in verdict.findings:
        assert "915.0 Mbit/s by reflector 1, so it was measured once more: 930.0 Mbit/s by reflector 2" in (
            finding.sentence
        ).lower().replace("mbit", "Mbit")
        assert "the higher one counts" in finding.sentence


def test_it_is_never_measured_a_third_time() -> None:
    three = (*TWO, Reflector(host="198.18.0.11"))
    _, _, trials = download(Script(run_at(915), run_at(920)), reflectors=three)
    assert len(trials) == 2


@pytest.mark.parametrize("reflectors", [TWO[:1], (TWO[0], TWO[0])])
def test_without_another_reflector_nothing_is_measured_again(reflectors: tuple[Reflector, ...]) -> None:
    _, verdict, trials = download(Script(run_at(915)), reflectors=reflectors)
    assert (len(trials), verdict.outcome) == (1, "rejected")


@pytest.mark.parametrize("kind", ["busy", "refused", "unreachable", "timeout", "disturbed", "unparseable"])
def test_a_reflector_that_does_not_serve_is_replaced_by_another(kind: str) -> None:
    made, verdict, trials = download(Script(failing(kind), run_at(930)))
    assert verdict.outcome == "accepted"
    assert made["throughput_down_mbps"].source.endswith("reflector 2")
    assert [trial.failure and trial.failure.kind for trial in trials] == [kind, None]
    repeat = made["throughput_down_repeat"].value
    assert repeat == f"reflector 1 gave no figure ({kind}), so it was measured once more: 930.0 Mbit/s by reflector 2"


def test_an_own_limit_is_not_the_reflectors_fault() -> None:
    _, verdict, trials = download(Script(failing("instrument_limit")))
    assert (len(trials), verdict.outcome) == (1, "inconclusive")


def test_when_the_other_one_does_not_serve_the_near_miss_stands() -> None:
    made, verdict, trials = download(Script(run_at(915), failing("busy")))
    assert (made["throughput_down_mbps"].value, verdict.outcome, len(trials)) == (915, "rejected", 2)


def test_when_neither_serves_both_are_named() -> None:
    made, verdict, _ = download(Script(failing("busy"), failing("timeout")))
    failure = made["throughput_down_mbps"].failure
    assert failure is not None and failure.kind == "busy" and "reflector 2 then: timeout" in failure.detail
    assert verdict.outcome == "inconclusive"


def test_a_reflector_without_a_way_to_it_stands_in_the_record_too() -> None:
    engine = Script(run_at(930), lost=[TWO[0].host])
    _, verdict, trials = download(engine)
    assert (engine.asked, verdict.outcome) == ([TWO[1].host], "accepted")
    assert [trial.failure and trial.failure.kind for trial in trials] == ["unreachable", None]


def test_an_unsteady_figure_with_the_floor_between_its_halves_proves_nothing() -> None:
    made, verdict, trials = download(Script(unsteady(999, 799), unsteady(799, 999)))
    failure = made["throughput_down_mbps"].failure
    assert failure is not None and failure.kind == "disturbed" and "not steady" in failure.detail
    assert (verdict.outcome, len(trials)) == ("inconclusive", 2)
    assert all(trial.failure is None for trial in trials), "the runs themselves came to an end"


def test_an_unsteady_figure_on_one_side_of_the_floor_is_judged_with_low_confidence() -> None:
    made, verdict, _ = download(Script(unsteady(600, 400)))
    assert (made["throughput_down_confidence"].value, verdict.outcome) == ("low", "rejected")


def test_rounds_make_one_figure_and_all_stand_in_the_record() -> None:
    window = replace(WINDOW, rounds=3)
    made, _, trials = download(Script(run_at(930), run_at(940), run_at(925)), window=window)
    assert made["throughput_down_mbps"].value == 930
    assert "median of 3 rounds" in made["throughput_down_mbps"].source
    assert len(trials) == 3


def test_a_round_that_fails_ends_its_series() -> None:
    window = replace(WINDOW, rounds=2)
    made, _, trials = download(Script(run_at(940), failing("busy"), run_at(930), run_at(931)), window=window)
    assert [trial.reflector for trial in trials] == [0, 0, 1, 1]
    assert made["throughput_down_mbps"].value == 930


@pytest.mark.parametrize(("layer", "mbps", "outcome"), [("tcp_payload", 900, "rejected"), ("ip", 932.32, "accepted")])
def test_the_rate_counts_at_the_layer_of_the_criteria(layer: Any, mbps: float, outcome: str) -> None:
    made, verdict, _ = download(Script(run_at(900), run_at(900)), window=replace(WINDOW, layer=layer))
    assert made["throughput_down_mbps"].value == pytest.approx(mbps, abs=0.01)
    assert (made["throughput_down_layer"].value, verdict.outcome) == (layer, outcome)
    assert made["throughput_down_bytes"].value == 1_125_000_000


def test_progress_is_told_second_by_second() -> None:
    steps: list[Progress] = []
    words: list[str] = []
    download(Script(run_at(930)), progress=steps.append, tell=words.append)
    assert steps == [Progress(direction="down", second=1, of_s=15, mbps=100.0)]
    assert "throughput down: 100 Mbit/s on the wire, second 1 of 15" in words
