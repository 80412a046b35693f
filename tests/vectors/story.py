"""What happens in a vector: orders, a station that seals whatever it is told, receipts, acceptances; at fixed times."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from agent import acknowledgement, compact_verdict, record_form, seal, signed_order
from agent.acknowledgement import Acceptance
from agent.base64url import encode
from agent.bundle import Bundle, BundledAttempt
from agent.clock import Stamp
from agent.criteria_shelf import sign
from agent.record import AcceptanceRecord, CriteriaRef, OrderRef, Result
from agent.signed_order import SignedOrder
from diagnostics.instruments import Direction
from diagnostics.line import Ordered, Reflector
from diagnostics.measurement import Failure, Measurement, Value
from diagnostics.verdict import judge, judge_visit
from tests.agent import receipts
from tests.vectors.ring import key

ISSUED = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
ADMITTED = receipts.ADMITTED
TAKEN = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ACCEPTED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 22, 13, 0, tzinfo=UTC)
EXPIRES = ISSUED + timedelta(days=7)
ORDER_ID = "WO-2026-000117"
CONTENT = "1" * 64

CRITERIA_TEXT = """
name = "vector_line"
version = "1"
title = "A small set for vectors"
default_pon_class = "gpon_b_plus"

[traffic]
discard_s = 1
average_s = 2
streams = 8
source = "made for the vectors"

[[limit]]
name = "rx_power"
quantity = "ont_rx_power_dbm"
lower = -27.0
upper = -8.0
marginal_within = 2.0
required = true
source = "ITU-T G.984.2 Amd 1"

[[limit]]
name = "tx_power"
quantity = "ont_tx_power_dbm"
lower = 0.5
upper = 5.0
required = false
source = "ITU-T G.984.2 Amd 1"

[[limit]]
name = "download"
quantity = "throughput_down_mbps"
floor = { kind = "share", value = 0.9, of = "down" }
marginal_within_ratio = 0.05
uncertainty_ratio = 0.0125
required = true
source = "made for the vectors"

[[limit]]
name = "upload"
quantity = "throughput_up_mbps"
floor = { kind = "share", value = 0.9, of = "up", exclusive = true }
required = true
source = "made for the vectors"

[[limit]]
name = "port"
quantity = "port_speed_mbps"
lower = 1000
required = true
source = "made for the vectors"
"""
VISIT_TEXT = (
    CRITERIA_TEXT.replace("vector_line", "vector_visit")
    + """
