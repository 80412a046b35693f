"""Several acceptors on one database and one shared subscription: the database decides, whoever is killed.

Every record is entered once, every work order closed once, and every station has its acceptances.
"""

import contextlib
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace, PostgresSettings
from agent.delivery import Delivery
from agent.journal import Journal
from agent.keys import PrivateKey, new_private
from agent.trust import load_trust
from diagnostics import strict_json
from tests.agent.acceptor.conftest import database_in_toml, desk, visit
from tests.agent.broker import Broker, mosquitto
from tests.agent.conftest import Ring
from tests.agent.delivering import PACE, Words, running
from tests.postgres import cluster, missing

WAIT_S = 120.0
NAMES = ("desk-a", "desk-b", "desk-c")


class Acceptor:
    """`prooflight acceptor serve`, started, killed and started again."""

    def __init__(
        self, folder: Path, broker: Broker, ring: Ring, trust: Path, place: LedgerPlace, name: str, words: Words
    ) -> None:
        self._config = folder / f"{name}.toml"
        self._config.write_text(
            f'[acceptor]\nname = "{name}"\nkey = "{ring.folder}/acceptor.jwk"\ntrust = "{trust}"\n'
            f"close_unanchored = true\n{database_in_toml(place)}"
            f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\ntenant = "north"\n'
        )
        self._words = words
        self._process: subprocess.Popen[str] | None = None
        self._serves = threading.Event()

    def start(self) -> None:
        command = [sys.executable, "-m", "agent.cli", "acceptor", "serve", "--config", str(self._config)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._serves = threading.Event()
        threading.Thread(target=self._listen, args=(self._process, self._serves), daemon=True).start()

    def _listen(self, process: "subprocess.Popen[str]", serves: threading.Event) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._words(line.rstrip())
            if line.startswith("listening"):
                serves.set()

    def leave(self) -> int:
        """Have it end in order, once it is there to hear of it."""
        assert self._serves.wait(WAIT_S)
        return self.end(signal.SIGTERM)

    def end(self, number: int = signal.SIGKILL) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(WAIT_S)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path) as running_broker:
        yield running_broker


@pytest.fixture
def fleet(tmp_path: Path, ring: Ring) -> Iterator[tuple[list[Chain], Path]]:
    """Four stations, each with a key of its own, and the file in which all keys are pinned."""
    tmp_path.chmod(0o700)
    keys = [new_private(tmp_path / f"box-{number}.jwk") for number in range(4)]
    trust = tmp_path / "trust.jwks"
    trust.write_bytes(strict_json.write({"keys": [*ring.entries, *map(entry, range(4), keys)]}))
    with contextlib.ExitStack() as stack:
        journals = [stack.enter_context(Journal(tmp_path / f"journal-{number}")) for number in range(4)]
        clock = StationClock()
        chains = [
            Chain(journal, key=key, station=f"box-{number}", clock=clock)
            for number, (journal, key) in enumerate(zip(journals, keys, strict=True))
        ]
        yield chains, trust


def entry(number: int, key: PrivateKey) -> dict[str, object]:
    return {**key.public(), "kid": key.kid, "alg": "Ed25519", "role": "station", "name": f"box-{number}"}


def entered(place: LedgerPlace, ring: Ring, chains: list[Chain]) -> None:
    """Each record of each chain stands in the ledger once, nothing else does, and every work order is closed."""
    office = desk(place, ring)
    rows = office.ledger.connection.execute("SELECT station, seq, digest FROM records").fetchall()
    made = [(chain.station, link.seq, link.digest) for chain in chains for link in chain.links]
    assert sorted(map(tuple, rows)) == sorted(made)
    assert [office.count(table) for table in ("waiting", "equivocations", "quarantine")] == [0, 0, 0]
    closed = office.ledger.connection.execute("SELECT closed_by FROM tickets WHERE state = 'closed'").fetchall()
    ends = sorted(link.digest for chain in chains for link in chain.links if link.tx == "E")
    assert sorted(row[0] for row in closed) == ends
    office.ledger.close()


@contextlib.contextmanager
def delivering(chains: list[Chain], broker: Broker, trust: Path, folder: Path) -> Iterator[None]:
    """Every station delivers what it has and what comes; at the end all of it is receipted."""
    pinned = load_trust(trust)
    made = [
        Delivery(chain, pinned, broker.settings, births=folder / f"births-{number}", pace=PACE, say=lambda words: None)
        for number, chain in enumerate(chains)
    ]
    with contextlib.ExitStack() as stack:
        for each in made:
            stack.enter_context(running(each.run))
        yield
    for each in made:
        assert each.deliver(WAIT_S), "not every record is receipted"


def kill_in_turns(chains: list[Chain], made: list[Acceptor], words: Words, dice: random.Random, rounds: range) -> None:
    """Work for all stations, and each time somebody is killed in the middle of it and comes back."""
    for number in rounds:
        for place, chain in enumerate(chains):
            visit(chain, 100 * place + number)
        words.wait("", len(words.said) + dice.randrange(1, 6), wait_s=WAIT_S)
        victim = dice.choice(made)
        victim.end()
        victim.start()


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_three_acceptors_on_one_server_enter_each_record_once_whoever_is_killed(
    tmp_path: Path, broker: Broker, ring: Ring, fleet: tuple[list[Chain], Path]
) -> None:
    chains, trust = fleet
    words, dice = Words(), random.Random(7)
    with cluster() as postgres, contextlib.ExitStack() as stack:
        place = PostgresSettings(dsn=postgres.database())
        made = [Acceptor(tmp_path, broker, ring, trust, place, name, words) for name in NAMES]
        postgres.kill()
        for each in made:
            each.start()
            stack.callback(each.end)
        words.wait("does not serve now", wait_s=WAIT_S)
        postgres.start()
        with delivering(chains, broker, trust, tmp_path):
            kill_in_turns(chains, made, words, dice, range(4))
            for place_number, chain in enumerate(chains):
                visit(chain, 100 * place_number + 50)
            words.wait("", len(words.said) + 2, wait_s=WAIT_S)
            postgres.kill()
            words.wait("messages wait, trying again", wait_s=WAIT_S)
            postgres.start()
            kill_in_turns(chains, made, words, dice, range(10, 12))
        assert [each.leave() for each in made] == [0, 0, 0]
        entered(place, ring, chains)


def test_two_acceptors_on_one_file_enter_each_record_once_whoever_is_killed(
    tmp_path: Path, broker: Broker, ring: Ring, fleet: tuple[list[Chain], Path]
) -> None:
    chains, trust = fleet
    words = Words()
    with contextlib.ExitStack() as stack:
        made = [Acceptor(tmp_path, broker, ring, trust, tmp_path / "ledger", name, words) for name in NAMES[:2]]
        for each in made:
            each.start()
            stack.callback(each.end)
        with delivering(chains, broker, trust, tmp_path):
            kill_in_turns(chains, made, words, random.Random(8), range(4))
        assert [each.leave() for each in made] == [0, 0]
        entered(tmp_path / "ledger", ring, chains)
