"""The ledger in a SQLite file: what was committed lies on the disk (WAL, synchronous=FULL), one writer at a time.

Several processes of one machine may share the file; none of them may reach it over a network file system.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from agent.acceptor.ledger_database import LedgerAway, LedgerError, Outcome, ReadRows, Rows
from agent.acceptor.ledger_migrations import check_version, migrate

_BUSY_S = 10.0
_AGAIN_S = 0.01
_SPELLING = {"whole": "INTEGER", "strict": " STRICT", "arrival": ""}
_AWAY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_FIRST = "its tables come with the first: prooflight acceptor serve"


class Sqlite:
    """A connection to one file; it belongs to the thread that made it."""

    spelling: Mapping[str, str] = _SPELLING

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.where = str(path)
        try:
            if read_only and not path.exists():
                raise LedgerError(f"{path}: is not there yet; {_FIRST}")
            if path.is_dir():
                raise LedgerError(f"{path}: is a directory; name a file for the ledger")
            if not read_only:
                _make(path)
            address = f"{path.absolute().as_uri()}?mode={'ro' if read_only else 'rw'}"
            self._connection = sqlite3.connect(address, uri=True, timeout=_BUSY_S, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            if read_only:
                if check_version(self) == 0:
                    raise LedgerError(f"{path}: holds no ledger yet; {_FIRST}")
                return
            self._write_ahead(time.monotonic() + _BUSY_S)
            self._connection.execute("PRAGMA synchronous = FULL")
            migrate(self)
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(f"{path}: cannot be used as the ledger: {error}; name another database") from error

    def _write_ahead(self, end: float) -> None:
        """Switch the file to WAL, for which SQLite does not wait by itself where another process is just doing so."""
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _AWAY or time.monotonic() > end:
                    raise
            time.sleep(_AGAIN_S)

    def execute(self, sql: str, parameters: Any = (), /) -> Rows:
        """Run one statement: part of the transaction that is open, else one by itself."""
        if self._connection.in_transaction:
            return self._connection.execute(sql, parameters)
        try:
            cursor = self._connection.execute(sql, parameters)
            return ReadRows(cursor.fetchall(), cursor.rowcount)
        except sqlite3.Error as error:
            raise self._trouble(error, "cannot be used as the ledger") from error

    def transact(self, work: Callable[[], Outcome], *_: str) -> Outcome:
        """Do `work` in one transaction, alone among all writers of the file; LedgerError where nothing was written."""
        try:
            if self._connection.in_transaction:  # the one before could not even be taken back, for want of memory
                self._connection.execute("ROLLBACK")
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                made = work()
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise self._trouble(error) from error
        return made

    def lock(self, *_: str) -> None:
        """Nothing: who writes is alone anyhow."""

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def version(self) -> int:
        """The number of the last migration that was done; 0 in an empty file."""
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def note_version(self, number: int) -> None:
        """Keep the number where software of ours has always looked for it."""
        self._connection.execute(f"PRAGMA user_version = {number}")

    def _trouble(self, error: sqlite3.Error, what: str = "nothing was written") -> LedgerError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        words = f"{self.where}: {what}: {error}"
        if code in _AWAY:
            return LedgerAway(f"{words}; another process holds it for too long")
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return LedgerError(f"{words}; bring back a copy, stations send what it lacks")
        if code == sqlite3.SQLITE_ERROR:  # no such table, no such column
            return LedgerError(f"{words}; start prooflight acceptor serve once, which brings its tables up to date")
        return LedgerError(f"{words}; free some space or name another database")


def _make(path: Path) -> None:
    """Make the file, ours alone, where there is none; one that is there is left alone, and never opened but by SQLite.

    To close any other descriptor of it would end the locks of all connections that this process has (POSIX): another
    process then takes itself for the last one, puts the log away, and what is committed here afterwards is lost.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
