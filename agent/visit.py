"""The visit as measurements: what the order says of it and what the technician noted, each a value or why it has none.

Pure. A time that the station's clock could not know proves nothing: it is a failure, and says so. What nobody noted is
a failure as well, never a "no".
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent.clock import Stamp
from agent.visit_facts import PHOTOGRAPHED, Fact
from agent.work_order import Appointment, WorkOrder
from diagnostics.measurement import Failure, FailureKind, Measurement, Value
from diagnostics.serials import canonical_label, scanned_serial

_ORDER = "order"
_UNKNOWN_TIME = "the clock stood below a time that a server had signed: status U"
_DATA = (
    ("customer.telephone", lambda order: order.telephone),
    ("exchange", lambda order: order.exchange),
    ("resource.onu_id", lambda order: order.ordered.onu_id is not None),
    ("resource.vlans", lambda order: order.ordered.vlans),
    ("appointment.received_at", lambda order: order.appointment.received_at),
    ("appointment.booked_at", lambda order: order.appointment.booked_at),
    ("appointment.window", lambda order: order.appointment.window_from and order.appointment.window_to),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A fact with its place: whether it was noted after the result that the visit is for."""

    fact: Fact
    after_result: bool


def visit_measurements(
    order: WorkOrder, noted: Sequence[Noted], *, ended: Stamp, now: datetime
) -> tuple[Measurement, ...]:
    """Every quantity of the visit but how its bar code compares with what was read; `ended`: the result's own clock."""
    last = {each.fact.kind: each.fact for each in noted}
    made = _Maker(now)
    return (
        *_order_data(order, made),
        *_times(order, noted, last, made),
        *_repair(order, ended, made),
        *_scans(last, made),
        *_photographs([each.fact for each in noted if each.fact.kind == "photograph"], made),
        *_said(noted, made),
        made.of("account_label", last.get("account_label"), lambda fact: "attached"),
        made.of("customer_rating", last.get("rated"), lambda fact: fact.content["stars"]),
        _escalation([each.fact for each in noted if each.fact.kind in ("escalated", "resumed")], made),
    )


class _Maker:
    """Makes measurements of facts, and of what is missing."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def value(self, quantity: str, value: Value, source: str = _ORDER, **more: Any) -> Measurement:
        return Measurement(quantity=quantity, value=value, source=source, **{"taken_at": self.now, **more})

    def failed(self, quantity: str, kind: FailureKind, why: str, source: str = _ORDER) -> Measurement:
        failure = Failure(kind=kind, stage="visit", detail=why)
        return Measurement(quantity=quantity, failure=failure, source=source, taken_at=self.now)

    def of(self, quantity: str, fact: Fact | None, value: Any) -> Measurement:
        if fact is None:
            return self.failed(quantity, "no_such_object", "nobody noted it", "technician")
        return self.value(quantity, value(fact), _source(fact), taken_at=fact.at)


def _source(fact: Fact) -> str:
    """By whom and by which clock; the letter is a record's clock status."""
    return f"technician, {'time stated' if fact.stated else 'station clock'}, {fact.clock}"


def lacking(order: WorkOrder) -> list[str]:
    """The fields that an order should have before the visit, and has not."""
    return [name for name, read in _DATA if not read(order)]


def _order_data(order: WorkOrder, made: _Maker) -> Iterator[Measurement]:
    missing = lacking(order)
    yield made.value("order_data", "incomplete" if missing else "complete")
    if missing:
        yield made.value("order_data_missing", ", ".join(missing))


def _times(order: WorkOrder, noted: Sequence[Noted], last: Mapping[str, Fact], made: _Maker) -> Iterator[Measurement]:
    a = order.appointment
    yield _span(made, "booking_delay_s", "received_at and booked_at", a.received_at, a.booked_at)
    yield _span(made, "appointment_window_s", "window", a.window_from, a.window_to)
    yield _arrival(a, next((n.fact for n in noted if n.fact.kind == "arrived"), None), made)
    changes = [each.fact for each in noted if each.fact.kind == "change"]
    yield from _changes(a, changes, made)
    nobody = last.get("nobody_in")
    if nobody is None:
        yield made.failed("nobody_in_wait_s", "not_applicable", "somebody was in", "technician")
    else:
        yield made.of("nobody_in_wait_s", nobody, lambda fact: fact.content["waited_s"])


