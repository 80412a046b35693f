"""What it costs to verify a bundle, and what a station weighs that only waits; against a bare Python."""

import subprocess
import sys
import tempfile
from pathlib import Path

from agent import bundle
from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from agent.keys import new_private
from diagnostics import strict_json
from tests.agent import samples
from tests.benchmarks.measure import median_wall_s, ratios, resident_kib

IDLE = """
import sys, threading
from pathlib import Path
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_broker import MqttSettings
from agent.delivery import Delivery
from agent.journal import Journal
from agent.keys import load_private
from agent.trust import load_trust
folder = Path(sys.argv[1])
settings = MqttSettings(host="127.0.0.1", port=1, tenant="north")
with Journal(folder / "journal") as journal:
    chain = Chain(journal, key=load_private(folder / "station.jwk"), station="station-1", clock=StationClock())
    delivery = Delivery(chain, load_trust(folder / "trust.jwks"), settings, births=folder / "births")
    delivery.deliver(1.5)
    print("idle", flush=True)
    input()
"""


def main() -> None:
    """Print `prooflight verify` as a multiple of `python -c pass`, and resident memory as one of `input()`."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder)
        words = ["-m", "agent.cli", "verify", str(folder / "bundle.json"), "--trust", str(folder / "trust.jwks")]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "import joserfc.jws": [sys.executable, "-c", "import joserfc.jws"],
            "prooflight verify": [sys.executable, *words],
        }
        ratios(median_wall_s(commands), "python -c pass")
        bare = _resident([sys.executable, "-c", "print('idle', flush=True); input()"])
        idle = _resident([sys.executable, "-c", IDLE, str(folder)])
        told = f"{'idle: journal, chain, delivery':<40} {idle:8} KiB"
        print(f"{told}   {idle / bare:5.2f} x of 'input()' with {bare} KiB")


def _prepare(folder: Path) -> None:
    """A station that measured two lines, its trust file and a bundle."""
    folder.chmod(0o700)
    key = new_private(folder / "station.jwk")
    entry = {**key.public(), "kid": key.kid, "alg": "Ed25519", "role": "station", "name": "station-1"}
    (folder / "trust.jwks").write_bytes(strict_json.write({"keys": [entry]}))
    with Journal(folder / "journal") as journal:
        chain = Chain(journal, key=key, station="station-1", clock=StationClock())
        for _ in range(2):
            attempt = chain.open(samples.order(), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
            chain.finish(attempt, samples.result(), {})
        bundle.save(folder / "bundle.json", bundle.collect(chain, "WO-1"))


def _resident(command: list[str]) -> int:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline().startswith("idle")
    kib = resident_kib(process.pid)
    process.communicate("\n")
    return kib


if __name__ == "__main__":
    main()
