"""Strict JSON: what has one reading is read, everything else refused; default size and depth of a sealed object."""

from typing import Any

from agent.base64url import encode

READ: dict[str, bytes] = {
    "empty object": b"{}",
    "spaces around": b' \t\r\n{"a" : 1}\n',
    "eight deep": b"[" * 8 + b"]" * 8,
    "nineteen digits": b"[1234567890123456789]",
    "negative nineteen characters": b"[-123456789012345678]",
    "minus zero": b"[-0, -0.0]",
    "an exponent": b"[1e5, 1E-5, 1.5e+3]",
    "too small to be anything but zero": b"[1e-999]",
    "escaped letters": b'["\\u0041\\n\\/\\""]',
    "a surrogate pair, escaped": b'["\\ud83d\\ude00"]',
    "UTF-8": '["é 中文 😀"]'.encode(),
    "DEL and C1, plain": '["\x7f\x85"]'.encode(),
    "line separator, plain": '["\u2028"]'.encode(),
    "65,536 bytes": b'"' + b"a" * 65534 + b'"',
    "keys that differ in case": b'{"a":1,"A":2}',
    "empty key": b'{"":1}',
    "NUL, escaped": b'["\\u0000"]',
    "proto": b'{"__proto__":1,"constructor":2}',
}
REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "key twice": b'{"a":1,"a":2}',
    "key twice, once escaped": b'{"b":{"a":1,"\\u0061":2}}',
    "proto twice": b'{"__proto__":1,"__proto__":2}',
    "nine deep": b"[" * 9 + b"]" * 9,
    "very deep": b"[" * 30000,
    "65,537 bytes": b'"' + b"a" * 65535 + b'"',
    "NaN": b"[NaN]",
    "Infinity": b"[Infinity]",
    "minus Infinity": b"[-Infinity]",
    "out of range": b"[1e999]",
    "twenty digits": b"[12345678901234567890]",
    "minus and nineteen digits": b"[-1234567890123456789]",
    "leading zero": b"[01]",
    "leading plus": b"[+1]",
    "no digit before the point": b"[.5]",
    "no digit behind the point": b"[1.]",
    "no digit in the exponent": b"[1e]",
    "hexadecimal": b"[0x10]",
    "digits of another script": "[\u0661]".encode(),
    "minus alone": b"[-]",
    "lone high surrogate": b'["\\ud800"]',
    "lone low surrogate as key": b'{"\\udfff":1}',
    "surrogates the wrong way": b'["\\ude00\\ud83d"]',
    "surrogate in UTF-8": b'["\xed\xa0\x80"]',
    "overlong UTF-8": b'["\xc0\xaf"]',
    "cut UTF-8": b'["\xe4\xb8"]',
    "byte FF": b"\xff",
    "BOM": b"\xef\xbb\xbf{}",
    "UTF-16": "{}".encode("utf-16"),
    "NUL behind": b"{}\x00",
    "two documents": b"{} {}",
    "bytes behind": b"{}x",
    "control character in text": b'["a\nb"]',
    "NUL in text": b'["a\x00b"]',
    "unknown escape": b'["\\x41"]',
    "cut escape": b'["\\u00"]',
    "escape with a sign": b'["\\u+041"]',
    "escape with a space": b'["\\u 041"]',
    "single quotes": b"{'a':1}",
    "trailing comma": b"[1,]",
    "trailing comma in an object": b'{"a":1,}',
    "comment": b"[1] // one",
    "no-break space": "[\u00a01]".encode(),
    "form feed": b"[\x0c1]",
    "key without quotes": b"{a:1}",
    "cut off": b'{"a":',
    "text not ended": b'["a',
    "True": b"[True]",
    "undefined": b"[undefined]",
}


def vectors() -> list[dict[str, Any]]:
    """Each text in base64url, with whether it is read."""
    cases = [(name, raw, True) for name, raw in READ.items()] + [(name, raw, False) for name, raw in REFUSED.items()]
    return [{"name": name, "read": read, "base64url": encode(raw)} for name, raw, read in cases]