[[limit]]
name = "rating"
quantity = "customer_rating"
lower = 3
required = true
source = "made for the vectors"
"""
)
CRITERIA, CRITERIA_TOKEN = sign(CRITERIA_TEXT.encode(), "vector_line.toml", key("criteria"))
DEMANDING, DEMANDING_TOKEN = sign(VISIT_TEXT.encode(), "vector_visit.toml", key("criteria"))
DEMANDING_REF = CriteriaRef(name=DEMANDING.name, version=DEMANDING.version, digest=DEMANDING.digest)
CRITERIA_REF = CriteriaRef(name=CRITERIA.name, version=CRITERIA.version, digest=CRITERIA.digest)
ORDERED = Ordered(services=("broadband",), down_mbps=500.0, up_mbps=100.0, criteria=CRITERIA.name, vlans=(41,))
VISITED = replace(ORDERED, criteria=DEMANDING.name)
PAYLOAD, US = receipts.PAYLOAD, receipts.US
GOOD: dict[str, Value | Failure] = {
    "ont_rx_power_dbm": -18.2,
    "ont_tx_power_dbm": 2.1,
    "port_speed_mbps": 1000,
    "throughput_down_mbps": 498.11,
    "throughput_down_bytes": PAYLOAD["down"],
    "throughput_down_us": US,
    "throughput_up_mbps": 99.497,
    "throughput_up_bytes": PAYLOAD["up"],
    "throughput_up_us": US,
}
DARK: dict[str, Value | Failure] = {
    "ont_rx_power_dbm": Failure(kind="no_signal", stage="ont", detail="no light"),
}
GATE = Reflector(host="r1.example.net", name="reflector-1", gate=5200)


def order(**changes: Any) -> str:
    """A signed order, some of its fields changed."""
    made = SignedOrder(
        issuer="tickets",
        nonce=encode(bytes(range(32))),
        order_id=ORDER_ID,
        order_digest=CONTENT,
        ordered=ORDERED,
        resource={"olt": "olt-7", "pon_port": "0/1/3", "onu_id": 12, "splitter_port": ""},
        stations=("station-1",),
        commitments={},
        technicians=(),
        criteria=CRITERIA_REF,
        reflectors=(GATE,),
        attempts=3,
        issued_at=ISSUED,
        expires_at=EXPIRES,
    )
    return seal.seal(signed_order.write(replace(made, **changes)), typ=seal.ORDER, key=key("order")).token


def ref(signed: str | None) -> OrderRef:
    """How records name an order."""
    anchor = {"anchor": seal.digest_of(signed)} if signed else {}
    return OrderRef(id=ORDER_ID, digest=CONTENT, **anchor)


def run(direction: Direction, **changes: Any) -> dict[str, Any]:
    """A throughput run as it stands in a record."""
    each = PAYLOAD[direction] // 2
    return {
        "direction": direction,
        "reflector": 0,
        "family": 4,
        "discard_s": 1,
        "average_s": 2,
        "streams": 8,
        "congestion_control": "cubic",
        "started_at": TAKEN.isoformat(),
        "seconds": [[each, 1_000_000, 1], [each, 1_000_050, 0], [PAYLOAD[direction] - each, 1_000_000, 0]],
        "payload_bytes": PAYLOAD[direction],
        "us": US,
        "retransmits": 3,
        "failure": None,
        "beside": {"rtt_us": [[0, 4100], [100, None]]},
    } | changes


def witness(direction: Direction, signed: str, opened: str, **changes: Any) -> str:
    """A reflector's receipt of a run; `ratio` is what it counted of what the station did."""
    names = {"order": seal.digest_of(signed), "open": seal.digest_of(opened)}
    return receipts.sealed(receipts.made(direction, **(names | changes)), key("reflector"))


def result(values: dict[str, Value | Failure], receipts: tuple[str, ...] = (), ordered: Ordered = ORDERED) -> Result:
    """What an attempt came to that measured these values, with one run each way, as the station judges it."""
    measurements = tuple(
        Measurement(
            quantity=name,
            value=None if isinstance(value, Failure) else value,
            failure=value if isinstance(value, Failure) else None,
            taken_at=TAKEN,
            source="vector",
        )
        for name, value in values.items()
    )
    verdict = judge(measurements, CRITERIA.for_line(ordered))
    return Result(
        measurements=measurements,
        outcome=verdict.outcome,
        findings=tuple(finding.to_json() for finding in verdict.findings),
        runs=(run("down"), run("up")),
        receipts=tuple(map(seal.digest_of, receipts)),
        evidence={"display optic": "0f" * 32},
    )


