"""The child that watches the station during a run: interface counters, cores, voltage and heat, once a second.

It reads the kernel's own files and nothing else, and ends when its standard input is closed, after one last sample.
What a file does not say, or says in a way that cannot be read, is None; a sample is never made up.
"""

import contextlib
import json
import select
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diagnostics.host import counters

INTERVAL_S = 1.0
_LEAST_JIFFIES = 20  # less than this many ticks between two samples say nothing about a core
_UNDER_VOLTAGE, _SLOWED = 0x1, 0xE  # get_throttled: bit 0 voltage; 1 capped, 2 throttled, 3 soft temperature limit
_FIRMWARE = "sys/devices/platform/soc/soc:firmware/get_throttled"
_KEPT = ("rx_bytes", "tx_bytes", "rx_packets", "tx_packets")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jiffies:
    """What one core has spent since boot, in ticks of the kernel."""

    busy: int
    softirq: int
    total: int


def main() -> int:
    """Print one sample a second for the request on standard input, until that is closed."""
    request = json.loads(sys.stdin.readline())
    root = Path(request.get("root", "/"))
    before: Mapping[str, Jiffies] = {}
    over, begin, number = False, time.monotonic(), 0
    while True:
        after = cores(_text(root / "proc/stat"))
        try:
            print(json.dumps(_sample(request["interface"], root, before, after)), flush=True)
        except OSError as error:
            print(json.dumps({"missing": f"interface {request['interface']}: {error.strerror}"}), flush=True)
            return 0
        if over:
            return 0
        before, number = after, number + 1
        wait_s = max(0.0, begin + number * INTERVAL_S - time.monotonic())
        over = bool(select.select([0], [], [], wait_s)[0])


def _sample(interface: str, root: Path, before: Mapping[str, Jiffies], after: Mapping[str, Jiffies]) -> dict[str, Any]:
    counted = counters(interface, root)
    busy, softirq = shares(before, after)
    return {
        "at_s": time.monotonic(),
        **{name: counted[name] for name in _KEPT},
        "busy": busy,
        "softirq": softirq,
        "throttling": throttling(root),
        "celsius": celsius(root),
    }


def cores(stat: str) -> dict[str, Jiffies]:
    """Each core's time from the text of /proc/stat (proc(5)); a line that is not one is passed over."""
    made = {}
    for line in stat.splitlines():
        name, *words = line.split() or [""]
        if name == "cpu" or not name.startswith("cpu") or len(words) < 8 or not all(map(_is_count, words[:8])):
            continue
        user, nice, system, idle, iowait, irq, softirq, steal = map(int, words[:8])
        busy = user + nice + system + irq + softirq + steal
        made[name] = Jiffies(busy=busy, softirq=softirq, total=busy + idle + iowait)
    return made


def _is_count(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 20


def shares(before: Mapping[str, Jiffies], after: Mapping[str, Jiffies]) -> tuple[list[int], list[int]]:
    """Busy and soft interrupt time of each core between two readings in permille; empty where too little passed."""
    pairs = [(before[name], core) for name, core in after.items() if name in before]
    if not pairs or any(new.total - old.total < _LEAST_JIFFIES for old, new in pairs):
        return [], []
    busy = [_permille(new.busy - old.busy, new.total - old.total) for old, new in pairs]
    return busy, [_permille(new.softirq - old.softirq, new.total - old.total) for old, new in pairs]


def _permille(part: int, whole: int) -> int:
    return min(1000, max(0, round(1000 * part / whole)))


def throttling(root: Path) -> str | None:
    """Whether a Raspberry Pi runs short of voltage or slowed now; None on machines that have no such flag."""
    flags = _number(_text(root / _FIRMWARE), 16)
    alarms = [
        _text(name.with_name("in0_lcrit_alarm")).strip()
        for name in sorted((root / "sys/class/hwmon").glob("*/name"))
        if _text(name).strip() == "rpi_volt"
    ]
    if "1" in alarms or (flags is not None and flags & _UNDER_VOLTAGE):
        return "under_voltage"
    if flags is not None and flags & _SLOWED:
        return "throttled"
    return None if flags is None and "0" not in alarms else "none"


def celsius(root: Path) -> float | None:
    """The hottest thermal zone in degrees Celsius; None where there is none."""
    zones = (root / "sys/class/thermal").glob("thermal_zone*/temp")
    told = [number / 1000 for zone in zones if (number := _number(_text(zone), 10)) is not None]
    return max((number for number in told if -60 < number < 200), default=None)


def _number(text: str, base: int) -> int | None:
    with contextlib.suppress(ValueError):
        return int(text.strip(), base) if len(text) < 40 else None
    return None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(1 << 20).decode(errors="replace")
    except OSError:
        return ""


if __name__ == "__main__":
    sys.exit(main())
