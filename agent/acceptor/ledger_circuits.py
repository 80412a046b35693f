"""The circuits in the ledger: which orders were issued for a line, and the record of its installation.

A row leaves with the order's personal data. The transaction around each call is the caller's.
"""

from dataclasses import dataclass

from agent import record_form, seal
from agent.acceptor.ledger_database import Connection

_INSTALLS = ("install", "move")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The accepted result of a line's installation and the acceptance that names it, as they were signed."""

    order_id: str
    record: str
    acceptance: str


class Circuits:
    """The table of circuits."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enter(self, keyed: str, order_id: str) -> None:
        """Note for which circuit, known by its keyed digest, an order was issued."""
        statement = "INSERT INTO circuits VALUES (?, ?) ON CONFLICT DO NOTHING"
        self._connection.execute(statement, (keyed, order_id))

    def forget(self, order_id: str) -> None:
        """Forget for which circuit an order was."""
        self._connection.execute("DELETE FROM circuits WHERE order_id = ?", (order_id,))

    def installation(self, keyed: str) -> Installation | None:
        """The result by which the newest installation (or move) of a circuit was closed; None: none is known."""
        statement = (
            "SELECT r.order_id, r.tx, r.kid, r.token, r.acceptance FROM circuits c JOIN records r"
            " ON r.order_id = c.order_id WHERE c.keyed = ? AND r.decision = 'closed' ORDER BY r.received_at DESC"
        )
        for row in self._connection.execute(statement, (keyed,)).fetchall():
            record = record_form.parse(seal.read(row["token"], typ=seal.RECORD).payload)
            if record.ordered is None or record.ordered.kind not in _INSTALLS:
                continue
            if record.tx == "E":
                return Installation(order_id=row["order_id"], record=row["token"], acceptance=row["acceptance"])
            tested = self._connection.execute(
                "SELECT token, acceptance FROM records WHERE kid = ? AND digest = ?", (row["kid"], record.close)
            ).fetchone()
            if tested is not None:
                return Installation(order_id=row["order_id"], record=tested[0], acceptance=tested[1])
        return None
