"""Judging is total and pure: required FAIL rejects, required UNKNOWN leaves it open, nothing else decides."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diagnostics.criteria import load
from diagnostics.limits import Limit
from diagnostics.line import Ordered
from diagnostics.measurement import FAILURE_KINDS, Measurement
from diagnostics.verdict import Verdict, judge
from tests.diagnostics.fakes import NOW, ORDERED, failed, measured

LIMITS = load("cn_telecom_ftth").for_line(ORDERED)
GOOD = (
    measured("ont_rx_power_dbm", -18.2),
    measured("ont_pon_serial", "HWTC4D2A9C17"),
    measured("port_speed_mbps", 1000),
    measured("throughput_down_mbps", 937.2),
    measured("throughput_up_mbps", 99.0),
    measured("ont_identity", "same"),
)


def with_one(*changed: Measurement) -> Verdict:
    names = {m.quantity for m in changed}
    return judge([*(m for m in GOOD if m.quantity not in names), *changed], LIMITS)


def without(quantity: str) -> Verdict:
    return judge([m for m in GOOD if m.quantity != quantity], LIMITS)


def test_a_good_line_is_accepted_although_advisory_limits_are_unknown() -> None:
    verdict = judge(GOOD, LIMITS)
    assert verdict.outcome == "accepted"
    assert "unknown" in {finding.status for finding in verdict.findings}


@pytest.mark.parametrize(
    ("change", "outcome", "status"),
    [
        (measured("ont_rx_power_dbm", -27.0), "accepted", "marginal"),
        (measured("ont_rx_power_dbm", -27.01), "rejected", "fail"),
        (measured("ont_rx_power_dbm", -8.0), "accepted", "marginal"),
        (measured("ont_rx_power_dbm", -7.99), "rejected", "fail"),
        (measured("ont_rx_power_dbm", -25.0), "accepted", "pass"),
        (failed("ont_rx_power_dbm", "no_signal"), "rejected", "fail"),
        (failed("ont_rx_power_dbm", "timeout"), "inconclusive", "unknown"),
        (failed("ont_rx_power_dbm", "not_supported"), "inconclusive", "unknown"),
        (measured("ont_pon_serial", "HWTC00000000"), "rejected", "fail"),
        (measured("ont_pon_serial", "hwtc4d2a9c17"), "accepted", "pass"),
        (measured("port_speed_mbps", 999), "rejected", "fail"),
        (failed("port_speed_mbps", "instrument_limit"), "inconclusive", "unknown"),
        (measured("throughput_up_mbps", 89.999), "rejected", "fail"),
        (measured("throughput_up_mbps", 90.0), "accepted", "marginal"),
        (failed("throughput_up_mbps", "busy"), "inconclusive", "unknown"),
        (measured("ont_identity", "changed"), "rejected", "fail"),
        (failed("ont_identity", "timeout"), "inconclusive", "unknown"),
    ],
    ids=lambda value: value.name if isinstance(value, Measurement) else None,
)
def test_one_required_limit_decides(change: Measurement, outcome: str, status: str) -> None:
    verdict = with_one(change)
    assert verdict.outcome == outcome
    assert {f.status for f in verdict.findings if f.required and f.quantity == change.quantity} == {status}


@pytest.mark.parametrize(
    ("mbps", "share", "per_mbit", "outcome"),
    [
        (899.999, "fail", "fail", "rejected"),
        (900.0, "marginal", "fail", "rejected"),
        (921.6, "pass", "fail", "rejected"),
        (921.601, "pass", "marginal", "accepted"),
        (931.0, "pass", "pass", "accepted"),
    ],
)
def test_both_halves_of_the_operators_rule_count_for_download(
    mbps: float, share: str, per_mbit: str, outcome: str
) -> None:
    verdict = with_one(measured("throughput_down_mbps", mbps))
    found = {f.name: f.status for f in verdict.findings}
    assert (found["download_share"], found["download_per_mbit"], verdict.outcome) == (share, per_mbit, outcome)


def test_the_box_serial_stands_in_only_where_no_pon_serial_can_be_read() -> None:
    box = measured("ont_equipment_serial", "HWTC4D2A9C17")
    assert with_one(failed("ont_pon_serial", "not_supported"), box).outcome == "accepted"
    assert with_one(failed("ont_pon_serial", "timeout"), box).outcome == "inconclusive"
    assert with_one(measured("ont_pon_serial", "ZTEG00000001"), box).outcome == "rejected"


@pytest.mark.parametrize("missing", [m.quantity for m in GOOD])
def test_missing_is_never_good(missing: str) -> None:
    assert without(missing).outcome == "inconclusive"


def test_a_quantity_told_twice_proves_nothing() -> None:
    assert judge([*GOOD, measured("ont_rx_power_dbm", -19.0)], LIMITS).outcome == "inconclusive"


def test_nothing_demanded_proves_nothing() -> None:
    assert judge(GOOD, ()).outcome == "inconclusive"


def test_only_what_was_ordered_is_judged() -> None:
    voice = load("cn_telecom_ftth").for_line(Ordered(services=("voice",), ont_serial="HWTC4D2A9C17"))
    assert not {"throughput_down_mbps", "throughput_up_mbps", "port_speed_mbps"} & {limit.quantity for limit in voice}


def test_findings_explain_themselves() -> None:
    finding = with_one(measured("throughput_down_mbps", 850.0)).finding("download_share")
    assert finding is not None and finding.margin == -50
    for word in ("850 Mbit/s", "at least 900 Mbit/s", "90 % of 1000 Mbit/s ordered", "operator's procedure"):
        assert word in finding.sentence


@pytest.mark.parametrize(
    ("mbps", "share", "per_mbit"),
    [
        (888.7, False, False),
        (888.8, True, False),
        (911.2, True, True),
        (911.3, False, True),
        (933.1, False, True),
        (933.2, False, False),
    ],
)
def test_a_margin_within_the_uncertainty_is_told_and_changes_nothing(mbps: float, share: bool, per_mbit: bool) -> None:
    verdict = with_one(measured("throughput_down_mbps", mbps))
    for name, told, floor in (("download_share", share, 900.0), ("download_per_mbit", per_mbit, 921.6)):
        finding = verdict.finding(name)
        assert finding is not None
        assert ("is smaller than the uncertainty of" in finding.sentence) == told
        assert (finding.status == "fail") == (mbps < floor)


def test_a_finding_repeats_the_text_that_its_limit_names() -> None:
    told = Measurement(quantity="throughput_down_repeat", value="measured twice", taken_at=NOW, source="fake")
    finding = judge([*GOOD, told], LIMITS).finding("download_share")
    assert finding is not None and finding.sentence.endswith("] Measured twice.")
    again = judge([*GOOD, told, told], LIMITS).finding("download_share")
    assert again is not None and again.sentence.endswith("]")


VALUES = st.floats(-50, 2000) | st.none()


@settings(max_examples=200, deadline=None)
@given(
    numbers=st.lists(VALUES, min_size=4, max_size=4),
    kinds=st.lists(st.sampled_from(FAILURE_KINDS), min_size=4, max_size=4),
    seed=st.randoms(use_true_random=False),
)
def test_a_verdict_never_depends_on_order_and_follows_the_rule(
    numbers: list[float | None], kinds: list[str], seed: random.Random
) -> None:
    names = ("ont_rx_power_dbm", "port_speed_mbps", "throughput_down_mbps", "throughput_up_mbps")
    made = [
        failed(name, kind) if number is None else measured(name, number)
        for name, number, kind in zip(names, numbers, kinds, strict=True)
    ]
    verdict = judge([GOOD[1], *made], LIMITS)
    shuffled = [GOOD[1], *made]
    seed.shuffle(shuffled)
    assert judge(shuffled, LIMITS) == verdict
    decisive = {f.status for f in verdict.findings if f.required}
    expected = "rejected" if "fail" in decisive else "inconclusive" if "unknown" in decisive else "accepted"
    assert verdict.outcome == expected


def test_limits_print_themselves() -> None:
    limit = Limit(
        name="a", quantity="ont_rx_power_dbm", lower=-27, upper=-8, marginal_within=2, required=True, source="s"
    )
    assert str(limit) == "-27 <= ont_rx_power_dbm <= -8, marginal within 2"
