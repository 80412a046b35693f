"""The scan for personal data finds what it looks for, in every wrapping; else its silence would say nothing."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest

from tests.scanning import leaks

WORDS = ("Chen Wei", "陈伟", "+86 571 5555 0117", "HWTC4D2A9C17", "198.18.0.4", "2001:db8::77")
WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda raw: raw,
    "capitals": lambda raw: raw.upper(),
    "JSON with escapes": lambda raw: json.dumps({"a": raw.decode()}).encode(),
    "percent": lambda raw: quote(raw).encode(),
    "hexadecimal": lambda raw: raw.hex().upper().encode(),
    "base64": base64.b64encode,
    "base64, one byte in": lambda raw: base64.b64encode(b"x" + raw + b"yz"),
    "base64, two bytes in": lambda raw: base64.b64encode(b"xy" + raw + b"yz"),
    "base64url": lambda raw: base64.urlsafe_b64encode(b'{"a":"' + raw + b'"}').rstrip(b"="),
    "base64 in base64": lambda raw: base64.b64encode(b'{"token":"' + base64.b64encode(b"x" + raw) + b'"}'),
    "a JWS in a file": lambda raw: b'{"t":"eyJhbGciOiJFZERTQSJ9.' + base64.urlsafe_b64encode(raw) + b'.AAAA"}\n',
    "UTF-16": lambda raw: raw.decode().encode("utf-16-le"),
}


@pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)
@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_found_in_every_wrapping(word: str, wrap: Callable[[bytes], bytes]) -> None:
    noise = bytes(range(256)) * 2
    assert leaks(noise + b" " + wrap(f"{word} and more".encode()) + b" " + noise, WORDS) == [word]


def test_nothing_is_found_where_nothing_is() -> None:
    assert leaks(b"nothing here, " + base64.b64encode(b"nor there" * 50) + bytes(range(256)), WORDS) == []
