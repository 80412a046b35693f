"""Takes links of this namespace down and up again once the first LAN port has carried so many octets; then waits.

It is a loose plug, or an ONT that restarts, in the middle of a test: what is under way is lost.
"""

import subprocess
import sys
import threading

from diagnostics.host import counters

_PORT = "lan1"
_LOOK_S = 0.05


def main() -> int:
    """Watch and flap as the arguments say: interfaces, octets, how often, how long."""
    interfaces, after_bytes = sys.argv[1].split(","), int(sys.argv[2])
    times, down_s = int(sys.argv[3]), float(sys.argv[4])
    never = threading.Event()
    print("watching", flush=True)
    while _carried() < after_bytes:
        never.wait(_LOOK_S)
    for _ in range(times):
        _set(interfaces, "down")
        never.wait(down_s)
        _set(interfaces, "up")
        never.wait(down_s)
    never.wait()
    return 0


def _carried() -> int:
    counted = counters(_PORT)
    return counted["rx_bytes"] + counted["tx_bytes"]


def _set(interfaces: list[str], state: str) -> None:
    for interface in interfaces:
        subprocess.run(["ip", "link", "set", interface, state], check=False)


if __name__ == "__main__":
    sys.exit(main())
