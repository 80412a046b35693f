"""A measurement read from its one form at once, where nothing about it needs a closer look.

It says yes only to what `measurement.from_json` reads and `measurement.to_json` writes again as the same object, and
never says what is wrong. What records repeat (a quantity with its source, a failure, a time) is kept once it was seen.
"""

import functools
from collections.abc import Callable
from datetime import datetime
from operator import itemgetter
from typing import Any

from diagnostics.measurement import Failure, Measurement, Value, _rounded, sanitised
from diagnostics.quantities import QUANTITIES
from diagnostics.quantity import Quantity

_MOST_KEPT = 4096
_LONGEST = 300  # a longer text is left to the closer look, so that what is kept stays small
_FIELDS = itemgetter("quantity", "index", "value", "failure", "taken_at", "source")
_WORDS = itemgetter("kind", "stage", "detail")


def at_once(made: Any) -> Measurement | None:
    """The measurement that an object states in its one form; None where that takes a closer look."""
    try:
        name, index, value, failure, taken_at, source = _FIELDS(made)
        raw = made["raw"] if len(made) == 7 else ""
        quantity = _head(name, index, source)
        at = _time(taken_at)
        if (value is None) == (failure is None) or len(made) != 6 + bool(raw) or (raw and sanitised(raw) != raw):
            return None
        if failure is None:
            value = _VALUES[quantity.kind](quantity, value)
            return None if value is None else _made(name, index, value, None, at, source, raw)
        return _made(name, index, None, _failure(*_WORDS(failure)), at, source, raw) if len(failure) == 3 else None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


@functools.lru_cache(maxsize=_MOST_KEPT)
def _head(name: str, index: str, source: str) -> Quantity:
    """The quantity, where index and source are as they are written."""
    if len(index) + len(source) > _LONGEST or sanitised(source) != source or not isinstance(index, str):
        raise ValueError
    return QUANTITIES[name]


@functools.lru_cache(maxsize=_MOST_KEPT)
def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at.isoformat() != text:
        raise ValueError
    return at


@functools.lru_cache(maxsize=_MOST_KEPT)
def _failure(kind: Any, stage: str, detail: str) -> Failure:
    read = Failure(kind=kind, stage=stage, detail=detail)
    if len(stage) + len(detail) > 2 * _LONGEST or not isinstance(stage, str) or read.detail != detail:
        raise ValueError
    return read


def _number(quantity: Quantity, value: Any) -> Value | None:
    rounded = _rounded(quantity.name, value, quantity.resolution)
    return rounded if rounded == value else None


def _flag(_: Quantity, value: Any) -> Value | None:
    return value if isinstance(value, bool) else None


def _state(quantity: Quantity, value: Any) -> Value | None:
    return str(value) if value in quantity.states else None


def _text(_: Quantity, value: Any) -> Value | None:
    return value if isinstance(value, str) and sanitised(value) == value else None


_VALUES: dict[str, Callable[[Quantity, Any], Value | None]] = {
    "number": _number,
    "flag": _flag,
    "state": _state,
    "text": _text,
}
_SETTERS = tuple(getattr(Measurement, name).__set__ for name in Measurement.__slots__)
_quantity, _index, _value, _fail, _taken_at, _source, _raw = _SETTERS


def _made(
    name: str, index: str, value: Value | None, failure: Failure | None, at: datetime, source: str, raw: str
) -> Any:
    """The measurement, without looking again at what was just looked at."""
    made = object.__new__(Measurement)
    _quantity(made, name)
    _index(made, index)
    _value(made, value)
    _fail(made, failure)
    _taken_at(made, at)
    _source(made, source)
    _raw(made, raw)
    return made
