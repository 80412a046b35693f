"""An engineer asks a station over a real broker: what comes, and what becomes of it where something breaks."""

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from agent.mqtt_link import Published
from agent.support.told import Told
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.support.scripted_station import PATIENT, Asked, codes, engineer, station_with

STATUS = {"event": "status", "status": {"station": "station-1"}}


def answering(asked: Asked) -> None:
    asked.answer(STATUS)


def last(told: list[Told]) -> tuple[str, str, bool]:
    return told[-1].kind, told[-1].code, told[-1].own


def test_an_answer_comes_in_order_and_ends(tmp_path: Path, broker: Broker, ring: Ring) -> None:
    lin = engineer(ring, tmp_path)
    with station_with(broker, ring, lin.trust, answering) as station:
        told = lin.ask(broker)
        assert codes(told) == ["signed", "taken", "status", ""]
        assert told[2].about == STATUS and last(told) == ("end", "", False)
        (asked,) = station.asked
    assert (asked.command.verb, asked.command.boot_nonce, asked.command.counter) == ("status", "first", 1)


def test_each_command_has_a_number_above_the_last_one_whatever_the_clock_says(
    tmp_path: Path, broker: Broker, ring: Ring
) -> None:
    lin = engineer(ring, tmp_path)
    with station_with(broker, ring, lin.trust, answering) as station:
        for day in (0, 1, -1):
            lin.clock_is_off = timedelta(days=day)
            assert last(lin.ask(broker)) == ("end", "", False)
        numbers = [asked.command.counter for asked in station.asked]
        issued = [asked.command.issued for asked in station.asked]
    assert numbers == sorted(set(numbers)) and issued != sorted(issued)


def test_two_engineers_at_once_get_each_their_own_answer(tmp_path: Path, broker: Broker, ring: Ring) -> None:
    lin, wang = engineer(ring, tmp_path), engineer(ring, tmp_path, "wang")
    both = replace(lin, trust=type(lin.trust)(keys={**lin.trust.keys, **wang.trust.keys}))
    held: list[Asked] = []

    def script(asked: Asked) -> None:
        held.append(asked)
        if len(held) == 2:
            for one in reversed(held):
                one.answer({"event": "for", "counter": one.command.counter, "who": one.of})

    answers: dict[str, list[Told]] = {}
    with station_with(broker, ring, both.trust, script):
        threads = [
            threading.Thread(target=lambda who=who: answers.update({who.name: who.ask(broker)})) for who in (lin, wang)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    for told in answers.values():
        assert told[2].about["who"] == told[0].about["command"]
    assert set(answers) == {"lin", "wang"}


def test_what_is_forged_replayed_doubled_or_for_another_is_let_go(tmp_path: Path, broker: Broker, ring: Ring) -> None:
    lin = engineer(ring, tmp_path)

    def script(asked: Asked) -> None:
        asked.say("taken")
        asked.say("end", reason="withdrawn", key=ring.stranger, n=1)
        asked.say("end", reason="withdrawn", key=ring.acceptor, n=1)
        asked.say("end", reason="withdrawn", of="0" * 64, n=1)
        asked.send(b"\xff" * 100)
        asked.send(b"x" * 100_000)
        asked.n = 1
        asked.say("event", STATUS)
        for _ in range(3):
            asked.send(asked.sent[-1])  # QoS 1 may double, and a replay is nothing else
        asked.say("end", {"events": 1})

    with station_with(broker, ring, lin.trust, script):
        told = lin.ask(broker)
    assert codes(told) == ["signed", "taken", "unbelieved", "status", ""]
    assert told[-1].about["unbelieved"] == 5


def test_an_answer_out_of_order_is_put_in_order(tmp_path: Path, broker: Broker, ring: Ring) -> None:
    lin = engineer(ring, tmp_path)

    def script(asked: Asked) -> None:
        made = [asked.sealed("taken")]
        made += [asked.sealed("event", {"event": str(count)}) for count in range(5)]
        made.append(asked.sealed("end"))
        for place in (1, 0, 3, 2, 6, 4, 5):
            asked.send(made[place])

    with station_with(broker, ring, lin.trust, script):
        assert codes(lin.ask(broker)) == ["signed", "taken", "0", "1", "2", "3", "4", ""]


def test_a_station_that_is_off_or_unknown_is_told_before_anything_is_signed(
    tmp_path: Path, broker: Broker, ring: Ring
) -> None:
    lin = engineer(ring, tmp_path)
    assert last(lin.ask(broker, patience=replace(PATIENT, birth_s=0.2))) == ("end", "station_unknown", True)
    with station_with(broker, ring, lin.trust, answering, listens=False) as station:
        station.death()
        station.person.expect(Published)
    assert last(lin.ask(broker)) == ("end", "station_off", True)
    assert not (lin.folder / "lin.counter").exists()


def test_silence_ends_with_what_is_known(tmp_path: Path, broker: Broker, ring: Ring) -> None:
    lin = engineer(ring, tmp_path)
    with station_with(broker, ring, lin.trust, lambda asked: None):
        told = lin.ask(broker, patience=replace(PATIENT, answer_s=0.5))
    assert last(told) == ("end", "no_answer", True)
    assert told[-1].about["version"] == "0.1.0"


def test_nobody_hears_commands_of_a_station_that_never_listened(tmp_path: Path, broker: Broker, ring: Ring) -> None:
    lin = engineer(ring, tmp_path)
    with station_with(broker, ring, lin.trust, answering, listens=False):
        assert last(lin.ask(broker)) == ("end", "nobody_there", True)


def test_a_flood_of_what_is_not_believed_keeps_nothing_alive(tmp_path: Path, broker: Broker, ring: Ring) -> None:
    lin = engineer(ring, tmp_path)
    over = threading.Event()

    def flood(asked: Asked) -> None:
        for _ in range(50_000):
            if over.is_set():
                return
            asked.send(b"x" * 10)

    with station_with(broker, ring, lin.trust, flood):
        try:
            told = lin.ask(broker, patience=replace(PATIENT, answer_s=1.0))
        finally:
            over.set()
    assert last(told) == ("end", "no_answer", True) and codes(told).count("unbelieved") <= 1
