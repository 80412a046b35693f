"""A kit that is sent to a station at work comes into force behind the test that runs, and the next record names it."""

import hashlib
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agent import enrolment, mqtt_link, record_form, seal
from agent.acceptor.dispatch import Letter, post
from agent.demo_files import write_demo_files
from agent.disk import Disk
from agent.keys import PrivateKey, new_private
from agent.kit import package
from agent.kit.arrival import messages
from agent.kit.courier import TOPIC
from agent.kit.package import Kit
from agent.kit.waiting import Waiting
from agent.record import AcceptanceRecord
from agent.survey import read_entry, survey
from drivers.capture import load_capture
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.servers import Server, serve
from tests.agent.broker import Broker, mosquitto
from tests.agent.delivering import somebody
from tests.agent.kit.making import AT, FAMILY, with_title

ROOT = Path(__file__).parents[1]
EXAMPLE = json.loads((ROOT / "agent" / "examples" / "install.json").read_text())
VOICE = EXAMPLE | {"services": [{"type": "voice"}], "reflectors": []}
PATIENCE_S = 120.0


class Daemon:
    """`prooflight serve`, and what it says, line by line."""

    def __init__(self, config: Path) -> None:
        command = [sys.executable, "-m", "agent.cli", "serve", "--config", str(config)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
        self.said: list[str] = []
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line.rstrip())
        self._lines.put("")

    def wait(self, words: str) -> None:
        """Return once it has said so."""
        while not self.said or words not in self.said[-1]:
            line = self._lines.get(timeout=PATIENCE_S)
            assert line, f"the station ended: {self.said}"
            self.said.append(line)

    def end(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)


class House:
    """A station with an ONT, a broker, and a key for kits."""

    def __init__(self, folder: Path, broker: Broker, ont: Server) -> None:
        self.folder = folder
        self._broker = broker
        place = {"station": "s1", "tenant": "north", "interface": "lo", "namespace": ""}
        write_demo_files(folder, broker_port=broker.port, **place)
        self.config = folder / "station.toml"
        lines = self.config.read_text().splitlines()
        at = next(n for n, line in enumerate(lines) if line.startswith("[ont]"))
        lines[at + 1] = f'address = "{ont.host}"\nport = {ont.port}'
        self.config.write_text("\n".join(lines) + "\n")
        self._key: PrivateKey = new_private(folder / "keys" / "criteria.key")
        request = enrolment.request(self._key)
        enrolment.enrol(folder / "trust.json", request, role="criteria", name="standards")

    def kit(self, version: int) -> Kit:
        named: dict[str, Any] = {"name": "north", "software": "0.1.0", "made_at": AT, "key": self._key}
        return package.make(with_title(f"of kit {version}"), version=version, **named)

    def send(self, made: Kit) -> None:
        letters = [Letter(station="s1", topic=TOPIC, payload=payload) for payload in messages(made)]
        post(self._broker.settings, letters, who="kits", expiry_s=600)

    def connected(self) -> None:
        """Return once the station listens to the broker, and has said in its birth which kit is in force."""
        with somebody(self._broker, "centre") as person:
            person.link.subscribe("prooflight/v1/north/s1/state")
            state: dict[str, Any] = {}
            while state.get("kit") != "north 1":
                told = person.expect(mqtt_link.Received)
                person.link.acknowledge(told)
                state = json.loads(told.payload)

    def order(self, number: int) -> None:
        inbox = self.folder / "state" / "inbox"
        Disk().replace(inbox / f"{number}.json", json.dumps(VOICE | {"id": f"WO-{number}"}).encode())

    def records(self) -> list[AcceptanceRecord]:
        journal = self.folder / "state" / "journal"
        tokens = [read_entry(journal, each) for each in survey(journal).entries if each.kind == "record"]
        return [record_form.parse(seal.read(token, typ=seal.RECORD).payload) for token in tokens]

    def status(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "agent.cli", "status", "--json", "--config", str(self.config)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, timeout=PATIENCE_S)
        return dict(json.loads(done.stdout))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    ont = VirtualOnt(capture=load_capture(FAMILY, "lit"))
    with mosquitto(tmp_path) as broker, serve(ont, "telnet") as server:
        (tmp_path / "house").mkdir()
        yield House(tmp_path / "house", broker, server)


@contextmanager
def serving(config: Path) -> Iterator[Daemon]:
    daemon = Daemon(config)
    try:
        daemon.wait("serving: put work orders into")
        yield daemon
    finally:
        daemon.end()


def test_a_kit_waits_for_the_end_of_a_test_and_each_record_names_the_one_that_it_was_made_by(house: House) -> None:
    first, second = house.kit(1), house.kit(2)
    waiting = Waiting(house.folder / "state" / "kits")
    waiting.put_kit(first.write(), first.digest)
    with serving(house.config) as daemon:
        daemon.wait("kit: north 1 is in force")
        house.connected()
        house.order(1)
        daemon.wait("WO-1: testing")
        house.send(second)
        daemon.wait("WO-1: inconclusive")
        assert not [line for line in daemon.said if "north 2 is tried" in line], "not even a trial beside a test"
        daemon.wait("kit: north 2 is in force")
        house.order(2)
        daemon.wait("WO-2: inconclusive")
        assert house.status()["kit"]["in_force"]["version"] == 2
    opened, closed, again, last = house.records()
    for record, made in ((opened, first), (closed, first), (again, second), (last, second)):
        environment = record.environment
        assert (environment["kit"], environment["kit_version"]) == (made.digest, made.manifest.version)
    for record, made in ((closed, first), (last, second)):
        assert record.result is not None and record.result.profile is not None
        raw = made.files[f"profiles/{FAMILY}/profile.toml"]
        assert record.result.profile.digest == hashlib.sha256(raw).hexdigest()
    assert not list(waiting.folder.iterdir())
