"""From close record to closed work order at idle: broker round trips, syncs, and the time it took; all of it counted.

`python -m tests.benchmarks closing`. Station, acceptor and PostgreSQL run under strace, the broker's log tells the
packets. A round trip is one PUBLISH with its PUBACK.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.config_ledger import LedgerPlace, PostgresSettings
from tests import postgres
from tests.agent.acceptor.conftest import database_in_toml
from tests.agent.broker import mosquitto
from tests.agent.conftest import Ring
from tests.benchmarks.arrivals import ring

ON_REQUEST = True
ROUNDS = 5
GOAL = "goal: at most 3 round trips and 2 syncs"
STATION = """
import sys, threading
from pathlib import Path
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_broker import MqttSettings
from agent.delivery import Delivery
from agent.journal import Journal
from agent.keys import load_private
from agent.trust import load_trust
from tests.agent import samples
folder, port = Path(sys.argv[1]), int(sys.argv[2])
settings = MqttSettings(host="127.0.0.1", port=port, tenant="north")
with Journal(folder / "journal") as journal:
    chain = Chain(journal, key=load_private(folder / "station.jwk"), station="station-1", clock=StationClock())
    idle, stop = threading.Event(), threading.Event()
    def say(words):
        pass
    delivery = Delivery(chain, load_trust(folder / "trust.jwks"), settings, births=folder / "births", say=say)
    threading.Thread(target=delivery.run, args=(stop,), daemon=True).start()
    attempt = None
    for number, line in enumerate(sys.stdin):
        if line == "open\\n":
            order, about = samples.order(number), {"ordered": samples.ORDERED, "criteria": samples.CRITERIA}
            attempt = chain.open(order, environment={}, **about)
        else:
            chain.finish(attempt, samples.result(), {})
        delivery.wake()
        while chain.pending():
            stop.wait(0.01)
        print("receipted", flush=True)
"""


@dataclass(frozen=True, kw_only=True)
class Process:
    """A process under strace, talked to by its standard streams; `trace` is where its syncs stand."""

    handle: "subprocess.Popen[str]"
    trace: Path

    def tell(self, word: str) -> None:
        assert self.handle.stdin is not None
        self.handle.stdin.write(f"{word}\n")
        self.handle.stdin.flush()

    def hear(self, part: str) -> str:
        assert self.handle.stdout is not None
        for line in self.handle.stdout:
            if part in line:
                return line
        raise AssertionError(f"it ended without saying {part!r}")


def main() -> None:
    """Print the counts for both engines."""
    with tempfile.TemporaryDirectory() as name, postgres.cluster(durable=True) as cluster:
        for engine in ("SQLite", "PostgreSQL"):
            folder = Path(name) / engine
            folder.mkdir()
            if engine == "SQLite":
                _engine(engine, folder / "ledger", folder, [])
                continue
            settings, trace = PostgresSettings(dsn=cluster.database()), folder / "server.trace"
            with _strace(["-p", str(cluster.pid)], trace) as handle:
                assert handle.stderr is not None
                assert "attached" in handle.stderr.readline()
                _engine(engine, settings, folder, [trace])


def _engine(engine: str, place: LedgerPlace, folder: Path, traces: list[Path]) -> None:
    keys, log = ring(folder), folder / "broker.log"
    with ExitStack() as stack:
        broker = stack.enter_context(mosquitto(folder, f"log_dest file {log}"))
        acceptor = stack.enter_context(_acceptor(folder, broker.port, place, keys))
        acceptor.hear("listening")
        words = [sys.executable, "-c", STATION, str(folder), str(broker.port)]
        station = stack.enter_context(_traced(words, folder / "station.trace"))
        for number in range(ROUNDS + 1):
            station.tell("open")
            station.hear("receipted")
            acceptor.hear(" B: recorded")
            time.sleep(0.5)  # idle, and what the last round still had to do is done
            packets = len(log.read_text().splitlines())
            begin = time.time()
            station.tell("finish")
            acceptor.hear("closed: ")
            closed = time.time()
            station.hear("receipted")
            if number:  # the first round makes files and statements ready
                flows = [line for line in log.read_text().splitlines()[packets:] if " PUBLISH " in line]
                counts = [_within(trace, begin, closed) for trace in (station.trace, acceptor.trace, *traces)]
                _tell(engine, flows, counts, closed - begin)


def _within(trace: Path, begin: float, end: float) -> int:
    """How many syncs began in a span of time."""
    times = re.findall(r"(\d+\.\d+) f(?:data)?sync\(", trace.read_text())
    return sum(begin <= float(at) <= end for at in times)


def _tell(engine: str, flows: list[str], counts: list[int], taken_s: float) -> None:
    answered = next(place for place, line in enumerate(flows) if "PUBLISH from prooflight-north-acceptor" in line)
    whose = ", ".join(f"{who} {count}" for who, count in zip(("station", "acceptor", "server"), counts, strict=False))
    print(
        f"{engine}: closed after {answered} round trips ({len(flows)} until the station has its acceptance)"
        f" and {sum(counts)} syncs ({whose}), {taken_s * 1000:.0f} ms under strace; {GOAL}"
    )


@contextmanager
def _acceptor(folder: Path, port: int, place: LedgerPlace, keys: Ring) -> Iterator[Process]:
    config = folder / "acceptor.toml"
    config.write_text(
        f'[acceptor]\nname = "desk"\nkey = "{folder}/acceptor.jwk"\ntrust = "{keys.trust_file}"\n'
        f"close_unanchored = true\n{database_in_toml(place)}"
        f'[mqtt]\nhost = "127.0.0.1"\nport = {port}\ntenant = "north"\n'
    )
    words = [sys.executable, "-m", "agent.cli", "acceptor", "serve", "--config", str(config)]
    with _traced(words, folder / "acceptor.trace") as process:
        yield process


@contextmanager
def _traced(words: list[str], trace: Path) -> Iterator[Process]:
    with _strace(words, trace) as handle:
        yield Process(handle=handle, trace=trace)


@contextmanager
def _strace(words: list[str], trace: Path) -> "Iterator[subprocess.Popen[str]]":
    command = ["strace", "-f", "-ttt", "-e", "trace=fsync,fdatasync", "-o", str(trace), *words]
    pipe = subprocess.PIPE
    handle = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, start_new_session=True)
    try:
        yield handle
    finally:
        os.killpg(handle.pid, signal.SIGKILL)  # the end of strace alone would leave its child running
        handle.communicate(timeout=60)
