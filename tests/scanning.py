"""Looks for words in bytes that left the station, however they are wrapped: plain, escaped, in hexadecimal, in base64.

What is wrapped twice is unwrapped twice; letters are looked for in both sizes. Encrypted content is not read.
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

_BASE64 = re.compile(rb"[A-Za-z0-9_+/-]{12,}")
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{2}){6,}")
_DEPTH = 3


def leaks(raw: bytes, words: Iterable[str]) -> list[str]:
    """The words that can be read anywhere in these bytes."""
    readings = [reading.lower() for reading in _readings(raw, _DEPTH)]
    return [word for word in words if any(form in reading for form in _forms(word) for reading in readings)]


def _forms(word: str) -> set[bytes]:
    """A word in every spelling that does not need unwrapping, and the unsalted digest that whoever guesses it knows."""
    escaped = json.dumps(word)[1:-1]
    made = {word, escaped, quote(word), quote_plus(word), hashlib.sha256(word.encode()).hexdigest()}
    return {form.lower().encode() for form in made} | {word.encode("utf-16-le").lower()}


def _readings(raw: bytes, depth: int) -> Iterator[bytes]:
    yield raw
    if depth == 0:
        return
    for found in _HEX.finditer(raw):
        yield from _readings(binascii.unhexlify(found[0]), depth - 1)
    for found in _BASE64.finditer(raw):
        text = found[0].translate(bytes.maketrans(b"-_", b"+/"))
        for offset in range(4):  # where a text begins inside of another is not known
            part = text[offset:]
            part = part[: len(part) - len(part) % 4]
            if part:
                decoded = base64.b64decode(part)
                yield from _readings(decoded, depth - 1) if _is_text(decoded) else [decoded]


def _is_text(raw: bytes) -> bool:
    """Whether there is something in it that could be unwrapped once more."""
    plain = sum(32 <= byte < 127 for byte in raw)
    return plain > 0.9 * len(raw)
