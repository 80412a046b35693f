"""The ledger's database: its tables, how it is opened, and what a transaction is; no rule of the trade.

What was committed lies on the disk (WAL, synchronous=FULL). A change of the tables is a new VERSION.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.acceptor import tickets
from diagnostics.errors import NotAvailable

VERSION = 1

SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    kid TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL UNIQUE, tx TEXT NOT NULL,
    station TEXT NOT NULL, order_id TEXT, attempt INTEGER NOT NULL, decision TEXT NOT NULL, outcome TEXT,
    reasons TEXT NOT NULL, received_at TEXT NOT NULL, token TEXT NOT NULL, acceptance TEXT NOT NULL,
    PRIMARY KEY (kid, epoch, seq)
) STRICT;
CREATE INDEX IF NOT EXISTS records_of_order ON records (order_id);
CREATE TABLE IF NOT EXISTS waiting (
    kid TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, digest TEXT NOT NULL, token TEXT NOT NULL,
    received_at TEXT NOT NULL, PRIMARY KEY (kid, epoch, seq)
) STRICT;
CREATE TABLE IF NOT EXISTS equivocations (
    kid TEXT NOT NULL, epoch INTEGER NOT NULL, seq INTEGER NOT NULL, digest TEXT PRIMARY KEY, token TEXT NOT NULL,
    received_at TEXT NOT NULL, acceptance TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS orders (
    digest TEXT PRIMARY KEY, order_id TEXT NOT NULL, token TEXT NOT NULL, issued_at TEXT NOT NULL, revoked TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS attempts (
    anchor TEXT NOT NULL, digest TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS receipts (
    digest TEXT PRIMARY KEY, anchor TEXT NOT NULL, token TEXT NOT NULL, received_at TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS openings (
    digest TEXT PRIMARY KEY, token TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS quarantine (kid TEXT PRIMARY KEY, since TEXT NOT NULL, reason TEXT NOT NULL) STRICT;
"""


class LedgerError(NotAvailable):
    """The ledger's database cannot be used; the message names the file and the remedy."""


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open the ledger's database, made where it is not there yet unless it is only to be read."""
    if read_only and not path.exists():
        raise LedgerError(f"{path}: is not there yet; it comes with the first: prooflight acceptor serve")
    try:
        if not read_only:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        mode = "ro" if read_only else "rw"
        address = f"{path.absolute().as_uri()}?mode={mode}"
        connection = sqlite3.connect(address, uri=True, timeout=10, isolation_level=None)
        connection.row_factory = sqlite3.Row
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise LedgerError(f"{path}: has schema {version}, this software knows {VERSION}; use the newer software")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(SCHEMA + tickets.SCHEMA + f"PRAGMA user_version = {VERSION};")
    except (sqlite3.Error, OSError) as error:
        raise LedgerError(f"{path}: cannot be used as the ledger: {error}; name another database") from error
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """All that is done inside lies on the disk when this ends, or nothing of it does."""
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    except sqlite3.Error as error:
        raise LedgerError(f"{path}: nothing was written: {error}; free some space or name another database") from error
