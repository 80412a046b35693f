"""A connection for one page, which asks each question once: several tables are counted from the same rows."""

from collections.abc import Iterator, Sequence
from typing import Any

from agent.acceptor.ledger_database import Connection, Rows


class Kept:
    """Rows that were read before, from their first on."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = iter(rows)
        self.rowcount = len(rows)

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class Once:
    """A connection that only reads, and remembers what it read for as long as one request lasts."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._known: dict[tuple[str, tuple[Any, ...]], list[Any]] = {}

    def execute(self, sql: str, parameters: Any = (), /) -> Rows:
        """The rows of a statement, asked of the database where it is new."""
        question = (sql, tuple(parameters))
        if question not in self._known:
            self._known[question] = self._connection.execute(sql, parameters).fetchall()
        return Kept(self._known[question])
