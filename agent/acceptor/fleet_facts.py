"""What the fleet's tables keep of a result or a visit: a few narrow facts, none of them about a person; pure.

They are worked out from the signed record and the decision alone, so they can be worked out again from the ledger.
An area is the OLT that the order names. What a record does not tell is empty, never guessed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from agent.record import AcceptanceRecord, Result
from diagnostics.cause_rules import RULES
from diagnostics.measurement import sanitised

OrderState = Literal["open", "rejected", "review", "visit", "closed"]
UNNAMED = "unknown"  # a cause that this software has no name for
_CAUSES = frozenset(name for name, *_ in RULES)
_LONGEST = 64
_MOST_PERMILLE = 9999
_MOST_RX = 10_000
_DECIDED: dict[str, OrderState] = {"closed": "closed", "rejected": "rejected", "review": "review"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One result or visit: rates in kbit/s, shares of the contract in thousandths, light in hundredths of a dBm.

    `attempt` is the digest of the record that opened the test; `at` milliseconds since 1970 by the acceptor's clock;
    `circuit` a keyed digest and `drift` a rise of light since it was accepted, in hundredths of a dB: both are known to
    the ledger and not to the record.
    """

    digest: str
    order_id: str
    attempt: str
    at: int
    kind: str
    decision: str
    kinds: str
    cause: str
    area: str
    family: str
    firmware: str
    station: str
    down_kbps: int | None = None
    down_permille: int | None = None
    up_kbps: int | None = None
    up_permille: int | None = None
    rx: int | None = None
    circuit: str = ""
    drift: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderStep:
    """What a record, or a person's decision on it, made of a work order, and on which day since 1970 (UTC)."""

    order_id: str
    state: OrderState
    attempt: str
    day: int
    area: str
    family: str = ""
    firmware: str = ""
    station: str = ""


def fact_of(record: AcceptanceRecord, digest: str, decision: str, kinds: str, at: datetime) -> Fact | None:
    """The facts of a result or a visit; None for every other record, and where nothing under its key is believed."""
    if record.order is None or record.ordered is None or record.result is None or decision == "refused":
        return None
    made = Fact(
        digest=digest,
        order_id=record.order.id,
        attempt=record.open,
        at=milliseconds(at),
        kind=record.ordered.kind if record.ordered.kind in ("install", "move", "repair") else "",
        decision=decision,
        kinds=kinds,
        cause=_cause(record.result),
        area=short(record.ordered.olt),
        family=short(record.result.profile.name if record.result.profile else ""),
        firmware=short(_text(record.result, "ont_software_version")),
        station=short(record.station),
    )
    return _measured(made, record) if record.tx == "E" else made


def step_of(record: AcceptanceRecord, digest: str, decision: str, at: datetime, fact: Fact | None) -> OrderStep | None:
    """What a record with this decision makes of its work order; None where it changes nothing."""
    state = state_of(record.tx, decision)
    if state is None or record.order is None:
        return None
    return OrderStep(
        order_id=record.order.id,
        state=state,
        attempt=digest if record.tx == "B" else record.open,
        day=day_of(at),
        area=short(record.ordered.olt if record.ordered else ""),
        family=fact.family if fact else "",
        firmware=fact.firmware if fact else "",
        station=short(record.station),
    )


def state_of(tx: str, decision: str) -> OrderState | None:
    """The state to which a record with this decision brings its work order; None where it changes nothing."""
    if tx == "B":
        return "open"
    if tx == "E" and decision == "recorded":
        return "visit"
    return _DECIDED.get(decision) if tx in ("E", "V") else None


def folded(steps: Iterable[OrderStep]) -> OrderStep | None:
    """What steps in their order make of a work order: closed stays closed, else its newest attempt decides."""
    made: OrderStep | None = None
    for step in steps:
        if made is None:
            made = step
        elif made.state != "closed" and (step.state in ("open", "closed") or step.attempt == made.attempt):
            made = replace(step, family=step.family or made.family, firmware=step.firmware or made.firmware)
    return made


def milliseconds(at: datetime) -> int:
    """A time as the facts keep it."""
    return int(at.timestamp() * 1000)


def day_of(at: datetime) -> int:
    """The day of a time, counted from 1970 (UTC)."""
    return (at.astimezone(UTC).date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days


def short(text: str) -> str:
    """A name as a table takes it."""
    return sanitised(text, _LONGEST)


def _cause(result: Result) -> str:
    """The cause that is most likely, as the station named it; one that this software has no name for is unknown."""
    name = str(result.causes[0].get("name")) if result.causes else ""
    return name if not name or name in _CAUSES else UNNAMED


def _measured(made: Fact, record: AcceptanceRecord) -> Fact:
    assert record.ordered and record.result
    down, up = (_number(record.result, f"throughput_{way}_contract_ratio") for way in ("down", "up"))
    light = _number(record.result, "ont_rx_power_dbm")
    return replace(
        made,
        down_kbps=round(record.ordered.down_mbps * 1000),
        down_permille=_permille(down),
        up_kbps=round(record.ordered.up_mbps * 1000),
        up_permille=_permille(up),
        rx=round(light * 100) if light is not None and abs(light * 100) <= _MOST_RX else None,
    )


def _permille(ratio: float | None) -> int | None:
    return None if ratio is None or ratio < 0 else round(min(ratio * 1000, _MOST_PERMILLE))


def _number(result: Result, quantity: str) -> float | None:
    return next((m.number for m in result.measurements if m.quantity == quantity), None)


def _text(result: Result, quantity: str) -> str:
    found = (m.value for m in result.measurements if m.quantity == quantity)
    return next((value for value in found if isinstance(value, str)), "")
