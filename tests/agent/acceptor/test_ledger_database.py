"""The ledger's database on both engines: brought up to date once, whole transactions or none, trouble told."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from agent.acceptor.ledger_database import Database, LedgerAway, LedgerError, Unstorable
from agent.acceptor.ledger_engines import connect
from agent.acceptor.ledger_migrations import MIGRATIONS
from agent.acceptor.ledger_reading import Reading
from agent.config_ledger import LedgerPlace, PostgresSettings
from diagnostics.errors import BadConfiguration
from tests.postgres import Cluster, cluster, missing

WAIT_S = 60.0
FIRST_RELEASE = """
CREATE TABLE records (
    kid TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL UNIQUE, tx TEXT NOT NULL,
    station TEXT NOT NULL, order_id TEXT, attempt INTEGER NOT NULL, decision TEXT NOT NULL, outcome TEXT,
    reasons TEXT NOT NULL, received_at TEXT NOT NULL, token TEXT NOT NULL, acceptance TEXT NOT NULL,
    PRIMARY KEY (kid, epoch, seq)
) STRICT;
CREATE INDEX records_of_order ON records (order_id);
CREATE TABLE attempts (anchor TEXT NOT NULL, digest TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE receipts (digest TEXT PRIMARY KEY, anchor TEXT NOT NULL, token TEXT NOT NULL, received_at TEXT NOT NULL)
STRICT;
CREATE TABLE orders (
    digest TEXT PRIMARY KEY, order_id TEXT NOT NULL, token TEXT NOT NULL, issued_at TEXT NOT NULL, revoked TEXT
) STRICT;
CREATE TABLE tickets (
    id TEXT PRIMARY KEY, digest TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    why TEXT NOT NULL, closed_by TEXT, changed_at TEXT NOT NULL
) STRICT;
INSERT INTO tickets VALUES ('WO-1', 'd', 'closed', 'closed: fine', 'r', '2026-11-20T00:00:00+00:00');
PRAGMA user_version = 1;
"""


def numbers(database: Database) -> list[int]:
    return [row["number"] for row in database.execute("SELECT number FROM migrations ORDER BY number")]


NEWEST = list(range(1, len(MIGRATIONS) + 1))


def test_a_file_of_the_first_release_is_brought_up_to_date_and_keeps_what_it_holds(tmp_path: Path) -> None:
    path = tmp_path / "ledger"
    with sqlite3.connect(path) as old:
        old.executescript(FIRST_RELEASE)
    database = connect(path)
    assert numbers(database) == NEWEST
    assert [ticket["state"] for ticket in Reading(path).tickets()] == ["closed"]
    plan = database.execute("EXPLAIN QUERY PLAN SELECT digest FROM attempts WHERE anchor = ?", ("a",)).fetchall()
    assert "attempts_of_order" in plan[0]["detail"]
    database.close()
    again = sqlite3.connect(path)
    assert again.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    again.close()


def test_tables_that_are_newer_than_this_software_are_left_alone(place: LedgerPlace) -> None:
    database = connect(place)
    newer = len(MIGRATIONS) + 1
    database.execute("INSERT INTO migrations VALUES (?, 'what is to come')", (newer,))
    if isinstance(place, Path):
        database.execute(f"PRAGMA user_version = {newer}")
    database.close()
    for read_only in (False, True):
        with pytest.raises(LedgerError, match=f"schema {newer}, this software knows {len(MIGRATIONS)}"):
            connect(place, read_only=read_only)


def test_processes_that_start_at_once_make_the_tables_once(place: LedgerPlace) -> None:
    barrier, found = threading.Barrier(4), []

    def start() -> None:
        barrier.wait(WAIT_S)
        database = connect(place)
        found.append(numbers(database))
        database.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert found == [NEWEST] * 4


def test_a_database_that_is_not_there_is_not_made_by_reading_it(place: LedgerPlace) -> None:
    with pytest.raises(LedgerError, match="prooflight acceptor serve"):
        Reading(place)


def ticket(database: Database, name: str) -> None:
    database.execute("INSERT INTO tickets VALUES (?, 'd', 'open', '', NULL, '')", (name,))


def tickets(database: Database) -> list[str]:
    return [str(row[0]) for row in database.execute("SELECT id FROM tickets ORDER BY id")]


def test_a_transaction_is_written_whole_or_not_at_all(place: LedgerPlace) -> None:
    one, other = connect(place), connect(place)

    def half() -> None:
        ticket(one, "WO-1")
        assert tickets(other) == []
        raise RuntimeError("in mid work")

    with pytest.raises(RuntimeError, match="in mid work"):
        one.transact(half)
    assert tickets(one) == []
    one.transact(lambda: ticket(one, "WO-2"))
    assert tickets(other) == ["WO-2"]
    one.close()
    other.close()


def test_who_names_the_same_lock_waits_and_sees_what_was_committed_meanwhile(place: LedgerPlace) -> None:
    inside, go_on = threading.Event(), threading.Event()
    seen: list[list[str]] = []

    def first() -> None:
        database = connect(place)

        def work() -> None:
            inside.set()
            assert go_on.wait(WAIT_S)
            ticket(database, "WO-1")

        database.transact(work, "chain a", "order b")
        database.close()

    def second() -> None:
        database = connect(place)
        seen.append(database.transact(lambda: tickets(database), "order b"))
        database.close()

    connect(place).close()
    threads = [threading.Thread(target=work) for work in (first, second)]
    threads[0].start()
    assert inside.wait(WAIT_S)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(WAIT_S)
    assert seen == [["WO-1"]]


@pytest.fixture
def server(shared_cluster: Cluster) -> Iterator[tuple[PostgresSettings, Database]]:
    """A database of the shared cluster with a connection to it."""
    settings = PostgresSettings(dsn=shared_cluster.database())
    database = connect(settings)
    yield settings, database
    database.close()


def test_work_that_met_a_deadlock_is_done_again_from_its_beginning(server: tuple[PostgresSettings, Database]) -> None:
    settings, _ = server
    barrier, tries = threading.Barrier(2), []

    def hold(first: str, then: str) -> None:
        database, met = connect(settings), []

        def work() -> None:
            tries.append(first)
            database.lock(first)
            ticket(database, first)
            if not met:
                met.append(True)
                barrier.wait(WAIT_S)
            database.lock(then)

        database.transact(work)
        database.close()

    threads = [threading.Thread(target=hold, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    assert len(tries) == 3
    assert tickets(server[1]) == ["a", "b"]


def test_a_statement_that_waits_too_long_is_given_up_and_may_be_tried_again(
    server: tuple[PostgresSettings, Database],
) -> None:
    settings, database = server
    hasty = connect(PostgresSettings(dsn=f"{settings.dsn} options='-c statement_timeout=100'"))

    def blocked() -> None:
        with pytest.raises(LedgerAway, match="does not serve now"):
            hasty.transact(lambda: None, "x")

    database.transact(blocked, "x")
    hasty.transact(lambda: ticket(hasty, "WO-1"), "x")
    assert tickets(database) == ["WO-1"]
    hasty.close()


def test_content_that_the_server_does_not_take_is_told_apart_from_trouble(
    server: tuple[PostgresSettings, Database],
) -> None:
    _, database = server
    with pytest.raises(Unstorable, match="does not take this content"):
        database.transact(lambda: ticket(database, "a\0b"))
    assert tickets(database) == []


def test_a_large_text_is_pressed_by_the_cheaper_method_where_the_server_has_it(
    server: tuple[PostgresSettings, Database],
) -> None:
    _, database = server
    known = database.execute(
        "SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'"
    ).fetchone() or [[]]
    if "lz4" not in known[0]:
        pytest.skip("this server has no LZ4")
    database.execute("INSERT INTO openings VALUES (?, ?)", ("d", "a record, " * 1000))
    assert database.execute("SELECT pg_column_compression(token) FROM openings").fetchone()[0] == "lz4"


def test_reading_changes_nothing(server: tuple[PostgresSettings, Database]) -> None:
    reading = connect(server[0], read_only=True)
    with pytest.raises(LedgerError, match="read-only"):
        ticket(reading, "WO-1")
    reading.close()


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_a_server_that_was_killed_is_away_and_then_goes_on_with_what_was_committed() -> None:
    with cluster() as postgres:
        database = connect(PostgresSettings(dsn=postgres.database()))
        database.transact(lambda: ticket(database, "WO-1"))

        def cut() -> None:
            ticket(database, "WO-2")
            postgres.kill()
            ticket(database, "WO-3")

        with pytest.raises(LedgerAway, match="does not serve now"):
            database.transact(cut)
        with pytest.raises(LedgerAway, match="see whether the server runs"):
            database.transact(lambda: ticket(database, "WO-4"))
        postgres.start()
        assert tickets(database) == ["WO-1"]
        database.transact(lambda: ticket(database, "WO-5"))
        assert tickets(database) == ["WO-1", "WO-5"]
        database.close()


SECRET = "geheim-4711"


@pytest.mark.skipif(bool(missing()), reason=missing())
def test_the_password_comes_from_a_private_file_and_is_in_no_message(tmp_path: Path) -> None:
    with cluster() as postgres:
        dsn = postgres.database()
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE desk LOGIN PASSWORD '{SECRET}'")
            connection.execute("GRANT ALL ON SCHEMA public TO desk")
            connection.execute("CREATE ROLE guest LOGIN")
        access = postgres.directory / "data" / "pg_hba.conf"
        access.write_text("local all desk scram-sha-256\n" + access.read_text())
        with psycopg.connect(dsn, autocommit=True) as connection:
            connection.execute("SELECT pg_reload_conf()")
        postgres.stop()
        postgres.start()
        path = tmp_path / "password"
        path.write_text(f"{SECRET}\n")
        path.chmod(0o600)
        settings = PostgresSettings(dsn=dsn.replace("user=prooflight", "user=desk"), password_file=path)
        assert SECRET not in repr(settings) + str(settings)
        connect(settings).close()
        path.write_text("another")
        with pytest.raises(LedgerAway, match="password authentication failed"):
            connect(settings)
        path.chmod(0o644)
        with pytest.raises(BadConfiguration, match="chmod 600"):
            connect(settings)
        with pytest.raises(LedgerError, match="permission denied"):
            connect(PostgresSettings(dsn=dsn.replace("user=prooflight", "user=guest")))


@pytest.mark.parametrize(
    "dsn", [f"host=/run password={SECRET}", f"postgresql://desk:{SECRET}@db/ledger", f"{SECRET}", f"hots={SECRET}"]
)
def test_a_connection_string_with_a_password_is_refused_without_repeating_it(dsn: str) -> None:
    settings = PostgresSettings(dsn=dsn)
    with pytest.raises(BadConfiguration, match=r"\[ledger\] dsn") as told:
        connect(settings)
    assert SECRET not in f"{told.value}{settings!r}"


def documented() -> dict[str, set[str]]:
    """The tables of docs/ledger.md with their columns."""
    found: dict[str, set[str]] = {}
    table = ""
    text = (Path(__file__).parents[3] / "docs" / "ledger.md").read_text()
    for line in text.partition("## Tables")[2].splitlines():
        cells = [re.findall(r"`(\w+)`", cell) for cell in line.split("|")[1:3]]
        if len(cells) == 2 and (cells[0] or cells[1]):
            table = cells[0][0] if cells[0] else table
            found.setdefault(table, set()).update(cells[1])
    return found


def test_the_page_names_every_table_and_column(place: LedgerPlace) -> None:
    database = connect(place)
    if isinstance(place, Path):
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        made = {name: {row["name"] for row in database.execute(f"PRAGMA table_info({name})")} for name in names}
        for counted in ("records", "outbox"):
            made[counted].add("rowid")
    else:
        made = {}
        columns = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        for table, column in database.execute(columns):
            made.setdefault(table, set()).add(column)
    assert made == documented()
    database.close()
