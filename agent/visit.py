"""The procedure's appointment rules, turned into measurements of the visit; pure arithmetic on the order's times."""

from datetime import datetime

from agent.work_order import Appointment
from diagnostics.measurement import Failure, FailureKind, Measurement

_SOURCE = "order: appointment"


def visit_measurements(appointment: Appointment, taken_at: datetime) -> list[Measurement]:
    """Booking delay, window length, arrival offset and notice of changes, each a value or the reason it has none."""
    a = appointment
    notice = min((was_at - told_at for told_at, was_at in a.changes), default=None)
    spans = {
        "booking_delay_s": ("received_at and booked_at", _span(a.received_at, a.booked_at)),
        "appointment_window_s": ("window", _span(a.window_from, a.window_to)),
        "arrival_offset_s": ("window.from and arrived_at", _span(a.window_from, a.arrived_at)),
        "change_notice_s": ("changes", None if notice is None else notice.total_seconds()),
    }
    return [_measurement(name, fields, seconds, taken_at) for name, (fields, seconds) in spans.items()]


def _span(begin: datetime | None, end: datetime | None) -> float | None:
    return (end - begin).total_seconds() if begin and end else None


def _measurement(name: str, fields: str, seconds: float | None, taken_at: datetime) -> Measurement:
    if seconds is not None:
        return Measurement(quantity=name, value=seconds, source=_SOURCE, taken_at=taken_at)
    kind: FailureKind = "not_applicable" if name == "change_notice_s" else "no_such_object"
    absent = Failure(kind=kind, stage="order", detail=f"the order states no {fields}")
    return Measurement(quantity=name, failure=absent, source=_SOURCE, taken_at=taken_at)
