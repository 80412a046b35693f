"""Which engine holds a ledger: a file is SQLite's, a connection string PostgreSQL's; the other is not loaded."""

from agent.acceptor.ledger_database import Database
from agent.config_ledger import LedgerPlace, PostgresSettings


def connect(place: LedgerPlace, *, read_only: bool = False) -> Database:
    """Open the ledger's database; its tables are made or brought up to date unless it is only to be read."""
    if isinstance(place, PostgresSettings):
        from agent.acceptor.ledger_postgres import Postgres

        return Postgres(place, read_only=read_only)
    from agent.acceptor.ledger_sqlite import Sqlite

    return Sqlite(place, read_only=read_only)