class Box:
    """A station that seals whatever it is told, one record after the other."""

    def __init__(self) -> None:
        self.records: list[str] = []
        self.epoch, self.seq = 1, 0

    def add(self, tx: str, **fields: Any) -> str:
        """The token of the next record of the chain; any field may be another than it should."""
        self.seq += 1
        last = seal.digest_of(self.records[-1]) if self.records else None
        stamp = Stamp(wall=TAKEN, mono_ns=self.seq * 10**9, boot_id="b007", status="S")
        standard = {"station": "station-1", "epoch": self.epoch, "seq": self.seq, "prev": last, "clock": stamp}
        record = AcceptanceRecord(**{"tx": tx, "environment": {"software": "vector"}, **standard, **fields})
        token = seal.seal(record_form.write(record), typ=seal.RECORD, key=key("station")).token
        self.records.append(token)
        return token

    def open(self, signed: str | None, attempt: int = 1, **fields: Any) -> str:
        """An open record."""
        standard = {"order": ref(signed), "attempt": attempt, "ordered": ORDERED, "criteria": CRITERIA_REF}
        return self.add("B", **(standard | fields))

    def end(self, tx: str, signed: str | None, opened: str, attempt: int = 1, **fields: Any) -> str:
        """A close record: E with a result, or A, X, P with a reason."""
        standard: dict[str, Any] = {"order": ref(signed), "attempt": attempt, "open": seal.digest_of(opened)}
        judged = {"ordered": ORDERED, "criteria": CRITERIA_REF} if tx == "E" else {"reason": "interrupted"}
        return self.add(tx, **(standard | judged | fields))

    def measured(
        self, signed: str | None, attempt: int = 1, values: dict[str, Value | Failure] | None = None
    ) -> BundledAttempt:
        """A whole attempt with a result, seen by the reflector where the order is signed."""
        opened = self.open(signed, attempt)
        receipts = (witness("down", signed, opened), witness("up", signed, opened)) if signed else ()
        made = result(GOOD | (values or {}), receipts)
        return BundledAttempt(open=opened, close=self.end("E", signed, opened, attempt, result=made), receipts=receipts)

    def aborted(self, signed: str | None, attempt: int = 1) -> BundledAttempt:
        """An attempt that was aborted in its first run."""
        opened = self.open(signed, attempt)
        receipts = (witness("down", signed, opened, state="aborted", reason="it left"),) if signed else ()
        return BundledAttempt(open=opened, close=self.end("A", signed, opened, attempt), receipts=receipts)


def visit_result(rating: int) -> Result:
    """What a visit came to that the customer rated so."""
    made = Measurement(quantity="customer_rating", value=rating, taken_at=TAKEN, source="technician")
    verdict = judge_visit([made], DEMANDING.for_visit(VISITED))
    findings = tuple(finding.to_json() for finding in verdict.findings)
    return Result(measurements=(made,), outcome=verdict.outcome, findings=findings)


def compact(answered: str, tested: str = "", **changes: Any) -> str:
    """The compact verdict on a record: the result, or a visit on the result `tested`."""
    result = record_form.parse(seal.read(tested or answered, typ=seal.RECORD).payload)
    told = {"decision": "closed", "outcome": "accepted", "issued_at": ACCEPTED}
    made = compact_verdict.of(result, record=seal.digest_of(answered), **told)
    raw = compact_verdict.write(replace(made, **changes))
    return seal.seal(raw, typ=seal.VERDICT, key=key("acceptor")).token


def acceptance(closed: str, tested: str = "", **changes: Any) -> str:
    """The acceptor's answer to a close record, or to that of a visit on the result `tested`."""
    record = record_form.parse(seal.read(closed, typ=seal.RECORD).payload)
    told = {name: changes[name] for name in ("decision", "outcome", "issued_at", "record") if name in changes}
    verdict = compact(closed, tested, **told) if changes.get("outcome", "accepted") else None
    made = Acceptance(
        acceptor="desk",
        record=seal.digest_of(closed),
        kid=key("station").kid,
        epoch=record.epoch,
        seq=record.seq,
        order=record.order,
        decision="closed",
        outcome="accepted",
        reasons=("all required limits hold",),
        line="not bound",
        verdict=verdict,
        chain="complete",
        close_unanchored=False,
        issued_at=ACCEPTED,
    )
    raw = acknowledgement.write(replace(made, **changes))
    return seal.seal(raw, typ=seal.ACCEPTANCE, key=key("acceptor")).token


def bundle(signed: str | None, *attempts: BundledAttempt, accepted: str | None = None) -> Bundle:
    """These attempts as a bundle."""
    return Bundle(order_id=ORDER_ID, order_digest=CONTENT, signed_order=signed, attempts=attempts, acceptance=accepted)


def sound() -> Bundle:
    """One good attempt under a signed order, seen by the reflector, confirmed by the acceptor."""
    signed, box = order(), Box()
    attempt = box.measured(signed)
    return bundle(signed, attempt, accepted=acceptance(attempt.close or ""))
