"""The course of one command by what happens and by the clock: it always ends, and says what is known."""

from typing import Any

import pytest

from agent.mqtt_link import Lost, Published
from agent.support import box
from agent.support.course import Course, Patience
from agent.support.listener import Listener
from agent.support.post import Birth, Happening, Ready, read_birth
from agent.support.told import Told
from agent.trust import Trust

PATIENCE = Patience(broker_s=1, answer_s=2, turn_s=3, silence_s=4, away_s=5)
BIRTH = Birth(station="station-1", on=True, number=7, nonce="first", version="0.1.0")
LOST = Lost(why="the connection ended")
TAKEN, NOBODY, DENIED = (Published(mid=1, code=code) for code in (0, 0x10, 0x87))


@pytest.fixture
def course() -> Course:
    listener = Listener("0" * 64, station="station-1", trust=Trust(), key=box.new_key())
    return Course("token", listener, BIRTH, PATIENCE, 0.0)


def after(course: Course, *happened: Happening, now: float = 0.0) -> list[str]:
    return [told.code for one in happened for told in course.heed(one, now)]


def overdue(course: Course) -> Told:
    (told,) = course.overdue(course.due_at)
    assert course.ended and told.own
    return told


def born(**changed: Any) -> Birth:
    made = {"station": "station-1", "on": True, "number": 8, "nonce": "first", "version": "0.1.0"}
    return Birth(**(made | changed))


def test_it_ends_when_the_broker_never_listened(course: Course) -> None:
    assert course.due_at == 1.0
    assert overdue(course).code == "broker_away"


@pytest.mark.parametrize("taken", [True, False])
def test_without_any_answer_it_tells_how_far_it_came(course: Course, taken: bool) -> None:
    course.send(1, 0.5)
    assert after(course, *([TAKEN] if taken else [])) == []
    assert course.due_at == 2.5
    told = overdue(course)
    assert told.code == "no_answer" and told.about["taken_by_broker"] is taken


def test_nothing_is_told_before_it_is_due(course: Course) -> None:
    course.send(1, 0.5)
    assert list(course.overdue(2.4)) == [] and not course.ended


@pytest.mark.parametrize(("answer", "code"), [(NOBODY, "nobody_there"), (DENIED, "broker_refuses")])
def test_what_the_broker_refuses_ends_it(course: Course, answer: Published, code: str) -> None:
    course.send(1, 0.5)
    assert after(course, answer) == [code] and course.ended


def test_what_may_have_been_lost_goes_out_again_and_what_was_taken_does_not(course: Course) -> None:
    course.send(1, 0.5)
    assert not course.due_to_send
    assert after(course, LOST, LOST) == ["broker_lost"] and course.due_to_send
    assert after(course, Ready(again=True)) == ["broker_back"] and course.due_to_send
    course.send(1, 1.0)
    assert after(course, TAKEN, LOST) == ["broker_lost"] and not course.due_to_send


def test_a_broker_that_forgot_and_knows_no_listener_yet_is_asked_again_when_the_station_is_back(
    course: Course,
) -> None:
    course.send(1, 0.5)
    assert after(course, LOST, Ready(again=True)) == ["broker_lost", "broker_back"]
    course.send(1, 1.0)
    assert after(course, NOBODY) == [] and not course.due_to_send
    assert after(course, born()) == [] and course.due_to_send
    course.send(1, 1.5)
    assert overdue(course).code == "no_answer"


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (born(nonce="second"), ["restarted"]),
        (born(), []),
        (born(on=False, nonce="", number=6), []),
        (born(on=False, nonce="", number=7), ["station_left"]),
    ],
    ids=["new nonce", "same nonce", "death of an older birth", "death"],
)
def test_births_and_deaths_are_heeded_by_their_number_and_nonce(course: Course, said: Birth, codes: list[str]) -> None:
    course.send(1, 0.5)
    assert after(course, said) == codes


def test_who_is_away_is_waited_for_and_no_longer(course: Course) -> None:
    course.send(1, 0.5)
    assert after(course, born(on=False, nonce=""), now=10.0) == ["station_left"]
    assert course.due_at == 15.0
    assert overdue(course).code == "station_gone"


def test_a_station_that_comes_back_has_its_time_again(course: Course) -> None:
    course.send(1, 0.5)
    assert after(course, born(on=False, nonce=""), born(number=9), now=10.0) == ["station_left", "station_back"]
    assert course.due_at == 12.0


def test_in_a_hurry_it_ends_when_that_is_over(course: Course) -> None:
    course.send(1, 0.5)
    course.hurry(1.0)
    assert course.due_at == 1.0
    assert overdue(course).code == "cancel_unheard"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"on":1,"bd":1}',
        b'{"on":true,"bd":1}',
        b'{"on":true,"bd":true,"boot_nonce":"n"}',
        b'{"on":true,"bd":1,"boot_nonce":7}',
        b'{"on":true,"bd":1,"boot_nonce":"' + b"n" * 65 + b'"}',
        b'{"on":true,"bd":1,"boot_nonce":"\\u001b[2J"}',
        b'{"on":true,"bd":1,"boot_nonce":"n","x":"' + b"x" * 5000 + b'"}',
    ],
)
def test_what_is_no_birth_is_none(payload: bytes) -> None:
    assert read_birth("station-1", payload) is None


def test_a_birth_tells_no_hostile_version() -> None:
    said = read_birth("station-1", b'{"on":true,"bd":1,"boot_nonce":"n","version":"1\\u001b[2J2"}')
    assert said is not None and "\x1b" not in said.version


def test_the_broker_s_answer_to_another_message_says_nothing_of_this_one(course: Course) -> None:
    course.send(2, 0.5)
    assert after(course, NOBODY, DENIED, TAKEN) == [] and not course.taken_by_broker
