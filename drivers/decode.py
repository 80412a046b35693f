"""Turns what an ONT said into canonical values, or into the reason why it is none; pure, and never guesses.

A number counts only inside its quantity's window and only where no filler stands for "no value"; two different values
for one quantity are none at all. What cannot be told for certain is `unparseable`, never a value.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from diagnostics.measurement import Failure, FailureKind, Value
from diagnostics.quantities import QUANTITIES
from drivers.conversions import CONVERSIONS, own_unit
from drivers.entity_sensor import sensor_lines
from drivers.profile import COUNTER32, OTHERWISE, Reading

STAGE = "decode"
_JOINED = ("sum", "pon_serial")  # made of all that the pattern catches, not of its first group only
_NUMBER = re.compile(r"[-+]?[0-9]{1,20}(?:\.[0-9]{1,12})?")
_FILLERS = frozenset(("", "-", "--", "n/a", "n.a.", "not exist", "not set", "invalid", "no signal", "-inf"))
_DARK_NUMBERS = frozenset((-40.0, 65535.0, 2147483647.0, 4294967295.0))
_POWERS = frozenset(("ont_rx_power_dbm", "ont_tx_power_dbm"))
_SERVICES = frozenset(("ont_wan_state", "ont_wan_mode", "ont_pppoe_state", "ont_voip_registration"))
_SCALE_ENDS = "SFF-8472 table 9-11"
WINDOWS: Mapping[str, tuple[float, float, str]] = {
    "ont_rx_power_dbm": (-45.0, 5.0, "no ONT receives it"),
    "ont_tx_power_dbm": (-10.0, 12.0, "no ONT sends it"),
    "ont_bias_ma": (0.0, 131.0, _SCALE_ENDS),
    "ont_voltage_v": (0.0, 6.5535, _SCALE_ENDS),
    "ont_temperature_celsius": (-128.0, 128.0, _SCALE_ENDS),
    "ont_lan_speed_mbps": (1.0, 100_000.0, "no LAN port runs at it"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """One value or failure read from an answer, with the row that it belongs to and the peer's own form."""

    index: str = ""
    value: Value | None = None
    failure: Failure | None = None
    raw: str = ""


def decode(reading: Reading, answer: str, names: Mapping[str, str] | None = None) -> tuple[Decoded, ...]:
    """Every value that the answer holds for this reading, at least one entry; `names` maps SNMP rows to indexes."""
    found = _found(reading, answer, names or {})
    if not found:
        return (_failed("", "", "unparseable", "the answer holds nothing of the kind"),)
    if reading.convert == "count":
        return (Decoded(value=len({raw for _, raw in found if raw})),)
    made: dict[str, Decoded] = {}
    for index, raw in found:
        one = _value(reading, index, raw)
        if index in made and (made[index].value, made[index].failure) != (one.value, one.failure):
            one = _failed(index, raw, "unparseable", f"two different values: {made[index].raw} and {raw}")
        made[index] = one
    return tuple(made.values())


def row_names(pattern: re.Pattern[str], prefix: str, answer: str) -> dict[str, str]:
    """Which rows of an SNMP table are meant, from its column of names: row number -> index such as lan1.

    A row whose pattern catches an empty text is the ONT itself, not one of several, and its index is empty.
    """
    named = {row: pattern.search(name) for row, name in pairs(answer)}
    found = {row.rpartition(".")[2]: match.group(1) for row, match in named.items() if match}
    return {row: prefix + name if name else "" for row, name in found.items()}


def pairs(answer: str) -> list[tuple[str, str]]:
    """The lines `OID = value` of an SNMP answer."""
    split = (line.partition(" = ") for line in answer.splitlines())
    return [(oid, value) for oid, equals, value in split if equals]


