"""What the lab itself carries: the delay relay's limits beside the same line without it; the time to build one."""

import json
import statistics
import time

from drivers.virtual.line import REFLECTOR_ADDRESS, VirtualLine

_UNSHAPED_MBIT = 10_000.0
_TRAFFIC_S = 3


def main() -> None:
    """Print what an unshaped line carries without and with the relay, and how long a line takes to build."""
    near, far = (_carried(delay_ms) for delay_ms in (0.0, 2.0))
    for name, unit in (("TCP payload", "Mbit/s"), ("small UDP packets", "thousand/s")):
        ratio = far[name] / near[name]
        print(f"{name}: {near[name]:.0f} {unit}; with the delay relay: {far[name]:.0f} {unit}, {ratio:.2f} x of it")
    built = []
    for _ in range(5):
        begin = time.perf_counter()
        with VirtualLine():
            built.append(time.perf_counter() - begin)
    print(f"building a line: {statistics.median(built) * 1000:.0f} ms")


def _carried(delay_ms: float) -> dict[str, float]:
    with VirtualLine(down_mbit=_UNSHAPED_MBIT, up_mbit=_UNSHAPED_MBIT, delay_ms=delay_ms) as line:
        streams = _iperf3(line, 5201, "-P", "4", "-C", "cubic")["sum_received"]
        packets = _iperf3(line, 5202, "-u", "-b", "0", "-l", "172")["sum"]
    arrived = packets["packets"] - packets["lost_packets"]
    return {
        "TCP payload": streams["bits_per_second"] / 1e6,
        "small UDP packets": arrived / packets["seconds"] / 1e3,
    }


def _iperf3(line: VirtualLine, port: int, *words: str) -> dict[str, dict[str, float]]:
    line.serve_reflector(port=port)
    command = ["iperf3", "-J", "-c", REFLECTOR_ADDRESS, "-p", str(port), "-t", str(_TRAFFIC_S), *words]
    made: dict[str, dict[str, float]] = json.loads(line.station.run(*command))["end"]
    return made


if __name__ == "__main__":
    main()
