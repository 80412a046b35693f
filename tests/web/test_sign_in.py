"""Signing in by PIN: only a hash is kept, wrong ones make everybody wait longer and longer, sessions end."""

from pathlib import Path

import pytest

from agent import pin
from agent.pin import PinError
from agent.sessions import (
    FREE,
    IDLE_S,
    LONGEST_S,
    LONGEST_WAIT_S,
    MOST_SESSIONS,
    Locked,
    Session,
    is_hers,
    wait_after,
)
from agent.toml_table import ConfigError
from agent.web.sign_in import SignIn
from diagnostics.errors import BadConfiguration
from diagnostics.secret import Secret

RIGHT, WRONG = Secret("482915"), Secret("482916")


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sign_in(tmp_path: Path, clock: Clock) -> SignIn:
    pin.save(tmp_path / "pin", RIGHT)
    return SignIn(tmp_path / "pin", tmp_path / "wrong", clock)


def entered(sign_in: SignIn) -> Session:
    made = sign_in.enter(RIGHT)
    assert made is not None
    return made


def test_only_a_salted_hash_of_the_pin_is_kept_for_us_alone(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    pin.save(one, RIGHT)
    pin.save(two, RIGHT)
    assert one.stat().st_mode & 0o777 == 0o600
    assert RIGHT.reveal() not in one.read_text()
    assert one.read_text() != two.read_text(), "no salt"
    assert pin.matches(one, RIGHT) and not pin.matches(one, WRONG)


@pytest.mark.parametrize(
    "given", ["", "48291", "4829151234567", "48291a", " 482915", "٤٨٢٩١٥", "111111", "123456", "987654"]
)
def test_a_pin_that_is_none_or_guessed_first_is_refused_and_not_quoted(given: str, tmp_path: Path) -> None:
    with pytest.raises(PinError) as caught:
        pin.save(tmp_path / "pin", Secret(given))
    assert not given.strip() or given not in str(caught.value)
    assert not (tmp_path / "pin").exists()


@pytest.mark.parametrize(
    "text", ["", "{}", '{"v": 1, "n": 1, "r": 1, "p": 1, "salt": "", "hash": ""}', "[1]", "\udcff"]
)
def test_a_file_that_is_no_pin_lets_nobody_in(text: str, tmp_path: Path) -> None:
    file = tmp_path / "pin"
    file.touch(mode=0o600)
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BadConfiguration):
        pin.matches(file, Secret(""))


def test_a_pin_that_others_may_read_is_not_believed(tmp_path: Path) -> None:
    pin.save(tmp_path / "pin", RIGHT)
    (tmp_path / "pin").chmod(0o644)
    with pytest.raises(ConfigError):
        pin.matches(tmp_path / "pin", RIGHT)


@pytest.mark.parametrize(
    ("wrong", "wait_s"),
    [(0, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, LONGEST_WAIT_S), (10_000, LONGEST_WAIT_S)],
)
def test_the_wait_grows_with_the_wrong_pins(wrong: int, wait_s: float) -> None:
    assert wait_after(wrong) == wait_s


def test_five_wrong_pins_shut_the_door_also_for_the_right_one(sign_in: SignIn, clock: Clock) -> None:
    before = entered(sign_in)
    for _ in range(FREE - 1):
        assert sign_in.enter(WRONG) is None
    with pytest.raises(Locked) as caught:
        sign_in.enter(WRONG)
    assert caught.value.wait_s == 30
    clock.now += 29
    with pytest.raises(Locked):
        sign_in.enter(RIGHT)
    assert sign_in.sessions.find(before.token) is before, "who is in stays in"
    clock.now += 1
    with pytest.raises(Locked) as again:
        sign_in.enter(WRONG)
    assert again.value.wait_s == 60
    clock.now += 60
    assert entered(sign_in)
    assert sign_in.enter(WRONG) is None, "the right one takes the count back"


def test_switching_the_station_off_and_on_does_not_shorten_the_wait(
    sign_in: SignIn, tmp_path: Path, clock: Clock
) -> None:
    for _ in range(FREE - 1):
        sign_in.enter(WRONG)
    with pytest.raises(Locked):
        sign_in.enter(WRONG)
    with pytest.raises(Locked):
        SignIn(tmp_path / "pin", tmp_path / "wrong", clock).enter(RIGHT)


@pytest.mark.parametrize(
    ("steps", "lives"), [([IDLE_S], True), ([IDLE_S + 1], False), ([IDLE_S] * 24, True), ([IDLE_S] * 25, False)]
)
def test_a_session_ends_when_nobody_uses_it_and_after_its_longest(
    steps: list[float], lives: bool, sign_in: SignIn, clock: Clock
) -> None:
    assert LONGEST_S == 24 * IDLE_S
    session = entered(sign_in)
    found: Session | None = session
    for step in steps:
        clock.now += step
        found = sign_in.sessions.find(session.token)
    assert (found is not None) is lives


def test_who_signs_out_is_out_and_too_many_phones_put_the_oldest_out(sign_in: SignIn, clock: Clock) -> None:
    first = entered(sign_in)
    sign_in.sessions.leave(first.token)
    assert sign_in.sessions.find(first.token) is None
    phones = []
    for _ in range(MOST_SESSIONS + 1):
        clock.now += 1
        phones.append(entered(sign_in))
    assert [sign_in.sessions.find(each.token) is not None for each in phones] == [False] + [True] * MOST_SESSIONS
    assert len({each.token for each in phones} | {each.csrf for each in phones}) == 2 * len(phones)


def test_a_session_knows_its_own_word(sign_in: SignIn) -> None:
    one, other = entered(sign_in), entered(sign_in)
    assert is_hers(one, one.csrf)
    assert not is_hers(one, other.csrf) and not is_hers(one, "") and not is_hers(one, "ü")
