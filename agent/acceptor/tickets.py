"""Tickets: the work orders as the acceptor sees them; closing one is compare-and-set and happens once.

The embedded adapter is a table in the ledger's own database, so that a work order is closed in the very transaction
that writes the acceptance saying so.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from agent.acceptor.desk import TicketState
from agent.acceptor.ledger_database import Connection
from agent.record import UNANCHORED, OrderRef


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What became of a record of a work order: its digest, its kind, the decision on it, why and when.

    `tx` is empty where a person decided; `again` where it may have been told before our tables were set back.
    """

    record: str
    tx: str
    decision: str
    why: str
    at: datetime
    again: bool = False


class Tickets(Protocol):
    """A ticket system, as far as the acceptor needs one."""

    def state(self, order: OrderRef) -> TicketState:
        """Whether the work order is open or closed, or known with other content."""

    def note(self, order: OrderRef, why: str, at: str) -> None:
        """Say why the work order stays open; nothing where it is closed or known with other content."""

    def close(self, order: OrderRef, record: str, why: str, at: str) -> bool:
        """Close the work order by a record's digest if it is open with this very content; whether that was done."""

    def expect(self, order: OrderRef, why: str, at: str) -> bool:
        """From now on only this signed order closes the work order; whether it was still open."""

    def tell(self, order: OrderRef, news: News) -> None:
        """Have whoever keeps work orders elsewhere told of it, if anybody does; in this very transaction."""


def _content(order: OrderRef) -> str:
    """By what a work order is known: the signed order, or where nobody signed the work order's own bytes."""
    return order.digest if order.anchor == UNANCHORED else order.anchor


class EmbeddedTickets:
    """Work orders in the table `tickets`; one is known from its first record on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def state(self, order: OrderRef) -> TicketState:
        """Whether the work order is open or closed, or known with other content."""
        row = self._connection.execute("SELECT digest, state FROM tickets WHERE id = ?", (order.id,)).fetchone()
        if row is None:
            return "open"
        return "other" if row[0] != _content(order) else "closed" if row[1] == "closed" else "open"

    def note(self, order: OrderRef, why: str, at: str) -> None:
        """Say why the work order stays open; nothing where it is closed or known with other content."""
        self._connection.execute(
            "INSERT INTO tickets VALUES (?, ?, 'open', ?, NULL, ?) ON CONFLICT (id) DO UPDATE SET why = excluded.why,"
            " changed_at = excluded.changed_at WHERE tickets.state = 'open' AND tickets.digest = excluded.digest",
            (order.id, _content(order), why, at),
        )

    def close(self, order: OrderRef, record: str, why: str, at: str) -> bool:
        """Close the work order by a record's digest if it is open with this very content; whether that was done."""
        done = self._connection.execute(
            "INSERT INTO tickets VALUES (?, ?, 'closed', ?, ?, ?) ON CONFLICT (id) DO UPDATE SET state = 'closed',"
            " why = excluded.why, closed_by = excluded.closed_by, changed_at = excluded.changed_at"
            " WHERE tickets.state = 'open' AND tickets.digest = excluded.digest",
            (order.id, _content(order), why, record, at),
        )
        return bool(done.rowcount == 1)

    def expect(self, order: OrderRef, why: str, at: str) -> bool:
        """From now on only this signed order closes the work order; whether it was still open."""
        done = self._connection.execute(
            "INSERT INTO tickets VALUES (?, ?, 'open', ?, NULL, ?) ON CONFLICT (id) DO UPDATE SET why = excluded.why,"
            " changed_at = excluded.changed_at, digest = excluded.digest WHERE tickets.state = 'open'",
            (order.id, _content(order), why, at),
        )
        return bool(done.rowcount == 1)

    def tell(self, order: OrderRef, news: News) -> None:
        """Nothing: whoever reads this table knows."""
