"""Whole bundles for reports: a good line with its visit, a faulty one, and lines of which little is known; all sealed.

The keys are those of the vectors, the criteria are the software's own, the serial is opened by `OPENINGS`.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from agent import seal
from agent.bundle import Bundle, BundledAttempt
from agent.commitment import disclose, salts
from agent.record import CriteriaRef, Result
from agent.trust import Trust, parse_trust
from diagnostics import criteria
from diagnostics.causes import name_causes
from diagnostics.line import Ordered
from diagnostics.measurement import Failure, Measurement, Value
from diagnostics.verdict import judge, judge_visit
from tests.vectors import ring, story
from tests.vectors.story import Box, acceptance, order, witness

CRITERIA = criteria.load("cn_telecom_ftth_visit")
SALT = salts(b"the salts of the reports")
SERIAL = disclose("ont_serial", "HWTC4D2A9C17", SALT)
OTHER = disclose("ont_serial", "HWTC00000001", SALT)
LABEL = disclose("cable_label", "HZW-7-2-301", SALT)
TECHNICIAN = disclose("technician", "T-4711", SALT)
REASON = disclose("escalated 3", "the splitter is full", SALT)
REF = CriteriaRef(name=CRITERIA.name, version=CRITERIA.version, digest=CRITERIA.digest)
ORDERED = Ordered(
    services=("broadband", "iptv"),
    down_mbps=500.0,
    up_mbps=100.0,
    ont_vendor="Huawei",
    ont_model="HG8245H",
    ont_serial=SERIAL.commitment,
    olt="olt-7",
    pon_port="0/1/3",
    onu_id=12,
    vlans=(41, 51),
    cable_label=LABEL.commitment,
    criteria=CRITERIA.name,
)
JUDGED: dict[str, Any] = {"ordered": ORDERED, "criteria": REF}
UNTOLD = Failure(kind="not_supported", stage="profile", detail="this family does not tell it")
GOOD: dict[tuple[str, str], Value | Failure] = {
    ("ont_vendor", ""): "Huawei",
    ("ont_model", ""): "HG8245H",
    ("ont_software_version", ""): "V3R017C10S120",
    ("ont_pon_serial", ""): SERIAL.commitment,
    ("ont_onu_state", ""): "O5",
    ("ont_onu_id", ""): UNTOLD,
    ("ont_olt_place", ""): UNTOLD,
    ("ont_rx_power_dbm", ""): -18.2,
    ("ont_tx_power_dbm", ""): 2.1,
    ("ont_bias_ma", ""): 12.0,
    ("ont_identity", ""): "same",
    ("port_speed_mbps", ""): 1000,
    ("station_link_duplex", ""): "full",
    ("reach_loss_ratio", "gateway"): 0.0,
    ("reach_loss_ratio", "reflector"): 0.0,
    ("throughput_down_mbps", ""): 498.11,
    ("throughput_down_ceiling_mbps", ""): 941.5,
    ("throughput_down_kbyte_s_per_mbit", ""): 124.5,
    ("throughput_up_mbps", ""): 99.497,
    ("throughput_up_kbyte_s_per_mbit", ""): 124.4,
    ("throughput_up_ceiling_mbps", ""): 941.5,
    ("dhcp_state", ""): "bound",
    ("dhcp_servers", ""): 1,
    ("arp_conflict", ""): "clear",
    ("loop_returned_frames", ""): 0,
    ("dns_state", ""): "honest",
    ("dns_portal", ""): "open",
    ("path_mtu_bytes", ""): 1500,
    ("line_mode", ""): "route",
    ("line_cgnat", ""): "cgnat",
    ("iptv_join", ""): "joined",
    ("iptv_leave", ""): "left",
    ("iptv_loss_ratio", ""): 0.0,
    ("cross_traffic_down_ratio", ""): 0.002,
    ("cross_traffic_up_ratio", ""): 0.001,
    ("ont_octets_down_ratio", ""): 1.003,
    ("ont_octets_up_ratio", ""): UNTOLD,
    ("ont_fec_uncorrectable_codewords_rise", ""): 0,
    ("ont_temperature_celsius", ""): Failure(kind="timeout", stage="telnet", detail="no answer within 20 s"),
}
WEAK: dict[tuple[str, str], Value | Failure] = {
    ("ont_rx_power_dbm", ""): -28.4,
    ("ont_pon_serial", ""): OTHER.commitment,
    ("ont_onu_state", ""): "O2",
    ("throughput_down_mbps", ""): 301.5,
    ("throughput_down_kbyte_s_per_mbit", ""): 75.4,
    ("dns_state", ""): Failure(kind="timeout", stage="dns", detail="no answer from 198.18.0.0/24"),
}
SILENT: dict[tuple[str, str], Value | Failure] = {
    key: Failure(kind="unreachable", stage="telnet", detail="nobody answers") for key in GOOD if key[0][:3] == "ont"
}
NO_SUCH = Failure(kind="not_applicable", stage="visit", detail="there was none")
VISIT: dict[tuple[str, str], Value | Failure] = {
    ("order_data", ""): "complete",
    ("booking_delay_s", ""): 3600,
    ("appointment_window_s", ""): 7200,
    ("arrival_offset_s", ""): -300,
    **{(name, ""): NO_SUCH for name in ("change_notice_s", "change_reason", "nobody_in_wait_s", "repair_duration_s")},
    ("repair_day", ""): NO_SUCH,
    ("device_barcode", ""): SERIAL.commitment,
    ("device_barcode_as_read", ""): "same",
    ("cable_label_scan", ""): "scanned",
    ("cable_label", ""): LABEL.commitment,
    ("photographs", "device"): 1,
    ("photographs", "label"): 1,
    ("told_result", ""): "told",
    ("told_account", ""): "told",
    ("told_mode", ""): "told",
    ("customer_rating", ""): 5,
    ("visit_escalation", ""): "none",
}


def trust() -> Trust:
    """The keys of the vectors."""
    return parse_trust(ring.trust_file(), "trust.jwks")


def measurements(values: dict[tuple[str, str], Value | Failure], source: str) -> tuple[Measurement, ...]:
    """These values as measurements."""
    return tuple(
        Measurement(
            quantity=quantity,
            index=index,
            value=None if isinstance(value, Failure) else value,
            failure=value if isinstance(value, Failure) else None,
            taken_at=story.TAKEN,
            source=source,
        )
        for (quantity, index), value in values.items()
    )


def second(direction: str, values: dict[tuple[str, str], Value | Failure]) -> int:
    """Payload bytes in one second at the measured rate."""
    rate = (GOOD | values)[f"throughput_{direction}_mbps", ""]
    return 0 if isinstance(rate, Failure) else round(float(rate) * 125_000)


def run(direction: Any, each: int, **changes: Any) -> dict[str, Any]:
    """A run of fifteen seconds that begins slowly, with round trips and the light beside it."""
    seconds = [[int(each * min(1.0, 0.3 + 0.2 * place)), 1_000_000, 1] for place in range(5)]
    seconds += [[int(each * (1 + 0.01 * math.sin(place))), 1_000_000, 0] for place in range(10)]
    trips = [[100 * place, None if place == 77 else 4000 + 900 * (place % 7)] for place in range(150)]
    light = [[1000 * place, "ont_rx_power_dbm", "", -18.2 - 0.1 * (place % 3)] for place in range(15)]
    beside = {"rtt_us": trips, "ont": light, "cpu": [[0, [250, 400], 20]]}
    cut = {"discard_s": 5, "average_s": 10, "payload_bytes": 10 * each, "us": 10_000_000}
    return story.run(direction, **({"seconds": seconds, "beside": beside} | cut | changes))


def line_result(values: dict[tuple[str, str], Value | Failure], receipts: Sequence[str] = (), **more: Any) -> Result:
    """What an attempt came to that measured these values, as its station judges it."""
    counted: dict[tuple[str, str], Value | Failure] = {
        (f"throughput_{way}_{name}", ""): number
        for way in ("down", "up")
        for name, number in (("bytes", 10 * second(way, values)), ("us", 10_000_000))
    }
    made = measurements(GOOD | counted | values, "telnet: display optic")
    verdict = judge(made, CRITERIA.for_line(ORDERED))
    whole = Result(
        measurements=made,
        outcome=verdict.outcome,
        findings=tuple(finding.stated() for finding in verdict.findings),
        causes=tuple(cause.to_json() for cause in name_causes(verdict, made)),
        runs=tuple(run(way, second(way, values)) for way in ("down", "up")),
        receipts=() if more.get("runs") == () else tuple(map(seal.digest_of, receipts)),
        evidence={"telnet: display optic": "0f" * 32},
        commitments={"technician": TECHNICIAN.commitment},
        opening="k" * 43,
    )
    return replace(whole, **more)


def visit_result(
    values: dict[tuple[str, str], Value | Failure] | None = None, photographs: Sequence[tuple[str, str]] = ()
) -> Result:
    """What a visit came to; `photographs` are kinds with digests."""
    made = measurements(VISIT | (values or {}), "technician, station clock, S")
    verdict = judge_visit(made, CRITERIA.for_visit(ORDERED))
    return Result(
        measurements=made,
        outcome=verdict.outcome,
        findings=tuple(finding.to_json() for finding in verdict.findings),
        evidence={f"photograph {place}: {of}": digest for place, (of, digest) in enumerate(photographs, 1)},
        commitments={"escalated 3": REASON.commitment, "technician": TECHNICIAN.commitment},
        opening="k" * 43,
    )


class Case:
    """One order under way: attempts, visits, an answer; each step is sealed as a station would."""

    def __init__(self) -> None:
        self.signed = order(**JUDGED, technicians=(TECHNICIAN.commitment,))
        self.box = Box()
        self.attempts: list[BundledAttempt] = []

    def aborted(self, tx: str = "A", reason: str = "interrupted by the technician") -> None:
        """An attempt without a result; an empty `tx`: still open."""
        number = len(self.attempts) + 1
        opened = self.box.open(self.signed, number, **JUDGED)
        close = self.box.end(tx, self.signed, opened, number, reason=reason) if tx else None
        self.attempts.append(BundledAttempt(open=opened, close=close))

    def tested(self, values: dict[tuple[str, str], Value | Failure] | None = None, **more: Any) -> None:
        """An attempt with a result, its runs seen by the reflector."""
        number = len(self.attempts) + 1
        opened = self.box.open(self.signed, number, **JUDGED)
        seen = tuple(self._seen(way, opened, second(way, values or {})) for way in ("down", "up"))
        result = line_result(values or {}, seen, **more)
        close = self.box.end("E", self.signed, opened, number, result=result, **JUDGED)
        self.attempts.append(BundledAttempt(open=opened, close=close, receipts=seen))

    def _seen(self, way: Any, opened: str, each: int) -> str:
        """A reflector's receipt of the run that `run` makes."""
        series = (*((place * 1_000_000, 65536 + place * each) for place in range(17)), (16_100_000, 65536 + 16 * each))
        number = 2 * len(self.attempts) + (1 if way == "down" else 2)
        return witness(way, self.signed, opened, run=number, bytes=series[-1][1], series=series)

    def visited(self, result: Result | None = None) -> None:
        """A visit closed on the last attempt."""
        last = self.attempts[-1]
        named = {"order": story.ref(self.signed), "attempt": len(self.attempts), "open": seal.digest_of(last.open)}
        made = {"close": seal.digest_of(last.close or ""), "result": result or visit_result()}
        token = self.box.add("V", **named, **JUDGED, **made)
        self.attempts[-1] = replace(last, visits=(*last.visits, token))

    def bundle(self, decision: str = "closed", **changes: Any) -> Bundle:
        """The bundle as it stands; an empty decision: nobody answered."""
        last = self.attempts[-1]
        spoken = last.visits[-1] if last.visits else last.close or ""
        accepted = acceptance(spoken, last.close or "", decision=decision, **changes) if decision else None
        return story.bundle(self.signed, *self.attempts, accepted=accepted)


@cache
def good(photographs: tuple[tuple[str, str], ...] = ()) -> Bundle:
    """A good line on the second attempt, its visit closed, its work order too."""
    case = Case()
    case.aborted()
    case.tested()
    case.visited(visit_result(photographs=photographs))
    return case.bundle()


@cache
def weak() -> Bundle:
    """A line with too little light, the wrong ONT and too low a rate, rejected."""
    case = Case()
    case.tested(WEAK)
    reasons = ("the received power is below its window", "the rate is below its floor")
    return case.bundle("rejected", outcome="rejected", reasons=reasons, line=None)


def openings(made: Bundle) -> dict[str, tuple[Any, ...]]:
    """What the back office would open of the last attempt."""
    last = made.attempts[-1]
    assert last.close
    found: dict[str, tuple[Any, ...]] = {seal.digest_of(last.close): (SERIAL, LABEL, TECHNICIAN)}
    return found | {seal.digest_of(visit): (SERIAL, LABEL, TECHNICIAN, REASON) for visit in last.visits}
