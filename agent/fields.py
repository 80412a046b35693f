"""Reading fields of a JSON document strictly: every complaint names the field's path and what belongs there."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from diagnostics.errors import BadInput
from diagnostics.measurement import sanitised

_REQUIRED = object()
_MOST_VERSION = 2**53


class Fields:
    """One JSON object and its path; each read marks the field as known, `unknown` tells the rest."""

    def __init__(self, made: Any, path: str, error: type[BadInput]) -> None:
        self._error = error
        self._path = path
        if not isinstance(made, dict):
            raise error(f"{path or 'the document'}: must be an object")
        self._made: dict[str, Any] = made
        self._read: set[str] = set()
        self._children: list[Fields] = []

    def __contains__(self, key: str) -> bool:
        return key in self._made

    def complain(self, key: str, demand: str) -> BadInput:
        """The error that names a field and what belongs there."""
        return self._error(f"{self._at(key)}: {demand}")

    def text(self, key: str, default: Any = _REQUIRED, *, one_of: tuple[str, ...] = (), longest: int = 200) -> str:
        """A text; not empty where it is required, one of a few words where these are given."""
        value = self._value(key, default)
        if not isinstance(value, str) or (default is _REQUIRED and not value.strip()):
            raise self.complain(key, "must be text and not empty" if default is _REQUIRED else "must be text")
        if len(value) > longest or sanitised(value, longest) != value.strip():
            raise self.complain(key, f"must be at most {longest} characters of plain text in one line")
        if one_of and value not in one_of:
            raise self.complain(key, f"must be one of {', '.join(one_of)}")
        return value.strip()

    def rate(self, key: str) -> float:
        """A rate in Mbit/s, greater than 0 and at most 100,000."""
        value = self._value(key, _REQUIRED)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.complain(key, "must be a number of Mbit/s")
        if not value > 0:
            raise self.complain(key, "must be greater than 0")
        if value > 100_000:
            raise self.complain(key, "must be at most 100000 Mbit/s")
        return float(value)

    def whole(self, key: str, least: int, most: int, default: Any = _REQUIRED) -> int:
        """A whole number from `least` to `most`."""
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.complain(key, f"must be a whole number from {least} to {most}")
        return value

    def time(self, key: str) -> datetime | None:
        """A time with its offset from UTC, by ISO 8601; None where the field is absent."""
        value = self._value(key, None)
        if value is None:
            return None
        try:
            made = datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise self.complain(key, "must be a time like 2026-03-02T09:00:00+08:00") from error
        if made.tzinfo is None:
            raise self.complain(key, "must name its offset from UTC, like +08:00")
        return made

    def required_time(self, key: str) -> datetime:
        """A time that must be there."""
        made = self.time(key)
        if made is None:
            raise self.complain(key, "is missing")
        return made

    def version(self, known: int) -> None:
        """Let only the one version of a form pass that this software reads; it stands in `v`."""
        if self.whole("v", 0, _MOST_VERSION) != known:
            raise self.complain("v", f"must be {known}; this software reads no other version")

    def exactly(self, *names: str, of: str, optional: tuple[str, ...] = ()) -> "Fields":
        """This very object, where it has all of these fields and no other; `of` is what a stranger is no field of."""
        for name in sorted(set(self._made) ^ set(names)):
            if name not in optional:
                raise self.complain(name, "is missing" if name in names else f"is not a field {of}")
        return self

    def object(self, key: str, *, required: bool = False) -> "Fields":
        """An object inside; an empty one where it is absent and not required."""
        child = Fields(self._value(key, _REQUIRED if required else {}), self._at(key), self._error)
        self._children.append(child)
        return child

    def objects(self, key: str, least: int = 0) -> list["Fields"]:
        """A list of objects, at least so many."""
        values = self.items(key, least)
        made = [Fields(value, f"{self._at(key)}[{place}]", self._error) for place, value in enumerate(values)]
        self._children.extend(made)
        return made

    def items(self, key: str, least: int = 0) -> list[Any]:
        """A list, at least so long."""
        values = self._value(key, _REQUIRED if least else [])
        if not isinstance(values, list):
            raise self.complain(key, "must be a list")
        if len(values) < least:
            raise self.complain(
                key, f"must have at least {least} entry" if least == 1 else f"must have {least} entries"
            )
        return values

    def unknown(self) -> Iterator[tuple[str, Any]]:
        """The fields here and below that nobody read, by path."""
        for key, value in self._made.items():
            if key not in self._read:
                yield self._at(key), value
        for child in self._children:
            yield from child.unknown()

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else sanitised(key, 60)

    def _value(self, key: str, default: Any) -> Any:
        self._read.add(key)
        if key in self._made:
            return self._made[key]
        if default is _REQUIRED:
            raise self.complain(key, "is missing")
        return default
