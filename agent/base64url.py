"""Base64url without padding (RFC 7515 2): exactly one text for each run of bytes, every other spelling refused."""

import base64
import binascii
import string

_ALPHABET = (string.ascii_letters + string.digits + "-_").encode()


class Base64Error(ValueError):
    """A text is not the one base64url spelling of any bytes."""


def encode(raw: bytes) -> str:
    """The one spelling of these bytes."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes spelt by a text; padding, space, foreign characters and stray bits in the last one are refused."""
    spelt = text.encode("ascii", errors="replace")
    if spelt.translate(None, _ALPHABET):
        raise Base64Error("not base64url")
    try:
        raw = base64.urlsafe_b64decode(spelt + b"=" * (-len(spelt) % 4))
    except binascii.Error as error:
        raise Base64Error("not base64url") from error
    tail = len(text) % 4
    if tail and encode(raw[1 - tail :]) != text[-tail:]:  # only the last character can hold stray bits
        raise Base64Error("not the one base64url spelling of its bytes")
    return raw
