"""What the ledger asks of its database, whichever engine that is: statements, whole transactions, and honest trouble.

What a transaction did lies on the disk when `transact` returns, or nothing of it does. Statements are written once, in
the SQL that SQLite and PostgreSQL share, with `?` for each parameter.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Protocol, TypeVar

from diagnostics.errors import NotAvailable

Outcome = TypeVar("Outcome")


class LedgerError(NotAvailable):
    """The ledger's database cannot be used; the message names it and the remedy."""


class LedgerAway(LedgerError):
    """The database does not answer now, and may soon; nothing was written that is known of, the same again is right."""


class Unstorable(LedgerError):
    """The database does not take this content; other content is not concerned."""


def is_everybodys(error: Exception) -> bool:
    """Whether an error in entering a record is the database's or the machine's, and not that one record's."""
    return isinstance(error, LedgerError | MemoryError) and not isinstance(error, Unstorable)


class Rows(Protocol):
    """What a statement brought: rows that know their columns by number and by name, or how many it changed."""

    @property
    def rowcount(self) -> int:
        """How many rows the statement changed."""

    def fetchone(self) -> Any:
        """The next row, or None."""

    def fetchall(self) -> list[Any]:
        """All rows that are left."""

    def __iter__(self) -> Iterator[Any]: ...


class ReadRows:
    """Rows that were read to their end, from their first on: no trouble is left to come of reading them."""

    def __init__(self, rows: Iterable[Any], rowcount: int) -> None:
        self._rows = iter(rows)
        self.rowcount = rowcount

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class Connection(Protocol):
    """What the tables ask of a database inside a transaction that somebody else began."""

    def execute(self, sql: str, parameters: Any = ..., /) -> Rows:
        """Run one statement."""


class Database(Protocol):
    """One process's connection to the ledger's database."""

    where: str

    def execute(self, sql: str, parameters: Any = ..., /) -> Rows:
        """Run one statement: part of the transaction that is open, else one by itself."""

    def transact(self, work: Callable[[], Outcome], *locks: str) -> Outcome:
        """Do `work` in one transaction, alone among all who name one of `locks`; LedgerError where nothing was written.

        Work that met a conflict is done again from its beginning, so it must change nothing but the database.
        """

    def lock(self, *locks: str) -> None:
        """Inside `transact`: be alone with these, too."""

    def close(self) -> None:
        """Let go of the database."""
