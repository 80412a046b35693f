"""Sessions that break: broker gone, station restarted, consent missing, the engineer leaves; each ends cleanly."""

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.mqtt_link import Published
from agent.support.asking import Asking
from agent.support.post import MOST_LOSSES, Birth, Post
from agent.support.told import Told
from diagnostics.errors import NotAvailable
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.support.scripted_station import (
    PATIENT,
    STATION,
    Asked,
    Engineer,
    codes,
    engineer,
    station_with,
)


@pytest.fixture
def lin(ring: Ring, tmp_path: Path) -> Engineer:
    return engineer(ring, tmp_path)


def until(told: Iterator[Told], code: str) -> Told:
    """The next thing told of this code or event."""
    for one in told:
        if code in codes([one]):
            return one
    raise AssertionError(f"{code} was never told")


def cut_off(asking: Asking) -> None:
    """End the engineer's connection without a word."""
    link = asking._post._redial.link
    assert link is not None
    connection = link._client.socket()
    assert connection is not None
    connection.shutdown(socket.SHUT_RDWR)


def begin_watch(asked: Asked) -> None:
    asked.say("taken")
    asked.watch(1.0, -20.0)


def test_a_watch_goes_on_where_only_the_connection_was_lost(broker: Broker, ring: Ring, lin: Engineer) -> None:
    with station_with(broker, ring, lin.trust, begin_watch) as station, lin.asking(broker) as asking:
        assert codes(list(asking.find())) == ["found"]
        told = asking.ask("ont.watch", {}, "")
        until(told, "watch")
        cut_off(asking)
        (asked,) = station.asked
        asked.watch(2.0, -19.0)
        asked.say("end", {"events": 2})
        rest = codes(list(told))
    assert rest == ["broker_lost", "broker_back", "watch", ""], "what came meanwhile waited at the broker"


def test_a_broker_that_forgot_everything_is_told_as_a_gap(
    broker: Broker, ring: Ring, lin: Engineer, tmp_path: Path
) -> None:
    soon = replace(PATIENT, gap_s=0.1)
    with station_with(broker, ring, lin.trust, begin_watch) as station, lin.asking(broker, soon) as asking:
        list(asking.find())
        told = asking.ask("ont.watch", {}, "")
        until(told, "watch")
        (asked,) = station.asked
        broker.kill()
        asked.sealed("event", {"event": "watch", "passed_s": 2.0, "values": {}, "failures": {}})  # lost for good
        until(told, "broker_lost")
        broker.start()
        station.reconnect(broker)
        until(told, "broker_back")
        asked.watch(3.0, -18.0)
        asked.say("end", {"events": 3})
        rest = list(told)
    assert codes(rest) == ["gap", "watch", ""] and rest[0].about == {"lost": 1}
    assert rest[-1].about["lost"] == 1


def test_a_broker_that_stays_away_ends_it(broker: Broker, ring: Ring, lin: Engineer) -> None:
    soon = replace(PATIENT, away_s=0.5)
    with station_with(broker, ring, lin.trust, begin_watch), lin.asking(broker, soon) as asking:
        list(asking.find())
        told = asking.ask("ont.watch", {}, "")
        until(told, "watch")
        broker.kill()
        rest = list(told)
    assert codes(rest) == ["broker_lost", "broker_gone"] and rest[-1].own


def test_no_broker_at_all_is_told_at_once_and_ends_it(broker: Broker, lin: Engineer) -> None:
    broker.kill()
    with lin.asking(broker) as asking:
        told = next(asking.find())
        assert (told.code, told.kind) == ("broker_lost", "note") and "refused" in told.about["why"]
    *_, end = lin.ask(broker, patience=replace(PATIENT, broker_s=0.2))
    assert (end.kind, end.code) == ("end", "broker_away")


def test_a_station_that_was_started_anew_is_told_at_once(broker: Broker, ring: Ring, lin: Engineer) -> None:
    with station_with(broker, ring, lin.trust, begin_watch) as station, lin.asking(broker) as asking:
        list(asking.find())
        told = asking.ask("ont.watch", {}, "")
        until(told, "watch")
        station.birth(nonce="second", number=2)
        rest = list(told)
    assert codes(rest) == ["restarted"] and rest[0].own


def test_a_station_that_leaves_and_comes_back_goes_on(broker: Broker, ring: Ring, lin: Engineer) -> None:
    with station_with(broker, ring, lin.trust, begin_watch) as station, lin.asking(broker) as asking:
        list(asking.find())
        told = asking.ask("ont.watch", {}, "")
        until(told, "watch")
        station.death(number=0)  # of an older connection: it means nothing
        station.death(number=1)
        until(told, "station_left")
        station.birth(number=2)
        until(told, "station_back")
        station.asked[0].say("end", reason="withdrawn")
        assert codes(list(told)) == ["withdrawn"]


def test_a_station_that_stays_away_ends_it(broker: Broker, ring: Ring, lin: Engineer) -> None:
    soon = replace(PATIENT, away_s=0.5)
    with station_with(broker, ring, lin.trust, begin_watch) as station, lin.asking(broker, soon) as asking:
        list(asking.find())
        told = asking.ask("ont.watch", {}, "")
        until(told, "watch")
        station.death(number=1)
        assert codes(list(told)) == ["station_left", "station_gone"]


def test_a_watch_that_falls_silent_ends(broker: Broker, ring: Ring, lin: Engineer) -> None:
    with station_with(broker, ring, lin.trust, begin_watch):
        told = lin.ask(broker, "ont.watch", patience=replace(PATIENT, silence_s=0.5))
    assert codes(told, "end") == ["silent"]


