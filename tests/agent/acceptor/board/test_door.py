"""Who comes in: names with hashed passwords and a role each, a wait that tells nothing of the name, an audit line."""

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.acceptor.board import door, people
from agent.acceptor.board.door import Door
from agent.acceptor.board.people import ROLES, Person, PersonError, person
from agent.acceptor.board.trail import Trail
from agent.sessions import FREE, IDLE_S, LONGEST_S, Locked
from diagnostics.errors import BadConfiguration, NotAvailable
from diagnostics.secret import Secret
from tests.agent.acceptor.board.house import PASSWORD, quick
from tests.agent.acceptor.conftest import NOW

RIGHT, WRONG = PASSWORD, Secret("seven green lorrys")
LI = person("li", "support", RIGHT, NOW)
CHEN = person("chen", "admin", Secret("eleven blue kettles"), NOW)


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class House:
    """A door with the people behind it, who may change."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.people: dict[str, Person] = {"li": quick("li"), "chen": quick("chen")}
        self.door = Door(lambda: self.people, self.clock)

    def entered(self, name: str, password: Secret) -> bool | float:
        """Whether somebody came in, or for how many seconds the name waits."""
        try:
            return self.door.enter(name, password) is not None
        except Locked as error:
            return error.wait_s


@pytest.fixture
def house() -> House:
    return House()


def test_only_a_salted_hash_is_kept_in_a_file_for_us_alone(tmp_path: Path) -> None:
    people.save(tmp_path / "in" / "users", [LI, CHEN])
    file = tmp_path / "in" / "users"
    assert file.stat().st_mode & 0o777 == 0o600
    assert RIGHT.reveal() not in file.read_text() and RIGHT.reveal() not in repr(LI)
    assert person("li", "support", RIGHT, NOW).kept != LI.kept, "no salt"
    found = people.load(file)
    assert list(found) == ["chen", "li"] and found["li"] == LI
    assert found["li"].matches(RIGHT) and not found["li"].matches(WRONG)
    file.chmod(0o640)
    with pytest.raises(BadConfiguration, match="chmod 600"):
        people.load(file)


def test_without_a_file_nobody_may_come_in_and_it_is_said_how(tmp_path: Path) -> None:
    with pytest.raises(BadConfiguration, match="prooflight acceptor user add"):
        people.load(tmp_path / "users")


@pytest.mark.parametrize(
    ("name", "role", "password"),
    [
        ("", "viewer", "seven green lorries"),
        ("-li", "viewer", "seven green lorries"),
        ("li/x", "viewer", "seven green lorries"),
        ("l" * 65, "viewer", "seven green lorries"),
        ("李", "viewer", "seven green lorries"),
        ("li", "root", "seven green lorries"),
        ("li", "viewer", "short"),
        ("li", "viewer", "x" * 129),
        ("li", "viewer", "aaaaaaaaaaaaaaaa"),
        ("li", "viewer", "this is Li's word"),
        ("li", "viewer", "seven green\0lorries"),
    ],
)
def test_what_cannot_be_used_is_refused_and_a_password_never_quoted(name: str, role: str, password: str) -> None:
    with pytest.raises(PersonError) as caught:
        person(name, role, Secret(password), NOW)
    assert password not in str(caught.value)


_GOOD = {"name": "li", "role": "viewer", "since": NOW.isoformat(), "scrypt": dict(LI.kept)}


@pytest.mark.parametrize(
    "made",
    [
        [],
        {"v": 1},
        {"v": 2, "users": []},
        {"v": 1, "users": [], "more": 1},
        {"v": 1, "users": [{}]},
        {"v": 1, "users": [_GOOD | {"role": "root"}]},
        {"v": 1, "users": [_GOOD | {"name": "li/../chen"}]},
        {"v": 1, "users": [_GOOD | {"since": "today"}]},
        {"v": 1, "users": [_GOOD | {"scrypt": dict(LI.kept) | {"n": 1}}]},
        {"v": 1, "users": [_GOOD | {"scrypt": dict(LI.kept) | {"hash": "xyz"}}]},
    ],
)
def test_a_file_that_is_none_of_ours_lets_nobody_in(made: object, tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.touch(mode=0o600)
    file.write_text(json.dumps(made))
    with pytest.raises(BadConfiguration, match="is not a file of users"):
        people.load(file)


@given(st.binary(max_size=300))
def test_any_bytes_as_the_file_of_users_are_one_plain_complaint(raw: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "users"
        file.touch(mode=0o600)
        file.write_bytes(raw)
        with pytest.raises(BadConfiguration):
            people.load(file)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_may_what_the_one_before_it_may_and_no_more(role: people.Role) -> None:
    somebody = replace(LI, role=role)
    assert [somebody.may(least) for least in ROLES] == [ROLES.index(least) <= ROLES.index(role) for least in ROLES]


@pytest.mark.parametrize("name", ["li", "nobody-of-that-name"])
def test_a_name_waits_after_five_wrong_passwords_whether_it_is_known_or_not(name: str, house: House) -> None:
    assert [house.entered(name, WRONG) for _ in range(FREE)] == [False] * FREE
    assert house.entered(name, WRONG) == 30
    house.clock.now += 30
    assert house.entered(name, WRONG) is False
    assert house.entered(name, RIGHT) == 60, "also the right one waits"
    assert house.entered("chen", RIGHT) is True, "others do not"
    house.clock.now += 60
    assert house.entered(name, RIGHT) is (name == "li")


def test_who_is_in_stays_in_while_the_name_waits_and_the_right_password_takes_the_count_back(house: House) -> None:
    made = house.door.enter("li", RIGHT)
    assert made is not None
    for _ in range(FREE):
        house.entered("li", WRONG)
    assert house.door.find(made[0].token) == (made[0], house.people["li"])
    house.clock.now += 30
    assert house.entered("li", RIGHT) is True
    assert [house.entered("li", WRONG) for _ in range(FREE - 1)] == [False] * (FREE - 1)
    assert house.entered("li", RIGHT) is True


def test_thousands_of_names_do_not_free_one_that_waits(house: House) -> None:
    names = [f"name-{number}" for number in range(2 * door._MOST_NAMES)]
    house.people |= {name: quick(name) for name in names}
    for _ in range(FREE):
        house.entered("li", WRONG)
    assert not any(house.entered(name, WRONG) for name in names)
    assert house.entered("li", RIGHT) == 30
    assert len(house.door._wrongs) <= door._MOST_NAMES


class Slow(Person):
    """Somebody whose password takes until it is told to be wrong."""

    __slots__ = ()
    begun, go = threading.Semaphore(0), threading.Event()

    def matches(self, password: Secret) -> bool:
        self.begun.release()
        return not self.go.wait(120)


def test_only_so_many_passwords_are_tried_at_once(house: House) -> None:
    house.people["wu"] = Slow(name="wu", role="viewer", since=NOW, kept={"salt": "aa"})
    tries = [threading.Thread(target=house.entered, args=("wu", WRONG)) for _ in range(door._AT_ONCE)]
    for each in tries:
        each.start()
    for _ in tries:
        assert Slow.begun.acquire(timeout=120)
    assert house.entered("li", RIGHT) == 1.0
    Slow.go.set()
    for each in tries:
        each.join(120)
    assert house.entered("li", RIGHT) is True, "there is room again"


def test_a_session_ends_with_the_person_the_password_or_the_clock_and_the_role_holds_at_once(house: House) -> None:
    made = house.door.enter("li", RIGHT)
    assert made is not None
    token = made[0].token
    house.people["li"] = replace(house.people["li"], role="viewer")
    found = house.door.find(token)
    assert found is not None and found[1].role == "viewer"
    house.people["li"] = quick("li", salt="bb")
    assert house.door.find(token) is None, "the password was set anew"
    house.people["li"] = quick("li")
    assert house.door.find(token) is None, "and the session does not come back"
    again = house.door.enter("li", RIGHT)
    assert again is not None
    gone = house.people.pop("li")
    assert house.door.find(again[0].token) is None
    house.people["li"] = gone
    last = house.door.enter("li", RIGHT)
    assert last is not None
    for _ in range(LONGEST_S // IDLE_S):
        house.clock.now += IDLE_S
        assert house.door.find(last[0].token) is not None
    house.clock.now += 1
    assert house.door.find(last[0].token) is None
    assert house.door.find("") is None and house.door.find("x" * 10_000) is None


def audit(path: Path) -> Trail:
    """An audit at noon."""
    return Trail(path, lambda: datetime(2026, 11, 23, 12, tzinfo=UTC))


def test_each_line_of_the_audit_is_on_the_disk_and_read_back_newest_first(tmp_path: Path) -> None:
    trail = audit(tmp_path / "audit")
    assert trail.latest(5) == []
    trail.note("entered", "li", "127.0.0.1")
    trail.note("exported", "li", "127.0.0.1", table="orders", form="csv")
    assert (tmp_path / "audit").stat().st_mode & 0o777 == 0o600
    lines: list[Mapping[str, str]] = [json.loads(line) for line in (tmp_path / "audit").read_text().splitlines()]
    assert lines[0] == {"at": "2026-11-23T12:00:00+00:00", "what": "entered", "name": "li", "peer": "127.0.0.1"}
    assert trail.latest(1) == [lines[1]] and trail.latest(5) == lines[::-1]


def test_torn_lines_and_a_long_audit_are_read_from_their_end(tmp_path: Path) -> None:
    trail = audit(tmp_path / "audit")
    with (tmp_path / "audit").open("w") as file:
        file.write("x" * 200_000 + "\n[1]\n{}\nnonsense\n")
    trail.note("entered", "li\n<b>", "127.0.0.1")
    with (tmp_path / "audit").open("a") as file:
        file.write('{"at": "2026')
    assert [each["name"] for each in trail.latest(50)] == ["li\n<b>"]


def test_what_cannot_be_written_down_is_told(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").touch()
    (tmp_path / "audit").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "no" / "audit", tmp_path / "audit", Path("/dev/full")):
        with pytest.raises(NotAvailable, match="the audit cannot be written"):
            audit(path).note("entered", "li", "127.0.0.1")
