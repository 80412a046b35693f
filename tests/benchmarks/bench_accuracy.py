"""How true the reported rate is: shaped lines whose payload rate is known, and verdicts against the truth.

    python -m tests.benchmarks accuracy [--rates MBIT,...] [--repeats N] [--seeds N,...] [--quick]

One measured rate is judged nine times, as if the true rate were 86 to 94 % of a contract. Slow lines run side by side
as long as their sum stays far below what two cores carry. Default about 25 minutes, quick about 2.
"""

import argparse
import itertools
import statistics
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from diagnostics import criteria
from diagnostics.instruments import Direction, Window
from diagnostics.limits import Limit, floor_mbps
from diagnostics.line import Ordered
from diagnostics.measurement import Failure, Measurement
from diagnostics.verdict import Verdict, judge
from tests.benchmarks.shaped_lines import Sample, draw, measure

ON_REQUEST = True  # too long to run with all others
RATES = (10.0, 20.0, 50.0, 100.0, 200.0, 300.0, 500.0, 1000.0)
QUICK = (10.0, 20.0, 50.0, 100.0)
WAYS: tuple[Direction, ...] = ("down", "up")
SIDE_BY_SIDE_MBIT = 200.0
PERCENTS = range(86, 95)
BAND = 0.01
_THEN = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Nine verdicts on one figure: wrong ones outside the band; those inside it, and how many say they are close."""

    wrong: int
    inside: int
    told: int


def main(words: Sequence[str] = ()) -> None:
    """Run the campaign and print its table."""
    options = _options(words)
    window = criteria.load("cn_telecom_ftth").window
    print(
        f"window: {window.discard_s} s discarded, {window.average_s} s averaged, {window.streams} connections; "
        f"IPv{options.family}; lines up to {SIDE_BY_SIDE_MBIT:g} Mbit/s in sum run side by side",
        flush=True,
    )
    samples: list[Sample] = []
    begin = time.monotonic()
    for seed, repeat, way in itertools.product(options.seeds, range(options.repeats), WAYS):
        for group in groups(options.rates):
            for sample in _side_by_side(group, way, seed, repeat, window, options.family):
                samples.append(sample)
                print(_told(sample), file=sys.stderr, flush=True)
    print(table(samples))
    print(f"{len(samples)} lines in {(time.monotonic() - begin) / 60:.1f} min")


def _side_by_side(
    rates: Sequence[float], way: Direction, seed: int, repeat: int, window: Window, family: int
) -> list[Sample]:
    """Lines of these rates measured at the same time; each is built in a thread that lives as long as the line."""
    with ThreadPoolExecutor(len(rates)) as beside:
        made = [
            beside.submit(measure, rate, way, draw(seed, rate, way, repeat), window, family=family) for rate in rates
        ]
    return [future.result() for future in made]


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks accuracy")
    parser.add_argument("--rates", type=lambda text: tuple(float(word) for word in text.split(",")))
    parser.add_argument("--repeats", type=int)
    parser.add_argument("--seeds", type=lambda text: tuple(int(word) for word in text.split(",")), default=(1,))
    parser.add_argument("--family", type=int, choices=(4, 6), default=4)
    parser.add_argument("--quick", action="store_true", help="slow lines, twice each")
    options = parser.parse_args(list(words))
    options.rates = options.rates or (QUICK if options.quick else RATES)
    options.repeats = options.repeats or (2 if options.quick else 5)
    return options


def groups(rates: Sequence[float]) -> list[list[float]]:
    """Rates that run at the same time: as many as stay below the sum that the machine carries easily."""
    made: list[list[float]] = []
    for rate in sorted(rates):
        if made and sum(made[-1]) + rate <= SIDE_BY_SIDE_MBIT:
            made[-1].append(rate)
        else:
            made.append([rate])
    return made


def judged(way: Direction, truth_mbps: float, mbps: float) -> Judged:
    """Judge a measured rate as if the truth were 86 to 94 % of the contract, one per cent after the other."""
    wrong = inside = told = 0
    for percent in PERCENTS:
        limits = _limits(way, truth_mbps / percent * 100)
        found = _judge(way, mbps, limits)
        if abs(truth_mbps / floor_mbps(limits, f"throughput_{way}_mbps") - 1) > BAND:
            wrong += found.outcome != _judge(way, truth_mbps, limits).outcome
        else:
            inside += 1
            told += any("uncertain" in finding.sentence for finding in found.findings)
    return Judged(wrong=wrong, inside=inside, told=told)


def _limits(way: Direction, contract_mbps: float) -> list[Limit]:
    ordered = Ordered(services=("broadband",), down_mbps=contract_mbps, up_mbps=contract_mbps)
    limits = criteria.load("cn_telecom_ftth").for_line(ordered)
    return [limit for limit in limits if limit.quantity == f"throughput_{way}_mbps"]


def _judge(way: Direction, mbps: float, limits: Sequence[Limit]) -> Verdict:
    name = f"throughput_{way}_mbps"
    return judge([Measurement(quantity=name, value=mbps, taken_at=_THEN, source="campaign")], limits)


def table(samples: Sequence[Sample]) -> str:
    """The campaign in rows of rate and direction, and one of all."""
    lines = [
        "   rate way     n  no figure  median|e|    p95|e|   bare iperf3: received  sent  wrong verdicts  in band: told"
    ]
    keys = sorted({(sample.shaped_mbit, sample.way) for sample in samples})
    for rate, way in keys:
        lines.append(_row(f"{rate:7g} {way:<4}", [s for s in samples if (s.shaped_mbit, s.way) == (rate, way)]))
    return "\n".join([*lines, _row("    all     ", samples)])


def _row(label: str, samples: Sequence[Sample]) -> str:
    errors = sorted(abs(sample.error) for sample in samples if sample.error is not None)
    verdicts = [judged(s.way, s.truth_mbps, s.mbps) for s in samples if not isinstance(s.mbps, Failure)]
    median, high = (statistics.median(errors), percentile(errors, 0.95)) if errors else (0.0, 0.0)
    received, sent = (
        statistics.median([abs(getattr(s, name) / s.truth_mbps - 1) for s in samples if getattr(s, name)] or [0.0])
        for name in ("received_mbps", "sent_mbps")
    )
    wrong, inside, told = (sum(getattr(v, name) for v in verdicts) for name in ("wrong", "inside", "told"))
    return (
        f"{label} {len(samples):5} {len(samples) - len(errors):10} {median:9.3%} {high:9.3%} "
        f"{received:17.2%} {sent:11.2%} {wrong:7} of {9 * len(verdicts) - inside:<5} {told:6} of {inside}"
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share of ordered values lies, between neighbours by the straight line."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _told(sample: Sample) -> str:
    error = f"error {sample.error:+.3%}" if sample.error is not None else str(sample.mbps)
    drawn = sample.draw
    return (
        f"{sample.shaped_mbit:g} {sample.way}: {error} ({sample.congestion_control}; bucket x{drawn.burst:.2f}, "
        f"queue {drawn.latency_ms} ms, delay {drawn.delay_ms:.0f} ms, loss {drawn.loss_ratio:.0e})"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
