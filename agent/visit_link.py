"""Whether a visit's record belongs to the result that it names; pure, and asked by acceptor and verifier alike.

Each way in which it does not is one sentence. Nothing is judged here: that is `agent.record.judge_again`.
"""

from agent.record import AcceptanceRecord
from diagnostics.measurement import Measurement
from diagnostics.verdict import only

_SERIALS = ("ont_pon_serial", "ont_equipment_serial")


def strays(visit: AcceptanceRecord, closed: AcceptanceRecord, digest: str) -> list[str]:
    """How a V record departs from the E record of its attempt, whose token has this digest."""
    held = (
        (visit.close == digest and closed.tx == "E", "it names another result"),
        (visit.open == closed.open, "it names another open record"),
        (visit.order == closed.order, "it is for another order"),
        (visit.attempt == closed.attempt, "it is for another attempt"),
        (visit.station == closed.station, "it is of another station"),
        (visit.ordered == closed.ordered, "it states other ordered facts than the result"),
        (visit.criteria == closed.criteria, "it is judged by other criteria than the result"),
        (_barcode_holds(visit, closed), "its bar code was not compared with the serial that was read"),
    )
    return [f"the visit: {words}" for holds, words in held if not holds]


def barcode_as_read(barcode: str, closed: AcceptanceRecord) -> str | None:
    """Whether a bar code is the `same` as the serial that the ONT told in the test, or `other`; None: it told none."""
    assert closed.result
    told = [only(name, "", closed.result.measurements) for name in _SERIALS]
    read = [str(made.value) for made in told if made is not None and made.value is not None]
    return None if not read else "same" if barcode in read else "other"


def _barcode_holds(visit: AcceptanceRecord, closed: AcceptanceRecord) -> bool:
    """Whether what the visit says of its bar code follows from what the two records show."""
    if visit.result is None or closed.result is None:
        return False
    stated = only("device_barcode_as_read", "", visit.result.measurements)
    barcode = only("device_barcode", "", visit.result.measurements)
    return _value(stated) == (barcode_as_read(str(_value(barcode)), closed) if _value(barcode) else None)


def _value(measured: Measurement | None) -> object:
    return None if measured is None else measured.value
