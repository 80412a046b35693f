"""JSON with one reading only: what two parsers could read differently is refused, never repaired.

Duplicate keys, NaN and Infinity, numbers out of range, lone surrogates, too deep or too long texts are errors. It
never returns a part of what it was given.
"""

import json
import math
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from diagnostics.errors import BadInput

OBJECT_BYTES = 64 * 1024
DEPTH = 8
_INTEGER_DIGITS = 19
_CONTAINERS = (dict, list)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class JsonError(BadInput):
    """A text is not strict JSON; the message says what is wrong with it."""


def parse(raw: bytes, *, size: int = OBJECT_BYTES, depth: int = DEPTH) -> Any:
    """The value that UTF-8 JSON bytes state, at most `size` bytes long and `depth` containers deep."""
    if len(raw) > size:
        raise JsonError(f"longer than {size} bytes")
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_once_each,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_short,
        )
        _within(value, depth)
        if _SURROGATE.search(raw):  # half of a pair comes in by an escape only: UTF-8 itself has none
            write(value)
    except UnicodeError as error:
        raise JsonError("not UTF-8 text") from error
    except RecursionError as error:
        raise JsonError(f"deeper than {depth} containers") from error
    except ValueError as error:
        raise JsonError(f"not JSON: {error}") from error
    return value


def parse_object(raw: bytes, *, size: int = OBJECT_BYTES, depth: int = DEPTH) -> dict[str, Any]:
    """The object that UTF-8 JSON bytes state; anything else than an object is refused."""
    value = parse(raw, size=size, depth=depth)
    if not isinstance(value, dict):
        raise JsonError("not a JSON object")
    return value


def write(value: Any) -> bytes:
    """The value as compact UTF-8 JSON, names in the order given; our own values only."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise JsonError(f"the key {twice[:40]!r} stands there twice")
    return made


def _no_constant(word: str) -> NoReturn:
    raise JsonError(f"{word} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonError("a number is out of range")
    return number


def _short(text: str) -> int:
    if len(text) > _INTEGER_DIGITS:
        raise JsonError(f"a whole number has more than {_INTEGER_DIGITS} digits")
    return int(text)


def _within(value: Any, depth: int) -> None:
    """Refuse what is nested too deep."""
    level = [value] if type(value) in _CONTAINERS else []
    for _ in range(depth):
        level = [inner for item in level for inner in _contents(item) if type(inner) in _CONTAINERS]
    if level:
        raise JsonError(f"deeper than {depth} containers")


def _contents(container: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return container if isinstance(container, list) else container.values()
