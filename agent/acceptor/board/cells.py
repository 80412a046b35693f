"""A cell of a fleet's table as people read it: codes as words, shares as per cent, times to the minute; pure.

What is not known is a dash. CSV and JSON hold the value as the ledger tells it.
"""

from datetime import datetime

from agent.acceptor.fleet_table import Cell, Column
from agent.words import Words, time_words
from diagnostics import causes

_CODES = ("state", "decision", "direction", "chain")
_UNITS = {"ratio": "%", "d": ""}
_TIMES = ("heard", "recorded", "since")


def heading(words: Words, column: Column) -> str:
    """What a column is called, with its unit."""
    unit = _UNITS.get(column.unit, column.unit)
    return words(f"column_{column.name}") + (f" ({unit})" if unit else "")


def is_number(column: Column, cells: list[Cell]) -> bool:
    """Whether a column holds numbers, and so stands to the right."""
    return bool(column.unit) or any(isinstance(cell, int | float) for cell in cells)


def shown(words: Words, column: Column, cell: Cell) -> str:
    """One cell in words."""
    if cell is None or cell == "":
        return "–"
    if isinstance(cell, int | float):
        return _number(column, cell)
    if column.name in _CODES:
        return words.of(column.name, cell)
    if column.name == "reason" or column.name == "reasons":
        return words.comma.join(words.of("reason", each) for each in cell.split())
    if column.name == "cause":
        return cause_words(words, cell)
    if column.name in _TIMES:
        return _time(cell)
    return cell


def cause_words(words: Words, name: str) -> str:
    """The title of a cause; one without texts is said as it is."""
    return causes.words_of(name, words.language)[0] if name in causes.texts() else words.of("cause", name)


def _number(column: Column, value: float) -> str:
    if column.unit == "ratio":
        return f"{value * 100:.1f}"
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    return f"{value:.2f}" if column.unit in ("dB", "dBm") else f"{value:g}"


def _time(text: str) -> str:
    try:
        return time_words(datetime.fromisoformat(text))
    except ValueError:
        return text
