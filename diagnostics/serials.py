"""One form for the PON serials of ONTs: four letters and eight upper-case hexadecimal digits."""

import re

_HEX16 = re.compile(r"[0-9A-Fa-f]{16}")
_ASCII = re.compile(r"[A-Za-z]{4}[0-9A-Fa-f]{8}")
_PREFIX = re.compile(
    r"(?:(?:G|XG|XGS|E)?-?PON[\s_-]*)?(?:S\s*/?\s*N|SERIAL(?:\s*(?:NO|NUMBER))?)\.?\s*(?P<sign>[:=#]?)\s*",
    re.IGNORECASE,
)


def canonical_serial(text: str) -> str:
    """`HWTC12345678` for any spelling of that PON serial; other serials are only trimmed and put in upper case.

    Accepts 16 hexadecimal digits whose first 8 spell four letters, or 4 letters and 8 digits, with blanks, colons or
    dashes anywhere (ITU-T G.984.3 9.2).
    """
    plain = _plain(text)
    if _HEX16.fullmatch(plain):
        vendor = bytes.fromhex(plain[:8])
        if vendor.isalpha() and vendor.isascii():
            return (vendor.decode() + plain[8:]).upper()
    if _ASCII.fullmatch(plain):
        return plain.upper()
    return text.strip().upper()


def canonical_label(text: str) -> str:
    """One spelling of what a label says: without blanks and in upper case."""
    return re.sub(r"\s", "", text).upper()


def scanned_serial(text: str) -> str:
    """The serial in what was scanned from a device's bar code, in its canonical form.

    A Code 128 symbol holds the serial alone, or behind a prefix such as `SN:`, `S/N`, `PON SN=` or `GPON SN:`.
    Without a sign behind it such letters are only a prefix where a PON serial follows.
    """
    found = None if _is_pon(text) else _PREFIX.match(text.strip())
    if found is None:
        return canonical_serial(text)
    behind = text.strip()[found.end() :]
    return canonical_serial(behind if behind and (found["sign"] or _is_pon(behind)) else text)


def _is_pon(text: str) -> bool:
    plain = _plain(text)
    return bool(_HEX16.fullmatch(plain) or _ASCII.fullmatch(plain))


def _plain(text: str) -> str:
    return re.sub(r"[\s:.\-]", "", text)
