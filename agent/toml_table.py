"""A TOML file read strictly: every complaint names file, table and key and proposes what may have been meant.

What nobody asked for is an error, so a mistyped key can never be passed over.
"""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from diagnostics.errors import BadConfiguration
from diagnostics.quantities import nearest_name


class ConfigError(BadConfiguration):
    """A configuration file is missing or wrong; the message names the file, the key and the remedy."""


_REQUIRED: Any = object()


class TomlTable:
    """One table of a TOML file; what nobody read is an error when `done` is called on the root."""

    def __init__(self, file: Path, made: Mapping[str, Any], path: str = "") -> None:
        self.file = file
        self._made = made
        self._path = path
        self._known: list[str] = []
        self._children: list[TomlTable] = []

    @property
    def title(self) -> str:
        """The table's name as the file writes it, without its brackets."""
        return self._path

    def __contains__(self, key: str) -> bool:
        self._known.append(key)
        return key in self._made

    def complain(self, key: str, demand: str) -> ConfigError:
        """The error that names file, table and key, and what belongs there."""
        where = f"[{self._path}] {key}" if self._path else f"[{key}]"
        return ConfigError(f"{self.file}: {where}: {demand}")

    def table(self, key: str, *, required: bool = False) -> "TomlTable":
        """A table inside; an empty one where it is absent and not required."""
        made = self._value(key, _REQUIRED if required else {})
        if not isinstance(made, dict):
            raise self.complain(key, "must be a table")
        child = TomlTable(self.file, made, f"{self._path}.{key}" if self._path else key)
        self._children.append(child)
        return child

    def names(self) -> tuple[str, ...]:
        """The keys of this table, where they are names that the user chose."""
        return tuple(self._made)

    def text(self, key: str, default: Any = _REQUIRED, one_of: tuple[str, ...] = ()) -> str:
        """A text, one of a few words where these are given."""
        value = self._value(key, default)
        if not isinstance(value, str) or not (value or value == default) or not value.isprintable():
            raise self.complain(key, "must be text in quotes and not empty")
        if one_of and value not in one_of:
            raise self.complain(key, f"must be one of {', '.join(one_of)}{nearest_name(value, one_of)}")
        return value

    def value(self, key: str) -> Any:
        """The value as TOML states it, for a key that may hold one of several kinds."""
        return self._value(key, _REQUIRED)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty where it is absent."""
        values = self._value(key, [])
        if not isinstance(values, list) or not all(isinstance(v, str) and v and v.isprintable() for v in values):
            raise self.complain(key, "must be a list of texts in quotes")
        return tuple(values)

    def name(self, key: str) -> str:
        """A word that can be a level of a topic."""
        value = self.text(key)
        if len(value) > 64 or set(value) & set("/+#$ ") or not value.isascii():
            raise self.complain(key, "must be at most 64 letters, digits, dots, dashes and underscores")
        return value

    def whole(self, key: str, least: int, most: int, default: Any = _REQUIRED) -> int:
        """A whole number from `least` to `most`."""
        value = self._value(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self.complain(key, f"must be a whole number from {least} to {most}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise self.complain(key, "must be true or false")
        return value

    def path(self, key: str, default: Any = _REQUIRED) -> Any:
        """A path, relative to the file's own directory; None where it is absent and that is the default."""
        if default is None and key not in self:
            self._known.append(key)
            return None
        return self.file.parent / self.text(key)

    def done(self) -> None:
        """Refuse every key that nobody read, here and below."""
        for key in self._made:
            if key not in self._known:
                near = nearest_name(key, [name for name in self._known if name not in self._made] or self._known)
                raise self.complain(key, f"is not known here{near or '; remove it'}")
        for child in self._children:
            child.done()

    def _value(self, key: str, default: Any) -> Any:
        self._known.append(key)
        if key not in self._made and default is _REQUIRED:
            raise self.complain(key, f"is missing{self._mistyped(key)}")
        return self._made.get(key, default)

    def _mistyped(self, key: str) -> str:
        near = nearest_name(key, self._made)
        return near.replace("did you mean", "was it mistyped as") if near else "; add it"


def load(path: Path) -> TomlTable:
    """The root table of a TOML file."""
    try:
        made = tomllib.loads(path.read_text())
    except OSError as error:
        remedy = "name a configuration with --config or PROOFLIGHT_CONFIG"
        raise ConfigError(f"{path}: {os.strerror(error.errno or 0)}; {remedy}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 text; save it as UTF-8") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML: {error}; mend that line") from error
    return TomlTable(path, made)
