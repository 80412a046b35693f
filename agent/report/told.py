"""Measurements, limits and margins in plain words of one language; pure.

A committed value is told only by how it compares, or by what opened it; a peer's own words stay as they are.
"""

from collections.abc import Mapping

from agent.commitment import Disclosure
from agent.report.judged import Judged, Row
from agent.report.words import Words
from diagnostics import evidence
from diagnostics.committed import is_commitment
from diagnostics.limits import Limit
from diagnostics.measurement import Measurement
from diagnostics.quantities import QUANTITIES
from diagnostics.quantity_texts import failure_words, number_words, span_words, title_of, value_words

Opened = Mapping[str, Disclosure]
_SAYS_ALL = ("no_signal", "not_supported", "not_applicable", "no_such_object")  # their details add nothing for a reader


def title(words: Words, quantity: str, index: str = "") -> str:
    """What a quantity is called, with which one of several."""
    told = title_of(quantity, words.language)
    shown = words.of("picture", index) if quantity == "photographs" else index
    return f"{told} ({shown})" if index else told


def measured(words: Words, measurement: Measurement | None, opened: Opened, equals: str | None = None) -> str:
    """What was measured, or why it was not."""
    if measurement is None:
        return words("not_measured_value")
    if measurement.failure is not None:
        told = failure_words(measurement.failure.kind, words.language)
        detail = measurement.failure.detail
        return told if not detail or measurement.failure.kind in _SAYS_ALL else f"{told}: {detail}"
    assert measurement.value is not None
    if is_commitment(measurement.value):
        return personal(words, str(measurement.value), opened, equals)
    return value_words(measurement.quantity, measurement.value, words.language)


def personal(words: Words, commitment: str, opened: Opened, equals: str | None = None) -> str:
    """A committed value: how it compares where it is held against another, and its text where that was opened."""
    value = opened[commitment].value if commitment in opened else words("sealed")
    if equals is None:
        return value
    compared = words("the_ordered" if commitment == equals else "another")
    return words("of_commitment", compared, value) if commitment in opened else compared


def demanded(words: Words, row: Row, opened: Opened) -> str:
    """What is demanded, with units, and where a floor comes from."""
    limit, rule = row.limit, row.rule
    if limit is None or rule is None:
        return ""
    if limit.equals is not None:
        if is_commitment(limit.equals):
            return personal(words, limit.equals, opened, limit.equals)
        spelt = value_words(row.quantity, limit.equals, words.language)
        return words("as_ordered", spelt) if rule.equals_ordered else spelt
    told = bounds(words, row.quantity, limit)
    if rule.floor is None:
        return told
    share = rule.floor.value * 100 if rule.floor.kind == "share" else rule.floor.value
    return words(f"floor_{rule.floor.kind}", told, f"{share:g}", f"{row.rate_mbps:.6g}")


def bounds(words: Words, quantity: str, limit: Limit) -> str:
    """A window, a least or a most."""
    lower, upper = (None if bound is None else number_words(quantity, bound) for bound in (limit.lower, limit.upper))
    if lower is not None and upper is not None:
        return words("between", lower, upper)
    if lower is not None:
        return words("more_than" if limit.exclusive else "at_least", lower)
    return words("at_most", upper)


def margin(words: Words, row: Row) -> str:
    """How far inside (+) or outside (-) of its bound a number is."""
    if row.margin is None:
        return ""
    told = _difference(row.quantity, row.margin, sign="+")
    uncertainty = row.limit.uncertainty if row.limit else 0.0
    if abs(row.margin) < uncertainty:
        return f"{told}, {words('uncertain', _difference(row.quantity, uncertainty))}"
    return told


def _difference(quantity: str, number: float, sign: str = "") -> str:
    """A difference of two levels in dBm is one in dB."""
    if quantity.endswith("_ratio"):
        return f"{number * 100:{sign}.4g} %"
    unit = QUANTITIES[quantity].unit.replace("dBm", "dB")
    if unit == "s" and abs(number) >= 60:
        return f"{sign if number > 0 else ''}{span_words(number)}"
    return f"{number:{sign}.4g} {unit}".strip()


def because(words: Words, judged: Judged, line: str, opened: Opened) -> str:
    """A cause's line of evidence in this language; one that speaks of nothing here stays as it is."""
    for row in judged.rows:
        if row.sentence == line and row.limit is not None:
            told = measured(words, row.measurement, opened, row.limit.equals)
            return (
                f"{title(words, row.quantity, row.index)}: {told}; {words('demanded')}: {demanded(words, row, opened)}"
            )
    assert judged.record.result is not None
    for made in judged.record.result.measurements:
        if evidence.told(made) == line:
            return f"{title(words, made.quantity, made.index)}: {measured(words, made, opened)}"
    return line
