"""Delivery over a real broker: whatever broker and acceptor do, each record reaches the ledger exactly once."""

import json
import random
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from agent import mqtt_link, seal
from agent.chain import Chain
from agent.delivery import Delivery
from agent.presence import next_birth
from agent.toml_table import ConfigError
from tests.agent.acceptor.conftest import desk, visit
from tests.agent.broker import Broker, mosquitto
from tests.agent.conftest import Ring
from tests.agent.delivering import WAIT_S, Person, Words, acceptor, delivery, expected, rows, running


def test_every_record_reaches_the_ledger_and_its_acceptance_the_journal(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    for number in range(1, 12):
        visit(station, number)
    with acceptor(tmp_path, broker, ring):
        assert delivery(station, broker, ring).deliver(WAIT_S)
    assert rows(tmp_path, ring) == expected(station)
    last = station.receipt(station.links[-1])
    assert last is not None
    opened = seal.open_sealed(last, typ=seal.ACCEPTANCE, trust=ring.trust)
    assert (opened.content["decision"], opened.content["record"]) == ("closed", station.links[-1].digest)
    assert set(desk(tmp_path / "ledger", ring).tickets().values()) == {"closed"}


def test_a_running_delivery_takes_what_is_recorded_meanwhile(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    words = Words()
    running_delivery = delivery(station, broker, ring, words)
    with acceptor(tmp_path, broker, ring) as heard, running(running_delivery.run):
        visit(station, 1)
        heard.wait("1/2 E")
        visit(station, 2)
        heard.wait("1/4 E")
    assert rows(tmp_path, ring) == expected(station)


def test_nothing_is_lost_while_there_is_no_broker(tmp_path: Path, ring: Ring, station: Chain) -> None:
    with mosquitto(tmp_path) as broker:
        with acceptor(tmp_path, broker, ring):
            pass
        broker.kill()
        visit(station)
        words = Words()
        waiting = delivery(station, broker, ring, words)
        assert not waiting.deliver(0.5)
        assert "Connection refused; results wait in the journal" in words.said[0]
        broker.start()
        with acceptor(tmp_path, broker, ring):
            assert waiting.deliver(WAIT_S)
    assert rows(tmp_path, ring) == expected(station)


def test_what_a_broker_took_and_forgot_when_it_was_killed_goes_out_again(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    with mosquitto(tmp_path) as broker:
        with acceptor(tmp_path, broker, ring):
            pass  # its session stays, so the broker takes messages for it
        visit(station)
        words = Words()
        waiting = delivery(station, broker, ring, words, resend_after_s=3600)
        with running(waiting.run):
            words.wait("handed to the broker")
            broker.kill()
            words.wait("results wait in the journal")
            broker.start()
            with acceptor(tmp_path, broker, ring) as heard:
                heard.wait("1/2 E")
                assert rows(tmp_path, ring) == expected(station)
        assert waiting.deliver(0) or waiting.deliver(WAIT_S)


def test_a_broker_without_an_acceptor_is_no_delivery(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    visit(station)
    words = Words()
    waiting = delivery(station, broker, ring, words)
    with running(waiting.run):
        words.wait("nobody subscribes there")
        assert len(station.pending()) == 2
        with acceptor(tmp_path, broker, ring) as heard:
            heard.wait("1/2 E")
    assert rows(tmp_path, ring) == expected(station)


@pytest.mark.parametrize("rules", ["topic read #\ntopic write +/+/+/+/state\n", "topic readwrite nothing/#\n"])
def test_a_denial_by_the_access_list_is_told_and_the_record_stays(
    tmp_path: Path, ring: Ring, station: Chain, rules: str
) -> None:
    (tmp_path / "acl").write_text(rules)
    with mosquitto(tmp_path, f"acl_file {tmp_path / 'acl'}") as broker:
        visit(station)
        words = Words()
        with running(delivery(station, broker, ring, words).run):
            words.wait("/record: not authorised")
        assert len(station.pending()) == 2


def test_a_lost_acceptance_is_answered_again_with_the_very_same(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    office = desk(tmp_path / "ledger", ring)
    for token in visit(station):
        office.take(token)  # and the answers never reach the station
    stored = [
        row["acceptance"] for row in office.ledger.connection.execute("SELECT acceptance FROM records ORDER BY seq")
    ]
    office.ledger.close()
    with acceptor(tmp_path, broker, ring):
        assert delivery(station, broker, ring).deliver(WAIT_S)
    assert [station.receipt(link) for link in station.links] == stored
    assert rows(tmp_path, ring) == expected(station)


def test_a_password_that_cannot_be_read_is_told_before_anything_is_started(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    settings = replace(broker.settings, username="station-1", password_file=tmp_path / "none")
    with pytest.raises(ConfigError, match="password file"):
        Delivery(station, ring.trust, settings, births=tmp_path / "births")


def test_only_a_verified_acceptance_of_this_very_record_ends_a_delivery(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    office = desk(tmp_path / "ledger", ring)
    opened, _ = visit(station)
    office.take(opened)
    genuine = office.ledger.connection.execute("SELECT acceptance FROM records").fetchone()[0]
    office.ledger.close()
    content = seal.read(genuine, typ=seal.ACCEPTANCE).payload
    by_stranger = seal.seal(content, typ=seal.ACCEPTANCE, key=ring.stranger).token
    by_station = seal.seal(content, typ=seal.ACCEPTANCE, key=ring.station).token
    other = content.replace(station.links[0].digest.encode(), b"e" * 64)
    of_other = seal.seal(other, typ=seal.ACCEPTANCE, key=ring.acceptor).token
    forgeries = [by_stranger, by_station, of_other, genuine[:-4] + "AAAA", opened, "", "\0\xff" * 50, "x" * 200_000]
    words = Words()
    waiting = delivery(station, broker, ring, words)
    person = Person(broker, "somebody")
    person.expect(mqtt_link.Connected)
    with running(waiting.run):
        words.wait("nobody subscribes there")  # so the station is subscribed by now
        for forged in forgeries:
            person.link.publish("prooflight/v1/north/station-1/in/acceptance", forged.encode("latin-1"))
            assert person.expect(mqtt_link.Published).code == 0
        assert len(station.pending()) == 2
        saved = threading.Event()
        station.journal.watch(lambda entry: saved.set())
        person.link.publish("prooflight/v1/north/station-1/in/acceptance", genuine.encode())
        assert saved.wait(WAIT_S)
    assert [link.seq for link in station.pending()] == [2]
    person.link.close()


def test_birth_and_death_are_told_and_counted(tmp_path: Path, broker: Broker, ring: Ring, station: Chain) -> None:
    visit(station)
    person = Person(broker, "support")
    person.expect(mqtt_link.Connected)
    person.link.subscribe("prooflight/v1/north/station-1/state")
    person.expect(mqtt_link.Subscribed)
    words = Words()
    with running(delivery(station, broker, ring, words).run):
        born = json.loads(person.expect(mqtt_link.Received).payload)
    gone = json.loads(person.expect(mqtt_link.Received).payload)
    assert (born["on"], born["bd"], born["epoch"], born["seq"]) == (True, 1, 1, 2)
    assert len(born["boot_nonce"]) == 32
    assert gone == {"on": False, "bd": 1}
    assert next_birth(station.journal.directory.parent / "births") == 2
    person.link.close()


def test_an_acceptor_killed_again_and_again_enters_each_record_exactly_once(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    config = tmp_path / "acceptor.toml"
    config.write_text(
        f'[acceptor]\nname = "desk"\nkey = "{ring.folder}/acceptor.jwk"\ntrust = "{ring.trust_file}"\n'
        f'database = "ledger"\nclose_unanchored = true\n'
        f'[mqtt]\nhost = "127.0.0.1"\nport = {broker.port}\ntenant = "north"\n'
    )
    command = [sys.executable, "-m", "agent.cli", "acceptor", "serve", "--config", str(config)]
    dice = random.Random(6)
    waiting = delivery(station, broker, ring)
    with running(waiting.run):
        for number in range(10):
            visit(station, 2 * number)
            visit(station, 2 * number + 1)
            serving = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            assert serving.stdout is not None
            for _ in range(dice.randrange(2, 6)):
                serving.stdout.readline()
            serving.send_signal(signal.SIGKILL)
            serving.communicate()
    serving = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert waiting.deliver(WAIT_S)
    serving.send_signal(signal.SIGTERM)
    told, complaint = serving.communicate(timeout=WAIT_S)
    assert (serving.returncode, complaint) == (0, "")
    assert "listening" in told
    assert rows(tmp_path, ring) == expected(station)
    assert set(desk(tmp_path / "ledger", ring).tickets().values()) == {"closed"}
