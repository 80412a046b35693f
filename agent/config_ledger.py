"""Configuration of the ledger on a PostgreSQL server: where it is, and which private file holds the password.

The connection string is libpq's own and holds no password; it is never printed whole, for it may name what is nobody's
business.
"""

from dataclasses import dataclass, field
from pathlib import Path

from agent.config_broker import read_secret
from agent.toml_table import TomlTable


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresSettings:
    """A libpq connection string without a password, and the file (0600) that holds it where libpq finds none itself."""

    dsn: str = field(repr=False)
    password_file: Path | None = None

    def __str__(self) -> str:
        return "the database of [ledger] dsn"

    def password(self) -> str:
        """The password, read from its file; empty where libpq is to find one (~/.pgpass, peer, certificates)."""
        return "" if self.password_file is None else read_secret(self.password_file)


LedgerPlace = Path | PostgresSettings


def ledger_place(acceptor: TomlTable, ledger: TomlTable) -> LedgerPlace:
    """Where the ledger is: a SQLite file in [acceptor] database, or a server in [ledger] dsn; exactly one of them."""
    if "dsn" in ledger:
        if "database" in acceptor:
            raise acceptor.complain("database", "there is [ledger] dsn as well; keep one of the two")
        return PostgresSettings(dsn=ledger.text("dsn"), password_file=ledger.path("password_file", None))
    place: Path = acceptor.path("database")
    return place