def test_where_consent_is_missing_it_is_asked_for_again_until_somebody_agrees(
    broker: Broker, ring: Ring, lin: Engineer
) -> None:
    def agrees_the_third_time(asked: Asked) -> None:
        if len(asked.station.asked) < 3:
            asked.say("refused", {"words": "ask them"}, reason="no_consent")
        else:
            asked.answer({"event": "measurement"})

    with station_with(broker, ring, lin.trust, agrees_the_third_time) as station:
        told = lin.ask(broker, "ont.read", wait_s=60.0, pauses_s=(0.01, 0.01))
        numbers = [asked.command.counter for asked in station.asked]
    assert codes(told) == ["signed", "consent", "taken", "measurement", ""]
    assert numbers == [1, 2, 3]


@pytest.mark.parametrize("reason", ["consent_other", "line_busy", "queue_full", "bad_arguments"])
def test_what_waiting_does_not_help_is_not_asked_again(broker: Broker, ring: Ring, lin: Engineer, reason: str) -> None:
    with station_with(broker, ring, lin.trust, lambda asked: asked.say("refused", reason=reason)) as station:
        told = lin.ask(broker, "ont.read", wait_s=60.0, pauses_s=(0.01, 0.01))
        assert codes(told, "refused") == [reason] and len(station.asked) == 1


def test_the_wait_for_consent_is_bounded(broker: Broker, ring: Ring, lin: Engineer) -> None:
    with station_with(broker, ring, lin.trust, lambda asked: asked.say("refused", reason="no_consent")) as station:
        told = lin.ask(broker, "ont.read", wait_s=60.0, pauses_s=(0.01, 100.0))
        assert codes(told, "refused", "note") == ["signed", "consent", "no_consent"] and len(station.asked) == 2


def test_a_station_that_came_back_while_the_command_was_on_its_way_is_asked_again_with_its_new_birth(
    broker: Broker, ring: Ring, lin: Engineer
) -> None:
    def script(asked: Asked) -> None:
        if asked.command.boot_nonce == "first":
            asked.say("refused", reason="stale_boot")
            asked.station.birth(nonce="second", number=2)
        else:
            asked.answer()

    with station_with(broker, ring, lin.trust, script):
        assert codes(lin.ask(broker)) == ["signed", "new_birth", "signed", "taken", ""]


def test_who_leaves_ends_what_runs_at_the_station(broker: Broker, ring: Ring, lin: Engineer) -> None:
    def script(asked: Asked) -> None:
        if asked.command.verb == "ont.watch":
            begin_watch(asked)
            return
        first = asked.station.asked[0]
        assert asked.command.verb == "cancel" and asked.command.arguments == {"of": first.of}
        asked.answer()
        first.say("end", {"events": 1}, "cancelled")

    with station_with(broker, ring, lin.trust, script), lin.asking(broker) as asking:
        list(asking.find())
        until(asking.ask("ont.watch", {}, ""), "watch")
        assert codes(list(asking.cancel())) == ["cancelling", "cancelled"]
        assert not list(asking.cancel()), "it has ended"


def test_a_station_that_does_not_stop_is_not_waited_for_longer_than_patience_has_it(
    broker: Broker, ring: Ring, lin: Engineer
) -> None:
    soon = replace(PATIENT, cancel_s=0.5)

    def script(asked: Asked) -> None:
        if asked.command.verb != "cancel":
            begin_watch(asked)

    with station_with(broker, ring, lin.trust, script), lin.asking(broker, soon) as asking:
        list(asking.find())
        until(asking.ask("ont.watch", {}, ""), "watch")
        assert codes(list(asking.cancel())) == ["cancelling", "cancel_unheard"]


def test_a_command_that_was_lost_with_its_connection_goes_out_again(broker: Broker, ring: Ring, lin: Engineer) -> None:
    """The broker dies after it was sent and before it answered: the same bytes go out again."""
    with station_with(broker, ring, lin.trust, begin_watch, listens=False) as station, lin.asking(broker) as asking:
        list(asking.find())
        told = asking.ask("status", {}, "")
        assert codes([next(told)]) == ["signed"]
        broker.kill()
        until(told, "broker_lost")
        broker.start()
        station.reconnect(broker)
        until(told, "broker_back")
        until(told, "watch")
        assert len(station.asked) == 1


def test_a_connection_that_is_taken_away_again_and_again_is_given_up(broker: Broker, ring: Ring, lin: Engineer) -> None:
    """A broker that knows clients by their certificates gives two commands of one person the same place."""
    with station_with(broker, ring, lin.trust, begin_watch), lin.asking(broker) as asking:
        list(asking.find())
        told = asking.ask("ont.watch", {}, "")
        until(told, "watch")
        for _ in range(MOST_LOSSES - 1):
            cut_off(asking)
            until(told, "broker_back")
            while not asking._post.ready:
                asking.wait(0.01)
        cut_off(asking)
        with pytest.raises(NotAvailable, match="5 times; end the other command"):
            list(told)


def first_birth(broker: Broker) -> Birth:
    """What somebody hears first who comes to the broker by a certificate's name."""
    post = Post(broker.settings, client_id="by-certificate")
    post.hear_state(STATION)
    while not isinstance(said := post.next(time.monotonic() + 60), Birth):
        assert said is not None
    post.close()
    return said


def test_what_the_broker_kept_of_an_earlier_command_is_not_heard(broker: Broker, ring: Ring, lin: Engineer) -> None:
    with station_with(broker, ring, lin.trust, begin_watch, listens=False) as station:
        assert first_birth(broker).nonce == "first"
        for nonce in ("second", "third"):
            station.birth(nonce=nonce)
            station.person.expect(Published)
        assert first_birth(broker).nonce == "third"
