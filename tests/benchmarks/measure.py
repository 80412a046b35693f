"""Side by side: wall time and memory of fresh processes, taken in turns so that drift hits all alike."""

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def median_wall_s(commands: Mapping[str, Sequence[str]], rounds: int = 15) -> dict[str, float]:
    """Median wall time in seconds of each command, run in turns; what they print is dropped."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            begin = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            times[name].append(time.perf_counter() - begin)
    return {name: statistics.median(taken) for name, taken in times.items()}


def resident_kib(pid: int) -> int:
    """Resident memory of a running process in KiB."""
    with Path(f"/proc/{pid}/status").open() as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def cpu_s(pid: int) -> float:
    """Processor time in seconds that a running process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ratios(times: Mapping[str, float], base: str) -> None:
    """Print each time as a multiple of the base."""
    for name, taken in times.items():
        print(f"{name:<40} {taken * 1000:8.1f} ms   {taken / times[base]:5.2f} x of {base!r}")
