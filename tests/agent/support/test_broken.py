"""Sessions of remote support that break: each ends with its reason on both sides, and nothing is done twice or late."""

import os
import time
from pathlib import Path

import pytest

from agent.chain import Chain
from agent.mqtt_link import NO_SUBSCRIBERS, Connected, Received, Subscribed
from agent.support.conversation import Conversation, Outlet
from agent.support.limits import TOTAL_BYTES
from agent.support.mail import Mail
from agent.support.port import AT_ONCE, Port
from agent.support.state import State
from tests.agent.acceptor.conftest import visit
from tests.agent.broker import Broker, mosquitto
from tests.agent.conftest import Ring
from tests.agent.delivering import Person, Words, delivery, running, somebody
from tests.agent.support.engineers import Engineer, engineer, trust_with
from tests.agent.support.stations import BASE, WAIT_S, desk, served


@pytest.fixture(scope="module")
def wang(tmp_path_factory: pytest.TempPathFactory) -> Engineer:
    return engineer(tmp_path_factory.mktemp("wang") / "keys")


def test_a_broker_that_is_gone_for_too_long_ends_what_runs(
    tmp_path: Path, ring: Ring, station: Chain, wang: Engineer
) -> None:
    with mosquitto(tmp_path) as broker, served(tmp_path, broker, ring, station, wang, broken_off_s=0.5) as at:
        at.support.grant(wang.key.kid, 5, "technician")
        with desk(broker, ring, wang) as one:
            of = one.ask("held")
            at.verbs["held"].wait()
            broker.kill()
        at.hears("held has ended (broken_off)")
        assert at.support.told()["recent"][0]["ended"] == "broken_off"
        assert {**at.diary()[-1], "at": ""} == {
            **{"v": 1, "what": "ended", "at": "", "clock": at.diary()[-1]["clock"], "kid": wang.key.kid},
            **{"who": "Wang Li", "verb": "held", "command": of, "reason": "broken_off", "events": 0, "dropped": 0},
        }
        broker.start()
        with desk(broker, ring, wang) as one:
            assert one.ended(one.ask()) == "", "the station goes on"


def test_a_broker_that_was_away_for_a_moment_ends_nothing_and_what_was_lost_shows(
    tmp_path: Path, ring: Ring, station: Chain, wang: Engineer
) -> None:
    with mosquitto(tmp_path) as broker, served(tmp_path, broker, ring, station, wang) as at:
        at.support.grant(wang.key.kid, 5, "technician")
        with desk(broker, ring, wang) as one:
            of = one.ask("held")
            one.until(of, "taken")
            nonce = one.nonce
            broker.kill()
        for n in range(5):
            at.verbs["held"].say(event="seen", n=n)
        broker.start()
        with desk(broker, ring, wang) as one:
            assert one.ended(one.ask("cancel", arguments={"of": "0" * 64})) == "", "the station is back"
            assert one.nonce == nonce, "it was not started again, so its birth is the same"
            at.verbs["held"].say(event="seen", n=5)
            at.verbs["held"].finish()
            assert one.ended(of) == ""
            assert one.body(one.told[of][-1])["events"] == 6
            assert one.told[of][-1].n == 7
            assert one.events(of)[-1] == {"event": "seen", "n": 5}


def test_an_engineer_who_is_gone_is_noticed_by_the_broker_s_word(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain, wang: Engineer
) -> None:
    with served(tmp_path, broker, ring, station, wang, broken_off_s=0.2) as at:
        at.support.grant(wang.key.kid, 5, "technician")
        with desk(broker, ring, wang) as one:
            one.until(one.ask("held"), "taken")
        with somebody(broker, "after"):  # who is let in now: the broker has seen the engineer go
            pass
        at.verbs["held"].wait()
        end = time.monotonic() + WAIT_S
        while at.support.told()["running"] and time.monotonic() < end:
            at.verbs["held"].say(event="seen")  # each one is somebody's turn to be told that nobody listens
            time.sleep(0.05)
        at.hears("held has ended (broken_off)")


def test_a_station_that_leaves_says_so_first_and_its_next_birth_makes_old_commands_stale(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain, wang: Engineer
) -> None:
    with desk(broker, ring, wang) as one:
        with served(tmp_path, broker, ring, station, wang) as at:
            at.support.grant(wang.key.kid, 5, "technician")
            of, waiting = one.ask("held"), one.ask()
            one.until(waiting, "taken")
            at.verbs["held"].wait()
            old, last = one.nonce, one.who.counter
        assert (one.ended(of), one.ended(waiting)) == ("station_leaving", "station_leaving")
        assert [each["reason"] for each in at.diary() if each["what"] == "ended"] == ["station_leaving"] * 2
        with served(tmp_path, broker, ring, station, wang) as at:
            while one.nonce in ("", old):
                one.listen()
            assert one.refused(one.ask(boot_nonce=old)) == "stale_boot"
            assert one.ended(one.ask(counter=last)) == "", "a counter begins again with the birth"
            assert one.refused(one.ask("held")) == "no_consent", "and consent has ended"
            assert at.verbs["held"].runs == 0


def test_commands_are_asked_for_only_where_there_is_who_may_send_them(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain, wang: Engineer
) -> None:
    with served(tmp_path, broker, ring, station) as at, desk(broker, ring, wang) as one:
        one.born()
        assert one.sent(wang.asks(boot_nonce=one.nonce)) == NO_SUBSCRIBERS
        trust_with(ring, wang, path=at.trust_file)
        assert one.ended(one.ask()) == "", "a key that is enrolled counts at once"
        revoked = {"time": "2026-11-01T00:00:00+00:00", "reason": "left"}
        trust_with(ring, wang, path=at.trust_file, revoked=revoked)
        one.ask()
        at.hears("revoked 1")


