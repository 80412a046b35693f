"""The idle station: start to READY, resident memory and processor time, against a bare Python."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agent.demo_files import write_demo_files
from tests.benchmarks.measure import cpu_s, median_wall_s, resident_kib

_IDLE_S = 20


def main() -> None:
    """Print what `prooflight serve` with its page costs, broker unreachable; goals: 60 MB and 1 %."""
    with tempfile.TemporaryDirectory() as name, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        folder = Path(name)
        manager.bind(f"{folder}/notify")
        manager.settimeout(120)
        write_demo_files(folder, station="s", tenant="t", broker_port=9, interface="lo", namespace="")
        config = folder / "station.toml"
        config.write_text(config.read_text() + '\n[web]\nlisten = "127.0.0.1:0"\n')
        bare = median_wall_s({"bare": [sys.executable, "-c", "pass"]}, rounds=5)["bare"]
        command = [sys.executable, "-m", "agent.cli", "serve", "--config", str(config)]
        environ = os.environ | {"NOTIFY_SOCKET": f"{folder}/notify"}
        began = time.perf_counter()
        served = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environ)
        try:
            while b"READY=1" not in manager.recv(4096):
                pass
            ready = time.perf_counter() - began
            print(f"start to READY {ready:.2f} s: {ready / bare:.1f} x a bare python's start and end")
            before = cpu_s(served.pid)
            time.sleep(_IDLE_S)
            used = (cpu_s(served.pid) - before) / _IDLE_S
            print(
                f"idle: {resident_kib(served.pid) / 1024:.1f} MiB resident, {used:.2%} of a processor over {_IDLE_S} s"
            )
        finally:
            served.terminate()
            served.wait()


if __name__ == "__main__":
    main()
