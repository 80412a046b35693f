"""The results that visits are for, as the ledger knows them; the transaction around each call is the caller's."""

from datetime import datetime

from agent import record_form, seal
from agent.acceptor.desk import KnownResult
from agent.acceptor.ledger_database import Connection
from agent.acceptor.ledger_reviews import Reviews
from agent.record import AcceptanceRecord


def visited(connection: Connection, kid: str, record: AcceptanceRecord) -> KnownResult | None:
    """The result that a V record names, where this very key sealed it and it was entered; None for other records."""
    if record.tx != "V" or record.order is None:
        return None
    statement = "SELECT token, received_at FROM records WHERE kid = ? AND digest = ? AND tx = 'E'"
    row = connection.execute(statement, (kid, record.close)).fetchone()
    if row is None:
        return None
    return KnownResult(
        record=record_form.parse(seal.read(row[0], typ=seal.RECORD).payload),
        digest=record.close,
        at=datetime.fromisoformat(row[1]),
        newest=is_newest(connection, record),
        accepted_by=Reviews(connection).accepted_by(record.close),
    )


def is_newest(connection: Connection, record: AcceptanceRecord) -> bool:
    """Whether a record's attempt is the last that was opened for its work order, by any station."""
    newest = "SELECT digest FROM records WHERE order_id = ? AND tx = 'B' ORDER BY rowid DESC LIMIT 1"
    opened = connection.execute(newest, (record.order.id,)).fetchone() if record.order else None
    return opened is not None and opened[0] == record.open
