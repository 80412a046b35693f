"""The signed orders in the ledger: what was issued, what was revoked, and how many tests each has had.

It believes only what this back office itself wrote; the transaction around each call is the caller's.
"""

import functools
from collections.abc import Mapping
from typing import Any

from agent import receipt, seal, signed_order
from agent.acceptor.known_order import KnownOrder
from agent.acceptor.ledger_database import Connection
from agent.receipt import Receipt
from agent.signed_order import SignedOrder
from diagnostics import strict_json


class Orders:
    """The tables of signed orders."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def enter(self, token: str, issued_at: str) -> None:
        """Note an order that was issued; the same one again changes nothing."""
        row = (seal.digest_of(token), signed_in(token).order_id, token, issued_at)
        self._connection.execute("INSERT INTO orders VALUES (?, ?, ?, ?, NULL) ON CONFLICT DO NOTHING", row)

    def revoke(self, digest: str, reason: str) -> None:
        """Note that an order is withdrawn."""
        self._connection.execute("UPDATE orders SET revoked = ? WHERE digest = ?", (reason, digest))

    def known(self, anchor: str, read: Mapping[str, Receipt] | None = None) -> KnownOrder | None:
        """A signed order by the digest of its token; `read` are receipts by digest that were just read."""
        row = self._row("SELECT token, revoked FROM orders WHERE digest = ?", anchor)
        if row is None:
            return None
        opens = frozenset(self._column("SELECT digest FROM attempts WHERE anchor = ?", anchor))
        held = self._connection.execute("SELECT digest, token FROM receipts WHERE anchor = ?", (anchor,)).fetchall()
        receipts = {row[0]: (read or {}).get(row[0]) or _receipt(row[1]) for row in held}
        return KnownOrder(
            signed=signed_in(row[0]),
            token=row[0],
            revoked=row[1] or "",
            opens=opens,
            receipts=receipts,
        )

    def newest(self, order_id: str) -> str | None:
        """The digest of the newest order issued under an id that is not revoked."""
        statement = "SELECT digest FROM orders WHERE order_id = ? AND revoked IS NULL ORDER BY issued_at DESC LIMIT 1"
        row = self._row(statement, order_id)
        return None if row is None else str(row[0])

    def note_attempt(self, anchor: str, opened: str) -> None:
        """Count the attempt that an open record, named by its digest, begins."""
        self._connection.execute("INSERT INTO attempts VALUES (?, ?) ON CONFLICT DO NOTHING", (anchor, opened))

    def note_receipt(self, token: str, anchor: str, at: str) -> bool:
        """Note what a reflector signed; whether it was new."""
        row = (seal.digest_of(token), anchor, token, at)
        statement = "INSERT INTO receipts VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
        return bool(self._connection.execute(statement, row).rowcount)

    def _column(self, statement: str, parameter: str) -> list[str]:
        return [str(row[0]) for row in self._connection.execute(statement, (parameter,)).fetchall()]

    def _row(self, statement: str, parameter: str) -> Any:
        return self._connection.execute(statement, (parameter,)).fetchone()


@functools.lru_cache(maxsize=1024)  # each record of an order asks again, and a token says the same for ever
def signed_in(token: str) -> SignedOrder:
    """The order in a token that was entered here, whose seal was verified or made before."""
    return signed_order.from_json(strict_json.parse_object(seal.read(token, typ=seal.ORDER).payload))


@functools.lru_cache(maxsize=1024)
def _receipt(token: str) -> Receipt:
    return receipt.from_json(strict_json.parse_object(seal.read(token, typ=seal.RECEIPT).payload))
