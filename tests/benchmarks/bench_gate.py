"""What the gate costs: the rate through it and beside it, its CPU for each run, and how long an admission takes.

Bare iperf3 and admitted runs take turns on loopback, each filling it, and then each paced to what a gigabit line
carries, which a busy machine still manages; ratios of the same minute only.
"""

import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from agent.keys import new_private
from agent.reflector.gate import Admitted
from tests.agent.conftest import HOLDERS, Ring
from tests.agent.reflector.conftest import House
from tests.peers import iperf3_server

ROUNDS, SECONDS = 5, 4


def main() -> None:
    """Print rate, CPU and admission time of the gate against bare iperf3."""
    with tempfile.TemporaryDirectory() as name:
        keys = Path(name) / "keys"
        made = [new_private(keys / f"{holder}.jwk") for holder in HOLDERS]
        house = House(ring=Ring(*made, folder=keys), folder=Path(name) / "reflector")
        serving = threading.Thread(target=house.face.serve_forever)
        serving.start()
        try:
            _compare(house)
            _compare(house, "-b", "500M")
        finally:
            house.face.shutdown()
            serving.join()
            house.gate.close()
            house.face.server_close()


def _compare(house: House, *pace: str) -> None:
    bare, gated, waits, cpu = [], [], [], []
    for _ in range(ROUNDS):
        with iperf3_server() as port:  # as fresh as the gate's, so that neither has warm memory
            bare.append(_rate(port, *pace))
        order = house.order()
        proof = house.proof(order, average_s=SECONDS)
        begin, used = time.perf_counter(), time.process_time()
        found = house.gate.admit(order.token, proof, "127.0.0.1")
        assert isinstance(found, Admitted)
        waits.append(time.perf_counter() - begin)
        gated.append(_rate(found.port, *pace))
        house.receipt(found.session)
        cpu.append((time.process_time() - used) / SECONDS)
    rate, through = statistics.median(bare), statistics.median(gated)
    others = os.getloadavg()[2]
    print(f"{'paced to 1 Gbit/s' if pace else 'as fast as it goes'}")
    print(f"bare iperf3                 {rate:9.0f} Mbit/s, {os.cpu_count()} cores, load of 15 min {others:.1f}")
    print(f"through the gate            {through:9.0f} Mbit/s   {through / rate:6.3f} x of bare iperf3")
    print(f"gate's own CPU, each run    {statistics.median(cpu) * 100:9.2f} % of one core while it runs")
    print(f"admission to listening      {statistics.median(waits) * 1000:9.1f} ms")


def _rate(port: int, *pace: str) -> float:
    command = ["iperf3", "-c", "127.0.0.1", "-p", str(port), "-t", str(SECONDS), "-P", "2", "-R", "-J", *pace]
    done = subprocess.run(command, capture_output=True, check=True)
    return float(json.loads(done.stdout)["end"]["sum_received"]["bits_per_second"]) / 1e6


if __name__ == "__main__":
    main()
