"""A connection for one page, which asks each question once: several tables are counted from the same rows."""

from typing import Any

from agent.acceptor.ledger_database import Connection, ReadRows, Rows


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
        rows = self._known[question]
        return ReadRows(rows, len(rows))