def test_what_cannot_be_saved_is_not_run(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain, wang: Engineer
) -> None:
    with served(tmp_path, broker, ring, station, wang) as at, desk(broker, ring, wang) as one:
        at.support.grant(wang.key.kid, 5, "technician")
        at.chain.journal.close()
        assert one.refused(one.ask("held")) == "not_saved"
        assert at.verbs["held"].runs == 0


def test_a_station_without_room_runs_nothing(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain, wang: Engineer
) -> None:
    with served(tmp_path, broker, ring, station, wang) as at, desk(broker, ring, wang) as one:
        most = at.home.station.config.storage_mib << 20
        os.truncate(os.open(station.journal.directory / "evidence" / ("e" * 64), os.O_CREAT | os.O_WRONLY), most)
        entries = len(station.journal.entries)
        assert one.refused(one.ask()) == "storage_full"
        assert len(station.journal.entries) == entries


def test_records_go_out_before_replies(tmp_path: Path, broker: Broker, ring: Ring, station: Chain) -> None:
    port = Port(lambda payload, retained: None, lambda: False)
    for _ in range(50):
        assert port.send("a" * 64, b"a reply")
    for number in range(1, 8):
        visit(station, number)
    with somebody(broker) as person:
        person.link.subscribe(f"{BASE}/record/#")
        person.link.subscribe(f"{BASE}/reply/#")
        person.expect(Subscribed)
        person.expect(Subscribed)
        with running(delivery(station, broker, ring, port=port).run):
            kinds = [topic_of(person) for _ in range(14 + 50)]
    assert kinds == ["record"] * 14 + ["reply"] * 50


def topic_of(person: Person) -> str:
    told = person.expect(Received)
    person.link.acknowledge(told)
    return told.topic.split("/")[4]


@pytest.mark.parametrize("most", [1, 2, 8, 9])
def test_a_broker_that_takes_few_messages_at_once_gets_both(
    tmp_path: Path, ring: Ring, station: Chain, wang: Engineer, most: int
) -> None:
    for number in range(1, 8):
        visit(station, number)
    with mosquitto(tmp_path, f"max_inflight_messages {most}") as broker, somebody(broker) as person:
        person.link.subscribe(f"{BASE}/record/#")
        person.expect(Subscribed)
        with served(tmp_path, broker, ring, station, wang), desk(broker, ring, wang) as one:
            assert one.ended(one.ask()) == ""
            visit(station, 9)
            assert one.ended(one.ask()) == ""
            assert [topic_of(person) for _ in range(16)] == ["record"] * 16


def test_a_refused_subscription_to_commands_harms_nothing_else(broker: Broker) -> None:
    words = Words()
    mail = Mail(Port(lambda payload, retained: None, lambda: True), BASE, wake=lambda: None, say=words)
    with somebody(broker) as person:
        mail.send(person.link, 0)
        made = person.expect(Subscribed)
        assert mail.heed(Subscribed(code=0x87, mid=made.mid), person.link)
        assert words.said == [
            f"{BASE}/in/command: not authorised; the broker's access list must allow it; no remote support"
        ]
        assert not mail.heed(Subscribed(code=0, mid=77), person.link)
        assert not mail.heed(Connected(session_present=True, receive_maximum=8), person.link)


def test_the_port_keeps_no_more_than_one_answer_and_always_the_last_word() -> None:
    now = [0.0]
    port = Port(lambda payload, retained: None, lambda: True, monotonic=lambda: now[0])
    piece = b"x" * (TOTAL_BYTES // 4)
    assert [port.send("a" * 64, piece) for _ in range(6)] == [True] * 4 + [False] * 2
    assert port.send("a" * 64, b"the end", last=True)
    first, second = port.due(100)
    assert len(port.due(100)) == AT_ONCE
    first.mid, second.mid = 1, 2
    assert (port.due(100), port.on_the_way) == ([], 2)
    assert port.answered(1, 0, NO_SUBSCRIBERS)
    assert not port.answered(1, 0, NO_SUBSCRIBERS)
    port.lost()
    assert (port.due(1), port.on_the_way) == ([second], 0)
    now[0] += 5.0
    port.lost()
    assert port.alone_s() == 5.0
    port.born("nonce")
    assert port.alone_s() == 0.0
    second.mid = 3
    assert port.answered(3, NO_SUBSCRIBERS, NO_SUBSCRIBERS)
    now[0] += 1.0
    assert port.alone_s() == 1.0
    [third, *_] = port.due(1)
    third.mid = 4
    assert port.answered(4, 0, NO_SUBSCRIBERS)
    assert port.alone_s() == 0.0


def test_what_found_no_room_is_counted() -> None:
    sent: list[bytes] = []

    def send(of: str, token: bytes, last: bool) -> bool:
        sent.append(token)
        return last

    said = Conversation(Outlet(seal=bytes.decode, send=send), "a" * 64, None)
    said.emit({"event": "seen"})
    said.emit({"event": "seen"})
    said.end()
    assert (said.events, said.dropped, len(sent)) == (2, 2, 3)


def test_noise_is_told_once_a_minute_with_its_counts() -> None:
    state = State()
    for _ in range(5000):
        state.hear("signature")
    state.hear("retained")
    assert state.noise_due(100.0) == {"signature": 5000, "retained": 1}
    state.hear("signature")
    assert [state.noise_due(now) for now in (100.0, 159.0, 160.0, 161.0)] == [{}, {}, {"signature": 1}, {}]
    assert state.to_json(0.0)["refused"] == {"signature": 5001, "retained": 1}
