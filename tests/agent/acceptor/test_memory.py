"""An acceptor without memory: one plain line or an abort of a library, and no record that is lost or entered twice."""

import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.chain import Chain
from agent.clock import StationClock
from agent.journal import Journal
from tests.agent.acceptor.conftest import desk, visit
from tests.agent.broker import Broker, mosquitto
from tests.agent.conftest import Ring
from tests.agent.delivering import delivery, running
from tests.chaos.cast import ROOT

MEBIBYTE = 1 << 20
ORDERS = 20
SQUEEZE_S, PATIENCE_S = 10.0, 180.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path) as running:
        yield running


def serve(folder: Path, ring: Ring, broker: Broker, limit: int = 0) -> "subprocess.Popen[str]":
    """The acceptor's process, with so many bytes of address space."""
    config = folder / "acceptor.toml"
    config.write_text(
        f'[acceptor]\nname = "desk"\nkey = "{ring.folder}/acceptor.jwk"\ntrust = "{ring.trust_file}"\n'
        f'database = "ledger"\nclose_unanchored = true\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\ntenant = "north"\n'
    )
    limited = ["prlimit", f"--as={limit}", "--"] if limit else []
    command = [*limited, sys.executable, "-m", "agent.cli", "acceptor", "serve", "--config", str(config)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


# Not near 48: where memory ends while the library of signatures is being loaded, that aborts the process by itself.
@pytest.mark.parametrize("mebibytes", [36, 42])
def test_an_acceptor_that_has_too_little_memory_to_begin_says_so_in_one_line(
    tmp_path: Path, ring: Ring, broker: Broker, mebibytes: int
) -> None:
    told, complaint = serve(tmp_path, ring, broker, mebibytes * MEBIBYTE).communicate(timeout=PATIENCE_S)
    assert complaint == "prooflight acceptor: out of memory; give it more (see MemoryMax, ulimit -v)\n", told


@pytest.mark.parametrize("kibibytes", [64, 256])
def test_an_acceptor_that_runs_out_of_memory_at_work_loses_nothing_and_doubles_nothing(
    tmp_path: Path, ring: Ring, broker: Broker, kibibytes: int
) -> None:
    with Journal(tmp_path / "journal") as journal:
        station = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        for number in range(ORDERS):
            visit(station, number)
        with running(delivery(station, broker, ring, lambda words: None).run):
            squeezed(serve(tmp_path, ring, broker), kibibytes, station)
            again = serve(tmp_path, ring, broker)
            finished(again, station, PATIENCE_S)
            again.send_signal(signal.SIGTERM)
            assert (again.communicate(timeout=PATIENCE_S)[1], again.returncode) == ("", 0)
        links = [(link.seq, link.digest) for link in station.links]
    office = desk(tmp_path / "ledger", ring)
    rows = office.ledger.connection.execute("SELECT seq, digest FROM records ORDER BY seq").fetchall()
    assert [tuple(row) for row in rows] == links
    assert set(office.tickets().values()) == {"closed"}


def squeezed(serving: "subprocess.Popen[str]", kibibytes: int, station: Chain) -> None:
    """Let it have so much more memory and no more, until it ends or has no work left; how it ended is asserted."""
    assert serving.stdout is not None
    while "listening" not in (line := serving.stdout.readline()):
        assert line, "the acceptor ended"
    status = Path(f"/proc/{serving.pid}/status").read_text().splitlines()
    size = 1024 * next(int(line.split()[1]) for line in status if line.startswith("VmSize"))
    resource.prlimit(serving.pid, resource.RLIMIT_AS, (size + 1024 * kibibytes,) * 2)
    finished(serving, station, SQUEEZE_S)
    serving.kill()
    complaint = serving.communicate()[1]
    # The library under our signatures aborts where it gets no memory; our own code says so and ends.
    assert serving.returncode in (-signal.SIGKILL, -signal.SIGABRT, 69), complaint
    if serving.returncode == 69:
        last = complaint.splitlines()[-1]
        assert last.startswith("prooflight acceptor: ") and "out of memory" in last


def finished(serving: "subprocess.Popen[str]", station: Chain, patience_s: float) -> None:
    """Wait until it has ended or all is acknowledged; one that hangs for want of memory is waited for no longer."""
    end = time.monotonic() + patience_s
    while serving.poll() is None and station.pending() and time.monotonic() < end:
        time.sleep(0.02)
