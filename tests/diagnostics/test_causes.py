"""A cause is named only on its evidence, with the technician's next action; a clean line has none."""

from dataclasses import replace

import pytest

from diagnostics import disturbance
from diagnostics.causes import name_causes
from diagnostics.criteria import load
from diagnostics.measurement import Failure, FailureKind, Measurement
from diagnostics.verdict import judge
from tests.diagnostics.fakes import ORDERED, failed, measured
from tests.diagnostics.test_verdict import GOOD

LIMITS = load("cn_telecom_ftth").for_line(ORDERED)


def causes(*changed: Measurement) -> list[str]:
    names = {m.quantity for m in changed}
    measurements = [*(m for m in GOOD if m.quantity not in names), *changed]
    found = name_causes(judge(measurements, LIMITS), measurements)
    assert all(cause.evidence and cause.action and cause.title for cause in found)
    return [cause.name for cause in found]


def withdrawn_as(kind: FailureKind) -> Measurement:
    """A figure whose run does not count."""
    failure = Failure(kind=kind, stage=disturbance.STAGE, detail="busy")
    return replace(measured("throughput_down_mbps", 500), value=None, failure=failure)


@pytest.mark.parametrize(
    ("changed", "first"),
    [
        ([failed("ont_rx_power_dbm", "no_signal"), failed("throughput_down_mbps", "timeout")], "dark_fibre"),
        ([measured("ont_rx_power_dbm", -27.9)], "weak_light"),
        ([measured("ont_rx_power_dbm", -6.0)], "strong_light"),
        ([measured("ont_pon_serial", "ZTEG00000001")], "wrong_ont"),
        ([measured("port_speed_mbps", 100), measured("throughput_down_mbps", 94.0)], "port_below_gigabit"),
        ([failed("port_speed_mbps", "instrument_limit")], "port_is_the_limit"),
        ([failed("ont_rx_power_dbm", "timeout")], "ont_not_readable"),
        ([failed("throughput_down_mbps", "busy")], "reflector_busy"),
        ([failed("throughput_down_mbps", "refused")], "reflector_not_usable"),
        ([measured("throughput_down_mbps", 300.0)], "low_rate"),
        ([measured("throughput_up_mbps", 20.0)], "low_rate"),
        ([measured("ont_identity", "changed")], "wrong_ont"),
        ([withdrawn_as("disturbed")], "run_does_not_count"),
        ([withdrawn_as("instrument_limit")], "run_does_not_count"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_first_cause_is_the_one_that_the_evidence_speaks_for(changed: list[Measurement], first: str) -> None:
    assert causes(*changed)[0] == first


def test_a_clean_line_has_no_cause() -> None:
    assert causes() == []


def test_low_rate_is_not_blamed_on_the_line_when_something_else_fails() -> None:
    changed = (measured("throughput_down_mbps", 94.0), measured("port_speed_mbps", 100))
    assert "low_rate" not in causes(*changed)
