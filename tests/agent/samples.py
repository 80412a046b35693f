"""Lines that were measured, ready to be judged, recorded and sealed: a right one, a dark one, an unproven one."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from agent.commitment import disclose, salts
from agent.record import CriteriaRef, OrderRef, Result
from diagnostics import criteria
from diagnostics.line import Ordered
from diagnostics.measurement import Failure, Measurement, Value
from diagnostics.verdict import judge

RUN: dict[str, Any] = {
    "direction": "down",
    "reflector": 0,
    "family": 4,
    "discard_s": 1,
    "average_s": 2,
    "streams": 8,
    "congestion_control": "cubic",
    "started_at": "2026-11-22T09:30:00+00:00",
    "seconds": [[60_000_000, 1_000_000, 1], [62_200_000, 1_000_100, 0], [62_330_750, 999_950, 0]],
    "payload_bytes": 124_530_750,
    "us": 2_000_050,
    "retransmits": 3,
    "failure": None,
    "beside": {"rtt_us": [[0, 4100], [100, None]], "cpu": [[0, [250, 400], 20]]},
}
BUSY = RUN | {
    "reflector": 1,
    "seconds": [],
    "payload_bytes": 0,
    "us": 0,
    "retransmits": None,
    "failure": {"kind": "busy", "stage": "iperf3", "detail": "the server is busy"},
    "beside": {},
}
TAKEN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
DIGEST = "0f" * 32
SALT = salts(b"the salts of the samples")
SERIAL = disclose("ont_serial", "48575443DEADBEEF", SALT)
OTHER_SERIAL = disclose("ont_serial", "48575443000000FF", SALT)
ORDERED = Ordered(
    services=("broadband",),
    down_mbps=500.0,
    up_mbps=100.0,
    ont_vendor="Huawei",
    ont_model="HG8245H",
    ont_serial=SERIAL.commitment,
    vlans=(41,),
)
_CRITERIA = criteria.load(ORDERED.criteria)
CRITERIA = CriteriaRef(name=_CRITERIA.name, version=_CRITERIA.version, digest=_CRITERIA.digest)
GOOD: dict[str, Value | Failure] = {
    "ont_rx_power_dbm": -18.2,
    "ont_tx_power_dbm": 2.1,
    "ont_pon_serial": SERIAL.commitment,
    "port_speed_mbps": 1000,
    "throughput_down_mbps": 498.123,
    "throughput_up_mbps": 99.5,
    "ont_identity": "same",
    "throughput_down_contract_ratio": 0.9962,
    "throughput_up_contract_ratio": 0.995,
    "throughput_down_kbyte_s_per_mbit": 124.5,
    "throughput_up_kbyte_s_per_mbit": 124.4,
}
DARK = GOOD | {"ont_rx_power_dbm": Failure(kind="no_signal", stage="ont", detail="no light")}
UNPROVEN = GOOD | {"throughput_down_mbps": Failure(kind="instrument_limit", stage="throughput", detail="1 GbE port")}


def order(number: int = 1) -> OrderRef:
    """One of many orders."""
    return OrderRef(id=f"WO-{number}", digest=f"{number:064x}")


def result(values: dict[str, Value | Failure] | None = None) -> Result:
    """What an attempt came to that measured these values, as the station judges it."""
    measurements = tuple(
        Measurement(
            quantity=name,
            value=None if isinstance(value, Failure) else value,
            failure=value if isinstance(value, Failure) else None,
            taken_at=TAKEN,
            source="sample",
        )
        for name, value in (GOOD if values is None else values).items()
    )
    verdict = judge(measurements, _CRITERIA.for_line(ORDERED))
    findings = tuple(finding.to_json() for finding in verdict.findings)
    return Result(
        measurements=measurements,
        outcome=verdict.outcome,
        findings=findings,
        runs=(BUSY, RUN),
        evidence={"sample": DIGEST},
    )


def with_evidence(made: Result, evidence: dict[str, str]) -> Result:
    """The same result with other evidence."""
    return replace(made, evidence=evidence)
