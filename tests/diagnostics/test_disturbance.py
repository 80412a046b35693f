"""A run that something else than the line may have made does not count: INCONCLUSIVE with the reason, never failed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diagnostics.check import Context, run_checks
from diagnostics.checks import STAGES
from diagnostics.criteria import load
from diagnostics.disturbance import STAGE, withdrawn
from diagnostics.instruments import Heard, HostSample, Run
from diagnostics.measurement import Failure, Measurement, from_json, to_json
from diagnostics.trial import Trial
from diagnostics.verdict import Verdict, judge
from tests.diagnostics.fakes import LINE, LIT, ORDERED, instruments, measured, run_at

LIMITS = load("cn_telecom_ftth").for_line(ORDERED)
DOWN = ("mbps", "contract_ratio", "kbyte_s_per_mbit", "bytes", "us", "retransmits")
REACHED, MISSED = 937.0, 500.0


def figures(mbps: float, *more: Measurement) -> list[Measurement]:
    """A download at this rate, with what was seen beside it."""
    made = [measured(f"throughput_down_{word}", 1) for word in DOWN[1:]]
    ceiling = measured("throughput_down_ceiling_mbps", 941.5)
    return [measured("throughput_down_mbps", mbps), *made, ceiling, measured("throughput_up_mbps", 99), *more]


def kind_of(mbps: float, *more: Measurement, limits: Any = LIMITS) -> str:
    """What became of the download's figure."""
    first = withdrawn(figures(mbps, *more), limits)[0]
    return first.failure.kind if first.failure else "counts"


CHANGED = measured("ont_identity", "changed")
RESTARTED = measured("ont_uptime_rise_s", -4000)
BUSY = measured("station_cpu_max_ratio", 0.97, "down")
OWN_WORK = measured("station_iperf3_cpu_ratio", 0.8, "down")


@pytest.mark.parametrize(
    ("seen", "missed", "reached"),
    [
        ([], "counts", "counts"),
        ([measured("ont_identity", "same"), measured("ont_uptime_rise_s", 35)], "counts", "counts"),
        ([CHANGED], "disturbed", "disturbed"),
        ([RESTARTED], "disturbed", "disturbed"),
        ([measured("cross_traffic_down_ratio", 0.05)], "counts", "counts"),
        ([measured("cross_traffic_down_ratio", 0.051)], "disturbed", "disturbed"),
        ([measured("cross_traffic_up_ratio", 0.5)], "counts", "counts"),
        ([measured("ont_octets_down_ratio", 0.95)], "counts", "counts"),
        ([measured("ont_octets_down_ratio", 0.94)], "disturbed", "disturbed"),
        ([measured("ont_octets_down_ratio", 1.16)], "disturbed", "disturbed"),
        ([measured("ont_other_ports_down_ratio", 0.2)], "disturbed", "counts"),
        ([measured("station_throttling", "none", "down")], "counts", "counts"),
        ([measured("station_link_changes", 0, "visit")], "counts", "counts"),
        ([measured("station_link_changes", 2, "visit")], "disturbed", "counts"),
        ([measured("station_adapter", "wifi")], "instrument_limit", "counts"),
        ([measured("station_adapter", "usb"), measured("station_usb_mbps", 5000)], "counts", "counts"),
        ([measured("station_adapter", "usb"), measured("station_usb_mbps", 480)], "instrument_limit", "counts"),
        ([measured("station_throttling", "under_voltage", "down")], "instrument_limit", "counts"),
        ([measured("station_throttling", "throttled", "down")], "instrument_limit", "counts"),
        ([measured("station_throttling", "throttled", "up")], "counts", "counts"),
        ([measured("reflector_iperf3_cpu_ratio", 0.94, "down")], "counts", "counts"),
        ([measured("reflector_iperf3_cpu_ratio", 0.96, "down")], "disturbed", "counts"),
        ([measured("reflector_iperf3_cpu_ratio", 2.4, "down")], "counts", "counts"),  # several threads
        ([BUSY], "disturbed", "counts"),
        ([BUSY, OWN_WORK], "instrument_limit", "counts"),
        ([measured("station_cpu_max_ratio", 0.94, "down")], "counts", "counts"),
        ([measured("station_cpu_max_ratio", 1.0, "up")], "counts", "counts"),
    ],
    ids=lambda value: ",".join(f"{m.name}={m.value}" for m in value) if isinstance(value, list) else None,
)
def test_what_cannot_make_a_line_faster_takes_nothing_from_one_that_reached_its_floor(
    seen: list[Measurement], missed: str, reached: str
) -> None:
    assert (kind_of(MISSED, *seen), kind_of(REACHED, *seen)) == (missed, reached)


def test_without_a_floor_every_rate_reaches_it() -> None:
    assert kind_of(1.0, BUSY, limits=()) == "counts"


def test_all_figures_of_the_run_go_and_the_ceiling_and_the_other_direction_stay() -> None:
    made = {m.name: m for m in withdrawn(figures(MISSED, BUSY), LIMITS)}
    for word in DOWN:
        failure = made[f"throughput_down_{word}"].failure
        assert failure is not None and failure.stage == STAGE
    assert made["throughput_down_mbps"].raw == "500.0"
    assert made["throughput_down_ceiling_mbps"].value == 941.5
    assert made["throughput_up_mbps"].value == 99
    assert from_json(to_json(made["throughput_down_mbps"])) == made["throughput_down_mbps"]


