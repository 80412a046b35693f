"""Answers of verbs for people: measurements with units, failures in words, everything else as rows of names and values.

A station's answer is data of somebody else: whatever form it has, it comes out as plain text, and never as markup.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from diagnostics.causes import Language
from diagnostics.measurement import Measurement, from_json, sanitised
from diagnostics.quantity_texts import failure_words, title_of, value_words

if TYPE_CHECKING:
    from rich.console import RenderableType

_LONGEST = 500
_DEEPEST = 6
_SHORT = 8
_EVENT = "event"
_FORMS = {
    "log": ({"at", "words"}, "{at}  {words}"),
    "step": ({"check", "state"}, "{check}: {state}"),
    "echo": ({"number", "ms"}, "{number}: {ms} ms"),
    "progress": ({"direction", "second", "of_s", "mbps"}, "{direction} {second}/{of_s} s: {mbps} Mbit/s"),
}


def answer_lines(event: Mapping[str, Any], language: Language) -> list[str]:
    """An event as plain lines."""
    lines = []
    for measured in measurements(event):
        value, source = _measured(measured, language), f"   ({measured.source})" if measured.source else ""
        lines.append(f"{measured.name:<42} {value}{source}")
    for rows in tables(event).values():
        lines += ["  ".join(f"{_text(key)}={_text(value)}" for key, value in row.items()) for row in rows]
    return lines + _rows(event, language, bare=not lines)


def answer_table(event: Mapping[str, Any], language: Language) -> "RenderableType":
    """An event as a terminal shows it."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    parts: list[Any] = []
    for measured in measurements(event):
        failed = measured.failure is not None
        line = Text(f"{title_of(measured.quantity, language)}{_index(measured)}: ")
        line.append(_measured(measured, language), style="red" if failed else "bold")
        parts.append(line.append(f"   {measured.source}", style="dim"))
    for key, rows in tables(event).items():
        names = list(dict.fromkeys(name for row in rows for name in row))
        table = Table(title=Text(key), title_justify="left", box=None, pad_edge=False)
        for name in names:
            table.add_column(Text(_text(name)))
        for row in rows:
            table.add_row(*(Text(_text(row.get(name, ""))) for name in names))
        parts.append(table)
    return Group(*parts, *(Text(row) for row in _rows(event, language, bare=not parts)))


def measurements(event: Mapping[str, Any]) -> list[Measurement]:
    """The measurements in an event: itself, or its list of them; what is none is left to the other rows."""
    made = event.get("measurements", [event] if "quantity" in event else [])
    return [found for one in made if (found := _measurement(one))] if isinstance(made, list) else []


def tables(event: Mapping[str, Any]) -> dict[str, Sequence[Mapping[str, Any]]]:
    """The lists of objects in an event, measurements left out."""
    return {
        _text(key): value
        for key, value in event.items()
        if isinstance(value, list)
        and value
        and all(isinstance(row, dict) for row in value)
        and not _measured_all(value)
    }


def scalars(event: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every other value of an event by its path, as plain text."""
    shown = {*tables(event), _EVENT}
    inside = [value for key, value in event.items() if key != _EVENT]
    if len(inside) == 1 and isinstance(inside[0], dict):  # an envelope: what is in it tells itself
        event, shown = inside[0], set()
    for key, value in event.items():
        if _text(key) in shown or _measurement(event) or (isinstance(value, list) and value and _measured_all(value)):
            continue
        yield from _flat(_text(key), value, _DEEPEST)


def _rows(event: Mapping[str, Any], language: Language, *, bare: bool) -> list[str]:
    """What else an event tells: in one line where it is short and all there is, else a line each."""
    told = list(scalars(event))
    if event.get(_EVENT) == "untold" and [name for name, _ in told] == ["quantities"]:
        return [f"{failure_words('not_supported', language)}: {told[0][1]}"] if told[0][1] else []
    form = _FORMS.get(str(event.get(_EVENT)))
    if form is not None and bare and form[0] <= {name for name, _ in told}:
        return [form[1].format_map(dict(told))]
    if bare and 1 < len(told) <= _SHORT and not any(isinstance(value, dict) for value in event.values()):
        return [f"{_text(event.get(_EVENT, ''))}: {', '.join(f'{name} {value}' for name, value in told)}"]
    return [f"{name}: {value}" for name, value in told]


def _flat(path: str, value: Any, deep: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value and deep:
        for key, inner in value.items():
            yield from _flat(f"{path}.{_text(key)}", inner, deep - 1)
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        for one in value:
            yield path, ", ".join(f"{_text(name)} {_text(inner)}" for name, inner in one.items())
    elif isinstance(value, list) and not any(isinstance(one, dict | list) for one in value):
        yield path, ", ".join(_text(one) for one in value)
    else:
        yield path, _text(value)


def _measured_all(rows: Sequence[Any]) -> bool:
    return all(_measurement(row) for row in rows)


def _measurement(made: Any) -> Measurement | None:
    try:
        plain = {name: value for name, value in made.items() if name != _EVENT}
        return from_json(plain)
    except (ValueError, AttributeError):
        return None


def _measured(measured: Measurement, language: Language) -> str:
    if measured.failure is None:
        return "" if measured.value is None else value_words(measured.quantity, measured.value, language)
    words, detail = failure_words(measured.failure.kind, language), measured.failure.detail
    return f"- {words}" + (f" ({detail})" if detail else "")


def _index(measured: Measurement) -> str:
    return f" ({sanitised(measured.index, 40)})" if measured.index else ""


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    return sanitised(str(value), _LONGEST)
