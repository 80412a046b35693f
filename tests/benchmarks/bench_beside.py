"""What watching costs: the same run bare and watched, in turns, on one virtual line; wall time and processor time."""

import resource
import statistics
import time
from collections.abc import Callable

from diagnostics.check import Check, Context
from diagnostics.checks.beside import watched
from diagnostics.host import HostChild
from diagnostics.instruments import Instruments, Run, SystemClock, Window
from diagnostics.iperf3_client import Iperf3Child
from diagnostics.line import Line, Reflector
from diagnostics.measurement import Failure
from diagnostics.scapy_wire import WireChild
from drivers.terminal import ChildTerminal
from drivers.virtual.line import ONT_ADDRESS, REFLECTOR_ADDRESS, STATION_INTERFACE, VirtualLine
from drivers.virtual.ont import virtual_login

_PAIRS = 3
_WINDOW = Window(discard_s=5, average_s=10, streams=8)


def main() -> None:
    """Print the medians of three pairs at the rate of a gigabit line."""
    with VirtualLine() as line:
        line.serve_reflector()
        context, made = _context(line), []
        bare = Check(name="run", quantities=lambda line: [], run=lambda context: _run(context, made))
        kinds = {"bare": bare, "watched": watched(bare, "down")}
        costs: dict[str, list[tuple[float, float]]] = {name: [] for name in kinds}
        for _ in range(_PAIRS):
            for name, check in kinds.items():
                costs[name].append(_cost(lambda check=check: list(check.run(context)), made))  # type: ignore[misc]
    walls = {name: statistics.median(wall for wall, _ in taken) for name, taken in costs.items()}
    cores = {name: statistics.median(cpu for _, cpu in taken) for name, taken in costs.items()}
    for name in kinds:
        print(f"{name:<8} {walls[name]:6.2f} s wall, {cores[name]:5.2f} s of a core for each Gbit/s")
    print(f"watching adds {walls['watched'] / walls['bare'] - 1:.1%} of wall time")
    print(f"processor time: {cores['watched'] / cores['bare']:.2f} x of a bare run")


def _context(line: VirtualLine) -> Context:
    space = line.station.path
    instruments = Instruments(
        terminal=ChildTerminal(address=ONT_ADDRESS, transport="telnet", login=virtual_login()),
        wire=WireChild(STATION_INTERFACE, space),
        throughput=Iperf3Child(STATION_INTERFACE, space),
        host=HostChild(space),
        clock=SystemClock(),
    )
    plugged = Line(interface=STATION_INTERFACE, namespace=space, reflectors=(Reflector(host=REFLECTOR_ADDRESS),))
    return Context(line=plugged, instruments=instruments, window=_WINDOW)


def _run(context: Context, made: list[Run | Failure]) -> list[object]:
    engine, reflector = context.instruments.throughput, context.line.reflectors[0]
    made.append(engine.run("down", reflector, context.window, lambda mbps: None))
    return []


def _cost(work: Callable[[], object], made: list[Run | Failure]) -> tuple[float, float]:
    """Wall seconds of one run, and seconds of a core (ours and our children's) for each Gbit/s that it carried."""
    before, begin = _cpu_s(), time.perf_counter()
    work()
    wall, cpu = time.perf_counter() - begin, _cpu_s() - before
    run = made[-1]
    assert isinstance(run, Run), run
    return wall, cpu / (run.mbps / 1000)


def _cpu_s() -> float:
    kinds = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in kinds)


if __name__ == "__main__":
    main()
