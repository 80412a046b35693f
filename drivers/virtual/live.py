"""A virtual ONT that lives: counters and uptime of its capture grow as its profile says where they stand; pure.

Which place grows is read from the profile, so that every family whose capture tells a counter can live. Everything that
does not grow stays the capture's own, byte for byte.
"""

import re
from collections.abc import Callable, Mapping
from functools import partial

from drivers.capture import Capture
from drivers.conversions import duration
from drivers.profile import Profile, Reading

PORT = "1"  # the LAN port that lives, where a quantity names none
FEC_EVERY_BYTES = 10_000_000  # sent down: one codeword mended
Overlay = Mapping[str, Callable[[str], str]]


def grown(
    counters: Mapping[str, int], elapsed_s: float, restarted_s: float | None = None, uptime_s: float = 0.0
) -> dict[str, float]:
    """By how much each quantity has grown: the LAN port's own counters, and the uptime since the capture or a restart.

    `restarted_s`: seconds since a restart, None where there was none; `uptime_s` is the capture's, which it ended.
    """
    made = {f"ont_lan_{name}": float(count) for name, count in counters.items() if not name.endswith("_errors")}
    made["ont_fec_corrected_codewords"] = float(counters.get("tx_bytes", 0) // FEC_EVERY_BYTES)
    return made | {"ont_uptime_s": elapsed_s if restarted_s is None else restarted_s - uptime_s}


def overlay(capture: Capture, profile: Profile, growth: Callable[[], Mapping[str, float]]) -> Overlay:
    """For each question or OID that tells a growing quantity: what makes the captured text the text of now."""
    made: dict[str, list[tuple[str, Reading]]] = {}
    for name in growth():
        reading = profile.readings.get(name.partition("[")[0])
        place = _place(capture, profile, reading, _port(name)) if reading else ""
        if reading and (place in capture.records or place in capture.answers):
            made.setdefault(place, []).append((name, reading))
    return {place: partial(_now, readings, growth) for place, readings in made.items()}


def _port(name: str) -> str:
    """The number of the LAN port that a quantity is about: `ont_lan_rx_bytes[lan2]` is about 2."""
    return name.partition("[lan")[2].rstrip("]") or PORT


def _place(capture: Capture, profile: Profile, reading: Reading, port: str) -> str:
    """The command, or the OID of the scalar or of the LAN port's row; empty where the capture has no such row."""
    if reading.command or not reading.rows:
        return reading.command or reading.oid
    rows = profile.rows[reading.rows]
    for oid, (_, text) in capture.records.items():
        match = rows.pattern.search(text) if oid.startswith(rows.oid + ".") else None
        if match and match.group(1) == port:
            return f"{reading.oid}.{oid.rpartition('.')[2]}"
    return ""


def _now(readings: list[tuple[str, Reading]], growth: Callable[[], Mapping[str, float]], text: str) -> str:
    now = growth()
    for name, reading in readings:
        text = _raised(reading, text, now.get(name, 0.0), _port(name))
    return text


def _raised(reading: Reading, text: str, by: float, port: str) -> str:
    if reading.pattern is None:
        return _number(text, by / reading.scale)
    for match in reading.pattern.finditer(text):
        if match.groupdict().get("row", port) == port:
            named = set(match.re.groupindex.values())
            begin, end = match.span(next(n for n in range(1, match.re.groups + 1) if n not in named))
            raised = _clock if reading.convert == "duration" else _number
            return text[:begin] + raised(text[begin:end], by / reading.scale) + text[end:]
    return text


def _number(text: str, by: float) -> str:
    return str(max(0, int(text) + round(by))) if re.fullmatch(r"[0-9]{1,20}", text) else text


def _clock(text: str, by: float) -> str:
    seconds = duration(text.strip())
    if seconds is None:
        return text
    minutes, second = divmod(max(0, int(seconds) + round(by)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours // 24} day(s) {hours % 24:02}:{minute:02}:{second:02}"
