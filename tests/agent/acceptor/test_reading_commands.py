"""The commands that read the ledger: reasons one a line, and whatever is wrong with the database one plain line."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from agent.acceptor.ledger_engines import connect
from agent.chain import Chain
from agent.cli import main
from agent.config_ledger import LedgerPlace, PostgresSettings
from tests.agent import samples
from tests.agent.acceptor.conftest import database_in_toml, desk, visit
from tests.agent.conftest import Ring
from tests.postgres import Cluster

ROOT = Path(__file__).parents[3]
COMMANDS = {
    words: words.split()
    for words in (
        "list",
        "show WO-1",
        "status",
        "status --prometheus",
        "review list",
        "review show 0123456789",
        "tickets list",
        "export --csv -",
        "fleet orders",
        "fleet stations --csv",
    )
}


def configured(folder: Path, ring: Ring, place: LedgerPlace) -> Path:
    """The configuration of an acceptor whose ledger is there."""
    path = folder / "acceptor.toml"
    path.write_text(
        f'[acceptor]\nname = "desk"\nkey = "{ring.folder}/acceptor.jwk"\ntrust = "{ring.trust_file}"\n'
        f'{database_in_toml(place)}[mqtt]\nhost = "127.0.0.1"\ntenant = "north"\n'
    )
    return path


def garbage(path: Path) -> None:
    path.write_bytes(b"\x00\xff this is no database " * 500)


def spoilt_inside(path: Path) -> None:
    """A ledger whose header is whole, and nothing behind it."""
    connect(path).close()
    with sqlite3.connect(path) as whole:
        whole.execute("PRAGMA journal_mode = DELETE")
    made = path.read_bytes()
    path.write_bytes(made[:100] + b"\xa5" * (len(made) - 100))


def of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE songs (title TEXT)")


def without_its_tables(path: Path) -> None:
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA user_version = 1")


FILES: dict[str, tuple[Callable[[Path], object], str]] = {
    "garbage": (garbage, "file is not a database"),
    "spoilt inside": (spoilt_inside, "malformed"),
    "empty": (Path.touch, "holds no ledger yet; its tables come with the first: prooflight acceptor serve"),
    "another program's": (of_another_program, "holds no ledger yet"),
    "without tables": (without_its_tables, "start prooflight acceptor serve once"),
    "a directory": (Path.mkdir, "is a directory; name a file for the ledger"),
    "missing": (lambda path: None, "is not there yet; its tables come with the first: prooflight acceptor serve"),
    "in no directory": (lambda path: path.parent.rmdir(), "is not there yet"),
}


@pytest.mark.parametrize(("spoil", "told"), FILES.values(), ids=FILES)
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_file_that_is_no_ledger_is_one_plain_line_from_every_command_that_reads(
    tmp_path: Path,
    ring: Ring,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    spoil: Callable[[Path], object],
    told: str,
) -> None:
    (tmp_path / "here").mkdir()
    path = tmp_path / "here" / "ledger"
    spoil(path)
    assert main(["acceptor", *words, "--config", str(configured(tmp_path, ring, path))]) == 69
    out, said = capsys.readouterr()
    assert (out, said.count("\n")) == ("", 1), (out, said)
    assert str(path) in said and told in said


RUN_ALL = "import sys; from agent.cli import main; print([main(words.split()) for words in sys.argv[1:]])"


@pytest.mark.parametrize("spoil", ["the file", "its directory"])
def test_a_ledger_that_we_may_not_read_is_one_plain_line_from_every_command_that_reads(
    tmp_path: Path, ring: Ring, spoil: str
) -> None:
    (tmp_path / "here").mkdir()
    path = tmp_path / "here" / "ledger"
    connect(path).close()
    (path if spoil == "the file" else path.parent).chmod(0)
    config = configured(tmp_path, ring, path)
    # Root may read all files by a capability, so it is left behind.
    by = ["setpriv", "--bounding-set", "-all"] if os.geteuid() == 0 else []
    asked = [f"acceptor {words} --config {config}" for words in COMMANDS]
    command = [*by, sys.executable, "-c", RUN_ALL, *asked]
    run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    path.parent.chmod(0o700)
    assert run.stdout == f"{[69] * len(COMMANDS)}\n", run.stderr
    assert run.stderr.count("\n") == len(COMMANDS)
    assert all(str(path) in line for line in run.stderr.splitlines())


@pytest.fixture
def server_place(shared_cluster: Cluster) -> PostgresSettings:
    return PostgresSettings(dsn=shared_cluster.database())


def no_tables(place: PostgresSettings) -> PostgresSettings:
    return place


def tables_gone(place: PostgresSettings) -> PostgresSettings:
    connect(place).close()
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        connection.execute(
            "DROP TABLE records, tickets, outbox, quarantine, waiting, fleet_results, fleet_orders, stations"
        )
    return place


def no_right(place: PostgresSettings) -> PostgresSettings:
    connect(place).close()
    with psycopg.connect(place.dsn, autocommit=True) as connection, contextlib.suppress(psycopg.errors.DuplicateObject):
        connection.execute("CREATE ROLE onlooker LOGIN")
    return PostgresSettings(dsn=place.dsn.replace("user=prooflight", "user=onlooker"))


def nobody_there(place: PostgresSettings) -> PostgresSettings:
    return PostgresSettings(dsn=place.dsn.replace("dbname=", "dbname=no"))


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (no_tables, "is empty; its tables come with the first: prooflight acceptor serve"),
        (tables_gone, "does not exist"),
        (no_right, "permission denied"),
        (nobody_there, "does not exist"),
    ],
)
def test_a_database_that_is_no_ledger_is_one_plain_line_from_every_command_that_reads(
    tmp_path: Path,
    ring: Ring,
    capsys: pytest.CaptureFixture[str],
    server_place: PostgresSettings,
    spoil: Callable[[PostgresSettings], PostgresSettings],
    told: str,
) -> None:
    config = configured(tmp_path, ring, spoil(server_place))
    for words in COMMANDS.values():
        assert main(["acceptor", *words, "--config", str(config)]) == 69, words
        out, said = capsys.readouterr()
        assert (out, said.count("\n")) == ("", 1), (words, out, said)
        assert told in said and "PostgreSQL database " in said, words


def test_reasons_are_told_one_a_line_and_in_the_list_the_first_and_how_many_more(
    tmp_path: Path, ring: Ring, station: Chain, place: LedgerPlace, capsys: pytest.CaptureFixture[str]
) -> None:
    office = desk(place, ring)
    reasons = [answer.reasons for token in visit(station, **samples.UNPROVEN) for answer in office.take(token)][-1]
    one = [answer.reasons for token in visit(station, 2) for answer in office.take(token)][-1]
    office.ledger.close()
    assert len(reasons) > 1 == len(one) - len(one[1:])
    config = str(configured(tmp_path, ring, place))
    assert main(["acceptor", "list", "--config", config]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line for line in listed if f"  review: {reasons[0]}; and {len(reasons) - 1} more" in line]
    assert len(listed) == 2
    assert main(["acceptor", "show", "WO-1", "--config", config]) == 0
    shown = capsys.readouterr().out.splitlines()
    assert shown[: 1 + len(reasons)] == [
        "work order WO-1: open",
        f"    review: {reasons[0]}",
        *(f"    {reason}" for reason in reasons[1:]),
    ]
    assert main(["acceptor", "show", "WO-1", "--json", "--config", config]) == 0
    assert json.loads(capsys.readouterr().out)["why"] == "review: " + "\n".join(reasons)