@given(st.lists(st.sampled_from([CHANGED, RESTARTED, BUSY, OWN_WORK, *figures(MISSED)]), max_size=8))
def test_nothing_is_added_lost_or_turned_into_a_value(measurements: list[Measurement]) -> None:
    made = withdrawn(measurements, LIMITS)
    assert [m.name for m in made] == [m.name for m in measurements]
    assert all(new == old or (new.failure and old.failure is None) for new, old in zip(made, measurements, strict=True))
    assert withdrawn(made, LIMITS) == made


def host_samples(busy: int = 100, **more: Any) -> tuple[HostSample, ...]:
    """A station watched for seventeen seconds, each core this busy."""
    counts: dict[str, int] = dict.fromkeys(("rx_bytes", "tx_bytes", "rx_packets", "tx_packets"), 0)
    return tuple(
        HostSample(at_s=float(second), **counts, busy=(busy, 50), softirq=(20, 10), **more) for second in range(17)
    )


def reported(run: Run, remote: float = 10.0, local: float = 10.0) -> Run:
    """The run with a report of its own."""
    cpu = f'{{"host_total": {local}, "remote_total": {remote}}}'
    raw = f'{{"intervals": [{{"sum": {{"bytes": 1, "seconds": 15}}}}], "end": {{"cpu_utilization_percent": {cpu}}}}}'
    return replace(run, raw=raw.encode())


def accepted_with(mbps: float = 937.0, remote: float = 10.0, **bench: Any) -> tuple[Verdict, Mapping[str, Any]]:
    """A whole run on a bench: the verdict, and the entries that the record gets."""
    trials: list[Trial] = []
    slow = reported(run_at(mbps), remote)
    made = instruments(down=slow, **({"samples": host_samples()} | bench))
    context = Context(line=LINE, instruments=made, limits=LIMITS, tried=trials.append)
    return judge(run_checks(STAGES, context), LIMITS), {trial.direction: trial.to_json() for trial in trials}


UPTIME = measured("ont_uptime_s", 5000)


@pytest.mark.parametrize(
    ("bench", "words"),
    [
        ({"samples": host_samples(busy=990)}, "busy with other work"),
        ({"remote": 99.0}, "the reflector's iperf3 took 99% of a core"),
        ({"samples": host_samples(throttling="under_voltage")}, "too little voltage"),
        ({"ont": (*LIT, UPTIME), "ont_later": (*LIT, measured("ont_uptime_s", 9))}, "the ONT restarted"),
    ],
    ids=["busy station", "busy reflector", "under voltage", "restarted ONT"],
)
def test_a_slow_run_that_something_disturbed_is_inconclusive_and_a_slow_run_alone_fails(
    bench: dict[str, Any], words: str
) -> None:
    assert accepted_with(MISSED)[0].outcome == "rejected"
    verdict, _ = accepted_with(MISSED, **bench)
    assert verdict.outcome == "inconclusive"
    finding = verdict.finding("download_share")
    assert finding is not None and (finding.status, words in finding.sentence) == ("unknown", True)


def test_cross_traffic_makes_a_run_invalid_however_fast_it_was() -> None:
    each = 150_000_000  # a second, of which the run's own are 117 MB
    foreign = tuple(replace(s, rx_bytes=each * n, rx_packets=100 * n) for n, s in enumerate(host_samples()))
    verdict, _ = accepted_with(samples=foreign)
    assert verdict.outcome == "inconclusive"
    finding = verdict.finding("cross_traffic_download")
    assert finding is not None and finding.status == "fail"


def test_another_ont_after_the_test_is_a_finding_of_its_own() -> None:
    verdict, _ = accepted_with(ont_later=(measured("ont_pon_serial", "ZTEG00000001"),))
    finding = verdict.finding("same_ont")
    assert finding is not None and finding.status == "fail"
    download = verdict.finding("download_share")
    assert download is not None and download.status == "unknown"
    assert verdict.outcome == "rejected"


def test_what_was_watched_stands_in_the_runs_own_entry() -> None:
    answers = tuple({"at_s": n / 10, "rtt_us": None if n == 3 else 900 + n} for n in range(160))
    counted = (*LIT, UPTIME, measured("ont_lan_rx_bytes", 77, "lan1"))
    _, entries = accepted_with(ont=counted, heard={"latency": Heard(lines=answers)})
    for way in ("down", "up"):
        beside = entries[way]["beside"]
        assert list(beside) == ["rtt_us", "interface", "cpu", "ont"]
        assert (len(beside["rtt_us"]), beside["rtt_us"][3], beside["rtt_us"][10]) == (160, [300, None], [1000, 910])
        assert beside["interface"][16] == [16000, 0, 0]
        assert beside["cpu"][0] == [0, [100, 50], 20]
        assert beside["ont"] == [[0, "ont_uptime_s", "", 5000], [0, "ont_lan_rx_bytes", "lan1", 77]]
        assert Trial.from_json(entries[way]).to_json() == entries[way]


def test_instruments_that_cannot_watch_leave_the_figure_alone() -> None:
    blind = Failure(kind="instrument_limit", stage="watch")
    verdict, entries = accepted_with(samples=blind, heard={"latency": Heard(failure=blind)})
    assert verdict.outcome == "accepted"
    assert entries["down"]["beside"] == {}