def _span(made: _Maker, quantity: str, fields: str, begin: datetime | None, end: datetime | None) -> Measurement:
    if begin is None or end is None:
        return made.failed(quantity, "no_such_object", f"the order states no {fields}")
    return made.value(quantity, (end - begin).total_seconds())


def _arrival(appointment: Appointment, arrived: Fact | None, made: _Maker) -> Measurement:
    """By the first arrival that was noted, else by the order's own, which some desk entered."""
    if arrived is not None and arrived.clock == "U":
        return made.failed("arrival_offset_s", "instrument_limit", _UNKNOWN_TIME, _source(arrived))
    at, begin = arrived.at if arrived else appointment.arrived_at, appointment.window_from
    if at is None or begin is None:
        return made.failed("arrival_offset_s", "no_such_object", f"no {'window' if at else 'arrival'} is known")
    offset = (at - begin).total_seconds()
    if arrived is None:
        return made.value("arrival_offset_s", offset)
    return made.value("arrival_offset_s", offset, _source(arrived), taken_at=arrived.at)


def _changes(appointment: Appointment, changes: Sequence[Fact], made: _Maker) -> Iterator[Measurement]:
    told = [*appointment.changes, *((fact.content["told_at"], fact.content["was_at"]) for fact in changes)]
    if not told:
        for quantity in ("change_notice_s", "change_reason"):
            yield made.failed(quantity, "not_applicable", "the appointment was not changed")
        return
    yield made.value("change_notice_s", min((was_at - told_at).total_seconds() for told_at, was_at in told))
    explained = {fact.content["was_at"] for fact in changes}
    unnamed = any(was_at not in explained for _, was_at in appointment.changes)
    yield made.value("change_reason", "unnamed" if unnamed else "named")


def _repair(order: WorkOrder, ended: Stamp, made: _Maker) -> Iterator[Measurement]:
    received = order.appointment.received_at
    for quantity in ("repair_duration_s", "repair_day"):
        if order.ordered.kind != "repair":
            yield made.failed(quantity, "not_applicable", "no repair was ordered")
        elif received is None:
            yield made.failed(quantity, "no_such_object", "the order states no received_at")
        elif ended.status == "U":
            yield made.failed(quantity, "instrument_limit", _UNKNOWN_TIME, "result, station clock, U")
        elif quantity == "repair_duration_s":
            yield made.value(quantity, (ended.wall - received).total_seconds())
        else:
            there = ended.wall.astimezone(received.tzinfo)  # the day as the desk that took the order counts it
            yield made.value(quantity, "same" if there.date() == received.date() else "later")


def _scans(last: Mapping[str, Fact], made: _Maker) -> Iterator[Measurement]:
    label = last.get("label")
    yield made.of("device_barcode", last.get("barcode"), lambda fact: scanned_serial(fact.content["text"]))
    yield made.of("cable_label_scan", label, lambda fact: "scanned")
    yield made.of("cable_label", label, lambda fact: canonical_label(fact.content["text"]))


def _photographs(taken: Sequence[Fact], made: _Maker) -> Iterator[Measurement]:
    """One file is one photograph, however often it was handed in."""
    seen = {fact.content["sha256"]: fact for fact in taken}
    counts = Counter(fact.content["of"] for fact in seen.values())
    for kind in PHOTOGRAPHED:
        if counts[kind]:
            yield made.value("photographs", counts[kind], "technician", index=kind)
        else:
            yield replace(made.of("photographs", None, None), index=kind)


def _said(noted: Sequence[Noted], made: _Maker) -> Iterator[Measurement]:
    """What was told before this result was known told of another one."""
    told = {each.fact.content["what"]: each for each in noted if each.fact.kind == "told"}
    for what in ("result", "account", "mode"):
        found = told.get(what)
        counts = found is not None and (what != "result" or found.after_result)
        yield made.of(f"told_{what}", found.fact if found and counts else None, lambda fact: "told")


def _escalation(steps: Sequence[Fact], made: _Maker) -> Measurement:
    if not steps:
        return made.value("visit_escalation", "none", "technician")
    last = steps[-1]
    to = next((str(fact.content["to"]) for fact in reversed(steps) if fact.kind == "escalated"), "nobody")
    if last.kind == "escalated":
        return made.value("visit_escalation", to, _source(last), taken_at=last.at)
    return made.value("visit_escalation", "none", _source(last), taken_at=last.at, raw=f"{to}, and settled")
