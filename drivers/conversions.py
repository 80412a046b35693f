"""How the raw forms of ONTs become canonical ones: serials, durations, raw optical units; pure, and never guesses.

Each conversion turns the raw text into the text of a canonical value, and into None where it is not of that form.
"""

import math
import re
from collections.abc import Callable, Mapping

from diagnostics.serials import canonical_serial

_QUANTITY_AND_UNIT = re.compile(r"([-+]?\d{1,20}(?:\.\d{1,12})?)\s*\(?\s*([A-Za-zµ°.]{0,6})\s*\)?")
_LINEAR = {"": 1.0, "nw": 1e-6, "uw": 1e-3, "µw": 1e-3, "mw": 1.0}
_FACTORS: Mapping[str, Mapping[str, float]] = {
    "mA": {"ua": 1e-3, "µa": 1e-3, "ma": 1.0, "a": 1e3},
    "V": {"uv": 1e-6, "µv": 1e-6, "mv": 1e-3, "v": 1.0},
    "s": {"ms": 1e-3, "s": 1.0, "sec": 1.0, "min": 60.0},
    "Mbit/s": {"m": 1.0, "mbps": 1.0, "g": 1e3, "gbps": 1e3},
}
KELVIN = 273.15


def pon_serial(raw: str) -> str | None:
    """A PON serial as 4 letters and 8 hex digits, from that form, 16 hex digits, or bytes; None where it is neither."""
    text = canonical_serial(raw.removeprefix("0x"))
    return text if re.fullmatch(r"[A-Z]{4}[0-9A-F]{8}", text) else None


def mac(raw: str) -> str | None:
    """`34:6a:c2:ca:49:25` from any way of writing a MAC address."""
    plain = re.sub(r"[:.\-]", "", raw).lower()
    return ":".join(re.findall("..", plain)) if re.fullmatch(r"[0-9a-f]{12}", plain) else None


def ascii_bytes(raw: str) -> str | None:
    """The text that hexadecimal bytes spell; empty where they are all zero, None where they are not printable."""
    plain = re.sub(r"[\s:]|0x", "", raw)
    if not re.fullmatch(r"(?:[0-9a-fA-F]{2}){1,64}", plain):
        return None
    spelt = bytes.fromhex(plain).rstrip(b"\0 ")
    return spelt.decode("ascii") if spelt.isascii() and spelt.decode("ascii").isprintable() else None


def duration(raw: str) -> str | None:
    """Seconds from `1 day(s) 01:44:25`, `0 Days 3 Hour 17 Min 24 Sec`, also with `(s)` and commas."""
    clock = re.fullmatch(r"(?:([0-9]{1,5}) *days?(?:\(s\))?,? *)?([0-9]{1,2}):([0-9]{2}):([0-9]{2})", raw.lower())
    words = re.fullmatch(
        r"([0-9]{1,5}) *days?,? *([0-9]{1,2}) *hours?,? *([0-9]{1,2}) *min\w{0,6},? *([0-9]{1,2}) *sec\w{0,6}",
        raw.lower().replace("(s)", "s"),
    )
    match = clock or words
    if match is None:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return str(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def total(raw: str) -> str | None:
    """The sum of several counts."""
    parts = raw.split()
    return str(sum(map(int, parts))) if parts and all(re.fullmatch(r"[0-9]{1,20}", p) for p in parts) else None


def tenth_microwatts(raw: str) -> str | None:
    """dBm from a count of 0.1 uW (SFF-8472 9.7); nothing received is `-inf`, as the module itself would say."""
    if not re.fullmatch(r"[0-9]{1,5}", raw) or int(raw) > 65535:
        return None
    return f"{10 * math.log10(int(raw) / 10000):.4f}" if int(raw) else "-inf"


def signed_256th(raw: str) -> str | None:
    """A signed 16 bit number of 1/256 steps (SFF-8472 9.7), also where it is printed unsigned."""
    if not re.fullmatch(r"-?[0-9]{1,5}", raw) or not -32768 <= int(raw) <= 65535:
        return None
    return f"{(int(raw) - 65536 if int(raw) > 32767 else int(raw)) / 256:.6f}"


def omci_level(raw: str) -> str | None:
    """dBm from the signed 16 bit number of 0.002 dB steps of an ANI-G (ITU-T G.988 9.2.1), in hexadecimal."""
    if not re.fullmatch(r"0x[0-9a-fA-F]{4}", raw):
        return None
    level = int(raw, 16)
    return f"{(level - 65536 if level > 32767 else level) * 0.002:.3f}"


def own_unit(raw: str, unit: str) -> tuple[float, bool] | None:
    """The number of a text such as `17.01uW`, in `unit` where the text names its own (True), else as it stands."""
    match = _QUANTITY_AND_UNIT.fullmatch(raw)
    if match is None:
        return None
    number, named = float(match[1]), match[2].lower().strip(".")
    if not named:
        return number, False
    if unit == "dBm":
        if named == "dbm":
            return number, True
        return (10 * math.log10(number * _LINEAR[named]), True) if named in _LINEAR and number > 0 else None
    if unit == "°C":
        return (number - (KELVIN if named == "k" else 0.0), True) if named in ("c", "°c", "k", "celsius") else None
    factor = _FACTORS.get(unit, {}).get(named)
    return None if factor is None else (number * factor, True)


CONVERSIONS: Mapping[str, Callable[[str], str | None]] = {
    "pon_serial": pon_serial,
    "mac": mac,
    "ascii": ascii_bytes,
    "duration": duration,
    "sum": total,
    "tenth_microwatts": tenth_microwatts,
    "signed_256th": signed_256th,
    "omci_level": omci_level,
    "sensor": str,  # joined already, see entity_sensor
}
WHOLE = ("unit", "count")  # need more than one raw text: the quantity's unit, all that was found
