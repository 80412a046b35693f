"""kill -9 at fifty points of the path, of station and acceptor alike: nothing is lost, doubled or unaccounted for."""

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.chain import Chain
from agent.clock import StationClock
from agent.demo_files import write_demo_files
from agent.journal import Journal
from agent.keys import load_private
from tests.agent.broker import Broker, mosquitto

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "agent" / "examples" / "install.json"
POINTS = 50
ACCEPTOR_DIES_EVERY = 7


class Office:
    """An acceptor that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._config = folder / "acceptor.toml"
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "agent.cli", "acceptor", "serve", "--config", str(self._config)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
        assert self._process.stdout is not None
        while "listening" not in (line := self._process.stdout.readline()):
            assert line, "the acceptor ended"

    def kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.communicate()

    def shown(self, order: str) -> dict[str, object]:
        command = [sys.executable, "-m", "agent.cli", "acceptor", "show", order, "--json", "--config", self._config]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        return dict(json.loads(done.stdout))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path) as made:
        yield made


@pytest.fixture
def office(tmp_path: Path, broker: Broker) -> Iterator[Office]:
    folder = tmp_path / "house"
    folder.mkdir()
    write_demo_files(folder, station="s1", tenant="t", broker_port=broker.port, interface="lan0", namespace="")
    config = folder / "acceptor.toml"
    config.write_text(config.read_text().replace("[mqtt]", "close_unanchored = true\n[mqtt]"))
    made = Office(folder)
    made.start()
    yield made
    made.kill()


def walk(folder: Path, number: int, kill_at: int) -> subprocess.CompletedProcess[str]:
    order = folder / f"{number}.json"
    order.write_text(EXAMPLE.read_text().replace("WO-2026-000117", f"WO-{number}"))
    command = [
        sys.executable,
        "-m",
        "tests.agent.killed_station",
        str(folder / "station.toml"),
        str(order),
        str(kill_at),
    ]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)


def test_fifty_kills_lose_nothing_and_double_nothing(tmp_path: Path, office: Office) -> None:
    folder = tmp_path / "house"
    calls = int(walk(folder, 0, 0).stdout.split()[0])
    killed = 0
    for number in range(1, POINTS + 1):
        if number % ACCEPTOR_DIES_EVERY == 0:
            office.kill()
            office.start()
        done = walk(folder, number, calls * number // (POINTS + 1))
        killed += done.returncode == -signal.SIGKILL
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
    last = walk(folder, POINTS + 1, 0)
    assert last.stdout.split()[1] == "0", f"not everything was acknowledged: {last.stdout} {last.stderr}"
    assert killed >= POINTS * 0.9

    with Journal(folder / "state" / "journal") as journal:
        assert not journal.damages
        chain = Chain(journal, key=load_private(folder / "keys" / "station.key"), station="s1", clock=StationClock())
        links = chain.links
    assert [link.seq for link in links] == list(range(1, len(links) + 1))
    opened = [link for link in links if link.tx == "B"]
    ends = Counter(link.open for link in links if link.tx != "B")
    assert ends == Counter(link.digest for link in opened), "each attempt that was opened has one end"
    assert {link.tx for link in links} == {"B", "E", "P"}

    for order in {link.order.id for link in opened if link.order}:
        mine = [link for link in links if link.order and link.order.id == order]
        shown = office.shown(order)
        rows = Counter((row["epoch"], row["seq"]) for row in shown["records"])  # type: ignore[attr-defined,index]
        assert rows == Counter((link.epoch, link.seq) for link in mine), "each record stands in the ledger once"
        finished = any(link.tx == "E" for link in mine)
        assert (shown["state"] == "closed") == finished
        closings = [row for row in shown["records"] if row["decision"] == "closed"]  # type: ignore[attr-defined,index]
        assert len(closings) == (1 if finished else 0)


def test_the_axe_falls_where_it_is_told(tmp_path: Path, office: Office) -> None:
    done = walk(tmp_path / "house", 1, 1)
    assert done.returncode == -signal.SIGKILL
