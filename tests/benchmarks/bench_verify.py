"""What it costs to verify a bundle, and what a station weighs that only waits; against a bare Python."""

import json
import statistics
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

VECTORS = Path(__file__).parents[1] / "vectors"
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


INSIDE = """
import json, sys, time
from datetime import datetime, UTC
from pathlib import Path
what, name, trust_file, folder = sys.argv[1:]
raw = Path(name).read_bytes()
made = json.loads(raw)
if what == "bare":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from base64 import urlsafe_b64decode
    decode = lambda text: urlsafe_b64decode(text + "=" * (-len(text) % 4))
    keys = {key["kid"]: decode(key["x"]) for key in json.loads(Path(trust_file).read_bytes())["keys"]}
    tokens = [made["order"]["signed"], made["acceptance"]]
    tokens += [t for a in made["attempts"] for t in (a["open"], a["close"], *a["receipts"], *a["visits"])]
    tokens = [token for token in tokens if token]
    tokens += [v for t in tokens if (v := json.loads(decode(t.split(".")[1])).get("verdict"))]
    def once():
        for token in tokens:
            signed, _, signature = token.rpartition(".")
            key = keys[json.loads(decode(token.split(".")[0]))["kid"]]
            Ed25519PublicKey.from_public_bytes(key).verify(decode(signature), signed.encode())
else:
    from agent import bundle
    from agent.criteria_shelf import Shelf
    from agent.trust import load_trust
    from agent.verification import verify
    trust = load_trust(Path(trust_file))
    shelf = Shelf(folder=Path(folder), trust=lambda: trust)
    def once():
        assert verify(bundle.parse(raw), trust, shelf.load, datetime(2026, 11, 22, 13, tzinfo=UTC)).valid
once()
times = []
for _ in range(30):
    begin = time.process_time()
    once()
    times.append(time.process_time() - begin)
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([sorted(times)[15], peak]))
"""


def main() -> None:
    """Print `prooflight verify` as a multiple of bare signature checks, of `python -c pass`, and memory likewise."""
    _against_bare_signatures()
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


def _against_bare_signatures(rounds: int = 5) -> None:
    """The same tokens: their signatures alone, and all that `verify` asks; in turns, processor time and peak memory."""
    for name in ("sound", "three-attempts"):
        files = [str(VECTORS / part) for part in (f"bundles/{name}.json", "trust.jwks", "criteria")]
        found: dict[str, list[tuple[float, int]]] = {"bare": [], "verify": []}
        for _ in range(rounds):
            for what, seen in found.items():
                done = subprocess.run(
                    [sys.executable, "-c", INSIDE, what, *files], capture_output=True, text=True, check=True
                )
                seen.append(tuple(json.loads(done.stdout)))
        (bare_s, bare_kib), (verify_s, verify_kib) = (
            (statistics.median(s for s, _ in seen), statistics.median(kib for _, kib in seen))
            for seen in found.values()
        )
        told = f"bundle {name!r}: verify {verify_s * 1000:.1f} ms, {verify_s / bare_s:.1f} x of its bare signatures"
        print(f"{told}; peak {verify_kib / 1024:.0f} MiB, {verify_kib / bare_kib:.2f} x")


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
