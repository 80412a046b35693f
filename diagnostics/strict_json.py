"""JSON with one reading only: what two parsers could read differently is refused, never repaired.

Duplicate keys, NaN and Infinity, numbers out of range, lone surrogates, too deep or too long texts are errors. It
never returns a part of what it was given.
"""

import json
import math
import re
from typing import Any, NoReturn

from diagnostics.errors import BadInput

OBJECT_BYTES = 64 * 1024
DEPTH = 8
_INTEGER_DIGITS = 19
_CONTAINERS = (dict, list)
_UNSURE = object()
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class JsonError(BadInput):
    """A text is not strict JSON; the message says what is wrong with it."""


def parse(raw: bytes, *, size: int = OBJECT_BYTES, depth: int = DEPTH) -> Any:
    """The value that UTF-8 JSON bytes state, at most `size` bytes long and `depth` containers deep."""
    if len(raw) > size:
        raise JsonError(f"longer than {size} bytes")
    try:
        value = _at_once(raw, depth)
        if value is _UNSURE:
            value = _closely(raw, depth)
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


def _at_once(raw: bytes, depth: int) -> Any:
    """The value of a compact text in which nothing is amiss, without a call for each object; _UNSURE of any other.

    Each key has its `":`. Where there are no more of these than the objects hold keys, no key stands there twice.
    """
    if b" :" in raw or b"\n" in raw or b"\r" in raw or b"\t" in raw:
        return _UNSURE  # a key might be parted from its colon
    try:
        value = _QUICK.decode(raw.decode())
        return value if _within(value, depth) == raw.count(b'":') else _UNSURE
    except (JsonError, ValueError, RecursionError):
        return _UNSURE


def _closely(raw: bytes, depth: int) -> Any:
    """The value of any text, or the error that says what is wrong with it."""
    value = json.loads(raw.decode(), object_pairs_hook=_once_each, **_NUMBERS)
    _within(value, depth)
    return value


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


_NUMBERS: dict[str, Any] = {"parse_constant": _no_constant, "parse_float": _finite, "parse_int": _short}
_QUICK = json.JSONDecoder(**_NUMBERS)


def _within(value: Any, depth: int) -> int:
    """Refuse what is nested too deep; how many keys all objects hold."""
    keys, level = 0, [value] if type(value) in _CONTAINERS else []
    for _ in range(depth):
        below: list[Any] = []
        for item in level:
            keys += len(item) if type(item) is dict else 0
            for inner in item.values() if type(item) is dict else item:
                if type(inner) is dict or type(inner) is list:
                    below.append(inner)
        level = below
    if level:
        raise JsonError(f"deeper than {depth} containers")
    return keys
