"""One form for the PON serials of ONTs: four letters and eight upper-case hexadecimal digits."""

import re

_HEX16 = re.compile(r"[0-9A-Fa-f]{16}")
_ASCII = re.compile(r"[A-Za-z]{4}[0-9A-Fa-f]{8}")


def canonical_serial(text: str) -> str:
    """`HWTC12345678` for any spelling of that PON serial; other serials are only trimmed and put in upper case.

    Accepts 16 hexadecimal digits whose first 8 spell four letters, or 4 letters and 8 digits, with blanks, colons or
    dashes anywhere (ITU-T G.984.3 9.2).
    """
    plain = re.sub(r"[\s:.\-]", "", text)
    if _HEX16.fullmatch(plain):
        vendor = bytes.fromhex(plain[:8])
        if vendor.isalpha() and vendor.isascii():
            return (vendor.decode() + plain[8:]).upper()
    if _ASCII.fullmatch(plain):
        return plain.upper()
    return text.strip().upper()
