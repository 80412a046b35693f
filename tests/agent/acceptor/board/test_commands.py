"""`prooflight acceptor user` and `board`: who may come in is kept in a private file, and the page says where it is."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.acceptor.board import people
from agent.cli import main
from agent.config_board import board_settings
from agent.toml_table import ConfigError, load
from diagnostics.secret import Secret
from tests.agent.acceptor.board.conftest import SmallFleet
from tests.agent.acceptor.board.house import PASSWORD, Browser
from tests.agent.acceptor.test_reading_commands import ROOT, configured
from tests.agent.conftest import Ring


@pytest.fixture
def config(tmp_path: Path, ring: Ring, fleet: SmallFleet) -> Path:
    path = configured(tmp_path, ring, fleet.ledger)
    path.write_text(f'{path.read_text()}[board]\nlisten = "127.0.0.1:0"\naudit = "audit.jsonl"\n')
    return path


def user(config: Path, monkeypatch: pytest.MonkeyPatch, *words: str, typed: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return main(["acceptor", "user", *words, "--config", str(config)])


@contextmanager
def started(config: Path) -> Iterator["subprocess.Popen[str]"]:
    """The page as a process."""
    command = [sys.executable, "-m", "agent.cli", "acceptor", "board", "--config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def test_users_are_added_changed_listed_and_removed(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = config.parent / "board-users.json"
    assert user(config, monkeypatch, "list") == 0
    assert user(config, monkeypatch, "add", "li", "--role", "viewer", typed=f"{PASSWORD.reveal()}\n") == 0
    assert user(config, monkeypatch, "add", "wu", "--role", "admin", typed="eleven blue kettles\n") == 0
    assert user(config, monkeypatch, "add", "li", "--role", "support", typed="other green lorries\n") == 0
    found = people.load(file)
    assert {name: each.role for name, each in found.items()} == {"li": "support", "wu": "admin"}
    assert found["li"].matches(Secret("other green lorries")) and file.stat().st_mode & 0o777 == 0o600
    capsys.readouterr()
    assert user(config, monkeypatch, "list") == 0
    told = capsys.readouterr().out
    assert [line.split()[:2] for line in told.splitlines()] == [["support", "li"], ["admin", "wu"]]
    assert user(config, monkeypatch, "remove", "li") == 0 and list(people.load(file)) == ["wu"]
    assert user(config, monkeypatch, "remove", "li") == 65
    assert user(config, monkeypatch, "add", "li", "--role", "viewer", typed="short\n") == 65
    assert list(people.load(file)) == ["wu"] and "lorries" not in file.read_text() + told


def test_the_page_is_served_until_it_is_ended(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    user(config, monkeypatch, "add", "wu", "--role", "viewer", typed=f"{PASSWORD.reveal()}\n")
    with started(config) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        browser = Browser(line.split("http://")[1].strip().rstrip("/"))
        assert browser.enters("wu") == 303 and "OLT-NORTH-1" in browser.shown("/causes")
        user(config, monkeypatch, "remove", "wu")
        assert browser.ask("GET", "/orders")[0] == 401
        assert json.loads((config.parent / "audit.jsonl").read_text())["name"] == "wu"
        process.terminate()
        assert process.wait(120) == 0


def test_a_ledger_that_is_not_there_yet_is_said_and_the_page_served_all_the_same(
    tmp_path: Path, ring: Ring, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = configured(tmp_path, ring, tmp_path / "no" / "ledger")
    config.write_text(f'{config.read_text()}[board]\nlisten = "127.0.0.1:0"\naudit = "audit.jsonl"\n')
    user(config, monkeypatch, "add", "wu", "--role", "viewer", typed=f"{PASSWORD.reveal()}\n")
    with started(config) as process:
        assert process.stdout is not None
        assert "is not there yet" in process.stdout.readline()
        browser = Browser(process.stdout.readline().split("http://")[1].strip().rstrip("/"))
        assert browser.enters("wu") == 303 and browser.ask("GET", "/orders")[0] == 503


def test_without_a_table_or_users_there_is_no_page(
    config: Path, capsys: pytest.CaptureFixture[str], ring: Ring, fleet: SmallFleet
) -> None:
    assert main(["acceptor", "board", "--config", str(config)]) == 78
    assert "prooflight acceptor user add" in capsys.readouterr().err
    bare = configured(config.parent, ring, fleet.ledger)
    for verb in (["board"], ["user", "list"]):
        assert main(["acceptor", *verb, "--config", str(bare)]) == 78
        assert "there is no [board]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "audit"),
        ('audit = "a"\nlisten = "0.0.0.0:8460"', "plain HTTP leaves this machine"),
        ('audit = "a"\nlisten = "fleet.example:8460"', "plain HTTP leaves this machine"),
        ('audit = "a"\nlisten = "127.0.0.1"', "must be ADDRESS:PORT"),
        ('audit = "a"\nlisten = "127.0.0.1:99999"', "must be ADDRESS:PORT"),
        ('audit = "a"\nurl = "http://fleet.example"', "must begin with https://"),
        ('audit = "a"\nurl = "https://li:pw@fleet.example"', "without user"),
        ('audit = "a"\nplain = 1', "must be true or false"),
        ('audit = "a"\nrole = "x"', "is not known here"),
    ],
)
def test_a_table_that_is_wrong_is_refused(text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(f"[board]\n{text}\n")
    root = load(tmp_path / "c.toml")
    with pytest.raises(ConfigError, match=complaint):
        board_settings(root.table("board"))
        root.done()


def test_what_the_table_says_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('[board]\naudit = "a"\n')
    made = board_settings(load(file).table("board"))
    assert (made.host, made.port, made.secure, made.names) == ("127.0.0.1", 8460, False, ("localhost",))
    assert made.users == tmp_path / "board-users.json"
    file.write_text(
        '[board]\naudit = "a"\nlisten = "[::]:80"\nplain = true\nurl = "https://Fleet.example/"\nusers = "/u"\n'
    )
    made = board_settings(load(file).table("board"))
    assert (made.host, made.port, made.secure, made.names) == ("::", 80, True, ("fleet.example", "localhost"))
    assert made.users == Path("/u")
