"""ENTITY-SENSOR-MIB (RFC 3433): joins type, scale, precision and value of each sensor into one number with its unit.

Pure; a sensor that does not say it works, or whose type or scale nobody knows, is left out and never guessed.
"""

import math
from collections.abc import Mapping

ENTRY = "1.3.6.1.2.1.99.1.1.1"
_TYPE, _SCALE, _PRECISION, _VALUE, _STATUS = "1", "2", "3", "4", "5"
_UNITS: Mapping[str, str] = {"4": "V", "5": "A", "6": "W", "8": "C", "14": "dBm"}  # 14: added by vendors
_EXPONENTS: Mapping[str, int] = {str(n): 3 * (n - 9) for n in range(4, 15)}  # 8 is milli, 9 is units
_WORKING = "1"


def sensor_lines(answer: str) -> str:
    """Lines `ROW = number unit` from a walk of the sensor table; watts come with their dBm behind."""
    sensors: dict[str, dict[str, str]] = {}
    for line in answer.splitlines():
        oid, _, value = line.partition(" = ")
        column, _, row = oid.removeprefix(ENTRY + ".").partition(".")
        sensors.setdefault(row, {})[column] = value
    made = ((row, _reading(cells)) for row, cells in sensors.items())
    return "\n".join(f"{row} = {text}" for row, text in made if text)


def _reading(cells: Mapping[str, str]) -> str:
    unit, exponent = _UNITS.get(cells.get(_TYPE, "")), _EXPONENTS.get(cells.get(_SCALE, ""))
    if unit is None or exponent is None or cells.get(_STATUS, _WORKING) != _WORKING:
        return ""
    try:
        precision, whole = int(cells.get(_PRECISION, "0")), int(cells[_VALUE])
    except (KeyError, ValueError):
        return ""
    if abs(precision) > 9:
        return ""
    number = whole * 10.0 ** (exponent - precision)
    text = f"{number:.9f} {unit}"
    if unit == "W":
        text += f" {10 * math.log10(number * 1000):.2f} dBm" if number > 0 else " -inf dBm"
    return text
