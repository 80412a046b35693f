"""The gate as a daemon: admits, sends its receipts to a real broker, ends when asked and signs what it broke off."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent import seal
from agent.acceptor.service import Service
from agent.reflector.sender import Sender
from agent.trust import PinnedKeys
from tests.agent import receipts
from tests.agent.acceptor.conftest import desk
from tests.agent.broker import Broker, mosquitto
from tests.agent.conftest import Ring
from tests.agent.delivering import Words, acceptor, running
from tests.agent.reflector.test_gate import asked_at
from tests.peers import free_port

WAIT_S = 60.0


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with mosquitto(tmp_path) as made:
        yield made


def written(folder: Path, ring: Ring, port: int, **changes: object) -> Path:
    """A reflector's configuration on loopback."""
    values = {"name": "reflector-1", "key": str(ring.folder / "reflector.jwk"), "trust": str(ring.trust_file)}
    values |= {"state_dir": str(folder / "state"), "address": "127.0.0.1"}
    lines = [f"{name} = {json.dumps(value)}" for name, value in (values | changes).items()]
    path = folder / "reflector.toml"
    path.write_text("\n".join(["[reflector]", *lines, f"port = {port}", f"first_port = {free_port()}"]) + "\n")
    return path


def command(path: Path) -> list[str]:
    return [sys.executable, "-m", "agent.cli", "reflector", "serve", "--config", str(path)]


def test_the_daemon_answers_and_ends_when_it_is_asked(tmp_path: Path, ring: Ring) -> None:
    port = free_port()
    serving = subprocess.Popen(command(written(tmp_path, ring, port)), stdout=subprocess.PIPE, text=True)
    try:
        assert serving.stdout is not None
        said = serving.stdout.readline()
        assert said.startswith(f"listening on 127.0.0.1:{port}; foreign sources are kept out by "), said
        status, made = asked_at(port, "POST", "/v1/nonce")
        assert (status, len(made["nonce"])) == (200, 43)
        second = subprocess.run(
            command(written(tmp_path, ring, port)), capture_output=True, text=True, check=False, timeout=WAIT_S
        )
        assert (second.returncode, second.stderr.count("\n")) == (69, 1), second.stderr
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(WAIT_S) == 0
    finally:
        serving.kill()
        serving.communicate()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"capacity": 0}, "[reflector] capacity: must be a whole number"),
        ({"gate": 1}, "[reflector] gate: is not known here"),
        ({"name": "a/b"}, "[reflector] name"),
    ],
)
def test_a_wrong_configuration_is_one_line(tmp_path: Path, ring: Ring, changes: dict[str, object], told: str) -> None:
    path = written(tmp_path, ring, 5200, **changes)
    done = subprocess.run(command(path), capture_output=True, text=True, check=False, timeout=WAIT_S)
    assert (done.returncode, done.stderr.count("\n")) == (78, 1)
    assert told in done.stderr


@contextlib.contextmanager
def sending(broker: Broker, folder: Path) -> Iterator[Sender]:
    sender = Sender(broker.settings, name="reflector-1", folder=folder, say=lambda words: None)
    with running(sender.run):
        yield sender


def test_each_receipt_reaches_the_acceptor_once_and_then_waits_no_more(
    tmp_path: Path, broker: Broker, ring: Ring
) -> None:
    pending = tmp_path / "pending"
    pending.mkdir()
    tokens = [receipts.sealed(receipts.made(run=number), ring.reflector) for number in (1, 2)]
    forged = receipts.sealed(receipts.made(run=3), ring.station)
    words, ready = Words(), threading.Event()

    def acceptor(stop: threading.Event) -> None:
        office = desk(tmp_path / "ledger", ring)
        ready.set()
        Service(office.ledger, PinnedKeys(ring.trust_file, words), broker.settings, name="desk", say=words).run(stop)
        office.ledger.close()

    with running(acceptor):
        words.wait("listening")
        with sending(broker, pending) as sender:
            for number, token in enumerate([*tokens, forged]):
                (pending / "whole").write_text(token)
                (pending / "whole").rename(pending / f"{number}.jws")
                sender.wake()
            words.wait("receipt of reflector-1: run 1 of order aaaaaaaaaaaa for station-1, completed")
            words.wait("run 2 of order")
            words.wait("not believed: key station-1 is pinned as station")
            words.wait("not believed")
    office = desk(tmp_path / "ledger", ring)
    held = {row[0] for row in office.ledger.connection.execute("SELECT digest FROM receipts")}
    assert held == {seal.digest_of(token) for token in tokens}
    office.ledger.close()


def test_a_receipt_waits_while_nobody_listens(tmp_path: Path, broker: Broker, ring: Ring) -> None:
    pending = tmp_path / "pending"
    pending.mkdir()
    (pending / "1.jws").write_text(receipts.sealed(receipts.made(), ring.reflector))
    words = Words()
    sender = Sender(broker.settings, name="reflector-1", folder=pending, say=words)
    with running(sender.run):
        words.wait("nobody subscribes there")
    assert [path.name for path in pending.iterdir()] == ["1.jws"]


def test_a_receipt_that_a_killed_broker_forgot_goes_out_again(tmp_path: Path, broker: Broker, ring: Ring) -> None:
    pending = tmp_path / "pending"
    pending.mkdir()
    with acceptor(tmp_path, broker, ring):
        pass  # its session stays, so the broker takes messages for it
    (pending / "1.jws").write_text(receipts.sealed(receipts.made(), ring.reflector))
    handed = tmp_path / "handed" / "1.jws"
    words = Words()
    sender = Sender(broker.settings, name="reflector-1", folder=pending, say=words)
    with running(sender.run):
        wait_until(handed.exists)
        broker.kill()
        words.wait("receipts wait")
    broker.start()
    with acceptor(tmp_path, broker, ring) as heard:
        with running(Sender(broker.settings, name="reflector-1", folder=pending, say=words).run):
            heard.wait("receipt of reflector-1")
        wait_until(handed.exists)


def wait_until(true: Callable[[], bool]) -> None:
    """For what is seen in a folder only."""
    end = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)
