"""What the idle station holds in memory, against a bare Python that waits for a line."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from agent.demo_files import write_demo_files
from tests.benchmarks.measure import resident_kib


def main() -> None:
    """Print resident memory of `prooflight serve` (no web, broker unreachable) over that of a bare Python."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_demo_files(folder, station="s", tenant="t", broker_port=9, interface="lo", namespace="")
        command = [sys.executable, "-m", "agent.cli", "serve", "--config", str(folder / "station.toml")]
        served = subprocess.Popen(command, stdout=subprocess.PIPE)
        bare = subprocess.Popen([sys.executable, "-c", "print(1, flush=True); input()"], stdin=-1, stdout=-1)
        try:
            assert served.stdout is not None and bare.stdout is not None
            while b"wait in the journal" not in served.stdout.readline():
                pass
            bare.stdout.readline()
            mine, theirs = resident_kib(served.pid), resident_kib(bare.pid)
            print(f"serve {mine / 1024:.1f} MiB, bare python {theirs / 1024:.1f} MiB: {mine / theirs:.2f} x")
        finally:
            for process in (served, bare):
                os.kill(process.pid, 15)
                process.communicate()


if __name__ == "__main__":
    main()
