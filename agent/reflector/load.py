"""How busy the reflector itself is: its cores, and the one process that serves a run, between two looks."""

from pathlib import Path

_NEVER = (0, 0)


class Load:
    """Looks at the machine when it is made, and says how busy everything was since."""

    def __init__(self) -> None:
        self._cores = _cores()
        self._wanted_ns = 0

    def busiest_permille(self) -> int:
        """The busiest core's share of time not idle since the first look."""
        now = _cores()
        shares = []
        for name, (busy, total) in now.items():
            was_busy, was_total = self._cores.get(name, _NEVER)
            if total > was_total:
                shares.append(1000 * (busy - was_busy) // (total - was_total))
        return max(shares, default=0)

    def mark(self, pid: int) -> None:
        """Note what a process has used so far."""
        self._wanted_ns = wanted_ns(pid)

    def process_permille(self, pid: int, elapsed_us: int) -> int:
        """The share of a time since `mark` that a process ran, or waited for a processor to run on."""
        used = max(0, wanted_ns(pid) - self._wanted_ns) // 1000
        return min(1000, 1000 * used // elapsed_us) if elapsed_us else 0


def wanted_ns(pid: int) -> int:
    """How long a process's busiest thread has run or waited to; zero where it is gone."""
    most = 0
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        try:
            ran, waited, _ = task.read_text().split()
        except (OSError, ValueError):
            continue
        most = max(most, int(ran) + int(waited))
    return most


def _cores() -> dict[str, tuple[int, int]]:
    found = {}
    for line in Path("/proc/stat").read_text().splitlines():
        name, *numbers = line.split()
        if name.startswith("cpu") and name != "cpu":
            ticks = [int(number) for number in numbers[:8]]
            found[name] = (sum(ticks) - ticks[3] - ticks[4], sum(ticks))
    return found
