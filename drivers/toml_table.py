"""Reads a TOML file key by key and is pleased with nothing else: wrong types, missing and unknown keys are errors.

Every complaint is one line that names file, key and remedy. It knows nothing of what the keys mean.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diagnostics.errors import BadConfiguration
from diagnostics.quantities import nearest_name

_REQUIRED = object()
_PATTERN_LENGTH = 300
_NESTED_REPEAT = re.compile(r"\((?:[^()\\]|\\.)*[*+](?:[^()\\]|\\.)*\)[*+{]")


class TableError(BadConfiguration):
    """A file of ours says something that it must not, or fails to say something that it must."""


class Table:
    """One table of a TOML file; each key is taken once, and `done()` refuses what nobody took."""

    def __init__(self, made: Mapping[str, Any], file: str, path: str = "") -> None:
        self._left = dict(made)
        self._known: set[str] = set()
        self._file = file
        self._path = path

    def error(self, message: str) -> TableError:
        """The complaint with file and table in front."""
        where = f"[{self._path}] " if self._path else ""
        return TableError(f"{self._file}: {where}{message}")

    def names(self) -> tuple[str, ...]:
        """The keys not taken yet."""
        return tuple(self._left)

    def take(self, key: str, kind: type | tuple[type, ...], words: str, default: Any = _REQUIRED) -> Any:
        """The value of one key, which must be of that kind; without a default the key is required."""
        self._known.add(key)
        if key not in self._left:
            if default is _REQUIRED:
                raise self.error(f"{key} is missing; give {words}")
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(f"{key} must be {words}")
        return value

    def text(self, key: str, default: Any = _REQUIRED) -> str:
        """A string."""
        return str(self.take(key, str, "a string", default))

    def number(self, key: str, default: Any = _REQUIRED) -> float:
        """A number."""
        return float(self.take(key, (int, float), "a number", default))

    def flag(self, key: str) -> bool:
        """True or false, false where it is absent."""
        return bool(self.take(key, bool, "true or false", False))

    def texts(self, key: str, default: Any = ()) -> tuple[str, ...]:
        """A list of strings."""
        values = self.take(key, (list, tuple), "a list of strings", default)
        if not all(isinstance(v, str) for v in values):
            raise self.error(f"{key} must be a list of strings")
        return tuple(values)

    def mapping(self, key: str) -> dict[str, str]:
        """A table of strings, empty where there is none."""
        values = self.take(key, dict, "a table of strings", {})
        if not all(isinstance(v, str) for v in values.values()):
            raise self.error(f"{key} must be a table of strings")
        return dict(values)

    def table(self, key: str, default: Any = _REQUIRED) -> "Table":
        """A table inside this one."""
        path = f"{self._path}.{key}" if self._path else key
        return Table(self.take(key, dict, "a table", default), self._file, path)

    def optional_table(self, key: str) -> "Table | None":
        """A table inside this one, None where it is absent."""
        made = self.table(key, {})
        return made if made.names() else None

    def tables(self, key: str) -> "tuple[Table, ...]":
        """A list of tables, empty where there is none."""
        values = self.take(key, list, "a list of tables", [])
        if not all(isinstance(v, dict) for v in values):
            raise self.error(f"{key} must be a list of tables, written [[{key}]]")
        return tuple(Table(v, self._file, f"{key} {n}") for n, v in enumerate(values, 1))

    def pattern(self, key: str, default: Any = _REQUIRED, *, groups: bool = False) -> re.Pattern[str] | None:
        """A bounded regular expression, None where the default is None."""
        value = self.take(key, str, "a regular expression", default)
        return None if value is None else self.compiled(key, value, groups=groups)

    def compiled(self, key: str, value: str, *, groups: bool = False) -> re.Pattern[str]:
        """The regular expression, refused where it is too long, repeats a repeat, or lacks the group that it needs."""
        if len(value) > _PATTERN_LENGTH:
            raise self.error(f"{key} is longer than {_PATTERN_LENGTH} characters; shorten it")
        if _NESTED_REPEAT.search(value):
            raise self.error(f"{key} repeats a group that repeats, which can run for ever; write it flat")
        try:
            made = re.compile(value)
        except (re.error, OverflowError) as error:
            raise self.error(f"{key} is not a regular expression: {error}") from error
        if groups and made.groups == len(made.groupindex):
            raise self.error(f"{key} catches nothing; put the value in parentheses")
        return made

    def patterns(self, key: str) -> tuple[re.Pattern[str], ...]:
        """A list of bounded regular expressions."""
        return tuple(self.compiled(key, value) for value in self.texts(key))

    def done(self) -> None:
        """Refuse the keys that nobody took."""
        for key in self._left:
            raise self.error(f"{key} is not a key here{nearest_name(key, self._known)}")


def load(path: Path, file: str, *, size: int = 256 * 1024) -> Table:
    """The TOML file as a table; `file` is the name that complaints call it by. Raises TableError."""
    try:
        raw = path.read_bytes() if path.stat().st_size <= size else None
    except OSError as error:
        raise TableError(f"{file}: cannot be read: {error.strerror}") from error
    if raw is None:
        raise TableError(f"{file}: is larger than {size // 1024} KiB; this cannot be the right file")
    try:
        return Table(tomllib.loads(raw.decode()), file)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise TableError(f"{file}: is not TOML: {error}") from error
