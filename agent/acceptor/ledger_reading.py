"""Reading the ledger: the work orders, their records, and the keys that stand in quarantine; changes nothing."""

from typing import Any

from agent.acceptor.ledger_engines import connect
from agent.config_ledger import LedgerPlace

_RECORD = (
    "station, epoch, seq, tx, attempt, decision, outcome, reasons, received_at, digest, kid FROM records"
    " WHERE order_id = ? ORDER BY received_at, epoch, seq"
)
DECISION_COLUMNS = (
    *("order_id", "ticket", "station", "attempt", "tx", "decision", "outcome", "reasons", "received_at"),
    *("closed_by", "digest", "kid", "epoch", "seq"),
)


class Reading:
    """The ledger's database, opened to be read beside a running service."""

    def __init__(self, place: LedgerPlace) -> None:
        self._connection = connect(place, read_only=True)

    def tickets(self) -> list[dict[str, Any]]:
        """Every work order with its state, why, and by which record it was closed."""
        return self._rows("SELECT * FROM tickets ORDER BY changed_at, id")

    def records(self, order: str) -> list[dict[str, Any]]:
        """The records of one work order, in the order in which they came."""
        rows = self._rows(f"SELECT {_RECORD}", order)
        return [row | {"reasons": row["reasons"].split("\n")} for row in rows]

    def decisions(self) -> list[dict[str, Any]]:
        """Every record of a work order with the decision on it and the work order's state, in the order they came."""
        return self._rows(
            "SELECT r.*, t.state AS ticket, t.closed_by FROM records r LEFT JOIN tickets t ON t.id = r.order_id"
            " WHERE r.order_id IS NOT NULL ORDER BY r.rowid"
        )

    def quarantine(self) -> list[dict[str, Any]]:
        """The keys that are not believed any more, since when and why."""
        return self._rows("SELECT * FROM quarantine ORDER BY since")

    def waiting(self) -> list[dict[str, Any]]:
        """The records that wait for an earlier one of their chain."""
        return self._rows("SELECT kid, epoch, seq, received_at FROM waiting ORDER BY kid, epoch, seq")

    def openings(self, order: str) -> dict[str, str]:
        """The openings of a work order's records that were not given up, by the record's digest."""
        rows = self._rows(
            "SELECT o.digest, o.token FROM openings o JOIN records r ON r.digest = o.digest"
            " WHERE r.order_id = ? AND o.token IS NOT NULL ORDER BY r.epoch, r.seq",
            order,
        )
        return {row["digest"]: row["token"] for row in rows}

    def tokens(self, order: str) -> dict[str, str]:
        """The records of a work order as they were signed, by their digest."""
        rows = self._rows("SELECT digest, token FROM records WHERE order_id = ?", order)
        return {row["digest"]: row["token"] for row in rows}

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def _rows(self, statement: str, *parameters: str) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(statement, parameters)]
