"""Where a value stands in a TM Forum document: a path of names and selections, or a characteristic by its name; pure.

    relatedParty[role=customer].name      the first entry of a list whose member says so
    workOrderItem[0].id                   an entry by its number
    characteristic(ontSerialNumber)       the value of the characteristic of this name, wherever it stands

What is not there is None. A characteristic that stands there with two values is an error: neither is taken.
"""

import re
from collections.abc import Iterator
from typing import Any

from diagnostics.errors import BadConfiguration, BadInput

_STEP = re.compile(r"(?P<name>[@A-Za-z_][\w@-]*)(?:\[(?:(?P<number>\d{1,4})|(?P<key>[@\w-]+)=(?P<value>[^\]]*))\])?")
_NAMED = re.compile(r"characteristic\((?P<name>[^()]{1,200})\)")


class PathError(BadConfiguration):
    """A path is not one; the message says what one looks like."""


class Ambiguous(BadInput):
    """A document says two things where one was asked for."""


def check(path: str) -> None:
    """Refuse what is no path, with PathError."""
    if not _NAMED.fullmatch(path) and not all(_STEP.fullmatch(step) for step in _steps(path)):
        raise PathError(f"{path!r} is not a path like relatedParty[role=customer].name or characteristic(NAME)")


def find(document: Any, path: str) -> Any:
    """The value at a path of a document; None where nothing stands there."""
    named = _NAMED.fullmatch(path)
    if named:
        return _characteristic(document, named["name"])
    for step in _steps(path):
        found = _STEP.fullmatch(step)
        if found is None or not isinstance(document, dict):
            return None
        document = document.get(found["name"])
        if found["number"] or found["key"]:
            document = _selected(document, found)
    return document


def _steps(path: str) -> list[str]:
    """The path at its dots, but for those inside brackets."""
    return re.split(r"\.(?![^\[]*\])", path)


def _selected(entries: Any, found: re.Match[str]) -> Any:
    if not isinstance(entries, list):
        return None
    if found["number"]:
        place = int(found["number"])
        return entries[place] if place < len(entries) else None
    wanted = (entry for entry in entries if isinstance(entry, dict) and str(entry.get(found["key"])) == found["value"])
    return next(wanted, None)


def _characteristic(document: Any, name: str) -> Any:
    values = [entry["value"] for entry in _characteristics(document) if entry.get("name") == name and "value" in entry]
    if any(value != values[0] for value in values):
        raise Ambiguous(f"characteristic {name} stands there twice, with different values")
    return values[0] if values else None


def _characteristics(document: Any) -> Iterator[dict[str, Any]]:
    """Every entry of every list of characteristics, wherever it stands."""
    waiting = [document]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            for key, value in each.items():
                if key.lower().endswith("characteristic") and isinstance(value, list):
                    yield from (entry for entry in value if isinstance(entry, dict))
                waiting.append(value)