def _found(reading: Reading, answer: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    if reading.oid:
        lines = pairs(sensor_lines(answer) if reading.convert == "sensor" else answer)
        cells = [(names.get(oid.rpartition(".")[2]), value) for oid, value in lines]
        kept = [(name, value) for name, value in cells if name is not None]
        kept = kept if reading.rows else [("", value) for _, value in cells]
        return [(index, raw) for index, value in kept for raw in _caught(reading, value)]
    assert reading.pattern
    if not reading.rows:
        return [("", raw) for raw in _caught(reading, answer)]
    return [
        (_index(reading.rows, match.groupdict().get("row", "")), _raw(match, reading.convert in _JOINED))
        for match in reading.pattern.finditer(answer)
    ]


def _index(rows: str, row: str) -> str:
    """`lan` and row 3 make `lan3`; `lan1` and row 3 make `lan4`, where the device counts from 0."""
    name = rows.rstrip("0123456789")
    return f"{name}{int(rows[len(name) :]) + int(row)}" if name != rows and row.isdecimal() else rows + row


def _caught(reading: Reading, text: str) -> list[str]:
    if reading.pattern is None:
        return [text.strip()]
    return [_raw(match, reading.convert in _JOINED) for match in reading.pattern.finditer(text)]


def _raw(match: re.Match[str], every: bool) -> str:
    named = set(match.re.groupindex.values())
    groups = [match[n] or "" for n in range(1, match.re.groups + 1) if n not in named]
    return " ".join(groups if every else groups[:1]).strip()


def _failed(index: str, raw: str, kind: FailureKind, detail: str) -> Decoded:
    return Decoded(index=index, raw=raw, failure=Failure(kind=kind, stage=STAGE, detail=detail))


def _value(reading: Reading, index: str, raw: str) -> Decoded:
    quantity = QUANTITIES[reading.quantity]
    if raw.lower() in _FILLERS or any(re.fullmatch(form, raw) for form in reading.absent):
        return _nothing(reading, index, raw)
    text: str | None = reading.states.get(raw, reading.states.get(OTHERWISE, raw))
    if reading.states and raw not in reading.states and OTHERWISE not in reading.states:
        return _failed(index, raw, "unparseable", f"{raw!r} is none of the known words")
    if reading.convert == "unit":
        return _measured(reading, index, raw)
    if reading.convert:
        text = CONVERSIONS[reading.convert](raw)
    if text is None:
        return _failed(index, raw, "unparseable", f"{raw!r} is not a {reading.convert}")
    if text.lower() in _FILLERS:
        return _nothing(reading, index, raw)
    if quantity.kind == "number":
        return _number(reading, index, raw, text)
    if quantity.kind == "state" and text not in quantity.states:
        return _failed(index, raw, "unparseable", f"{raw!r} is not a state")
    return Decoded(index=index, value=text, raw=raw if raw != text else "")


def _nothing(reading: Reading, index: str, raw: str) -> Decoded:
    kind: FailureKind = "no_such_object" if QUANTITIES[reading.quantity].kind == "text" else "no_signal"
    if reading.quantity in _SERVICES:  # a connection that does not dial has no PPPoE session that could be down
        kind = "not_applicable"
    return _failed(index, raw, kind, f"the ONT says {raw!r}")


def _measured(reading: Reading, index: str, raw: str) -> Decoded:
    """A number whose unit, where the text names one, wins over the profile's scale."""
    found = own_unit(raw, QUANTITIES[reading.quantity].unit)
    if found is None:
        return _failed(index, raw, "unparseable", f"{raw!r} is not a number with a unit of this quantity")
    number, named = found
    return _in_window(reading, index, raw, number if named else number * reading.scale + reading.offset)


def _number(reading: Reading, index: str, raw: str, text: str) -> Decoded:
    text = text.removesuffix(COUNTER32)
    if not _NUMBER.fullmatch(text):
        return _failed(index, raw, "unparseable", f"{raw!r} is not a number")
    if reading.quantity in _POWERS and float(text) in _DARK_NUMBERS:
        return _nothing(reading, index, raw)
    if reading.scale == 1 and reading.offset == 0 and text.lstrip("+-").isdigit():
        return _in_window(reading, index, raw, int(text))
    return _in_window(reading, index, raw, float(text) * reading.scale + reading.offset)


def _in_window(reading: Reading, index: str, raw: str, value: float) -> Decoded:
    if reading.quantity in _POWERS and value in _DARK_NUMBERS:
        return _failed(index, raw, "no_signal", f"the ONT says {raw!r}")
    low, high, why = WINDOWS.get(reading.quantity, (0.0, 1e20, "a count is not negative"))
    if not low <= value <= high:
        return _failed(index, raw, "unparseable", f"{raw!r} is outside {low:g}..{high:g}: {why}")
    as_it_stands = _NUMBER.fullmatch(raw) is not None and float(raw) == value
    return Decoded(index=index, value=value, raw="" if as_it_stands else raw)
