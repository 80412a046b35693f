"""The review queue as the ledger knows it: what waits for a person, and all that he needs to decide; changes nothing.

In the queue is what the desk left to a person while its work order is open and no later attempt was opened.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from agent import acknowledgement, record_form, seal
from agent.acceptor.ledger_database import Connection
from agent.acceptor.ledger_orders import Orders
from agent.acceptor.ledger_reviews import Reviews
from agent.acceptor.ledger_visits import is_newest
from agent.acceptor.reviewing import InReview, ReviewRefused
from agent.acceptor.tickets import EmbeddedTickets
from agent.record import AcceptanceRecord, demands_visit
from diagnostics.criteria import Criteria, CriteriaError

LEAST_DIGITS = 8
_WAITS = "r.decision = 'review' AND EXISTS (SELECT 1 FROM tickets t WHERE t.id = r.order_id AND t.state = 'open')"


def queue(connection: Connection) -> list[dict[str, Any]]:
    """What waits for a person, oldest first: digest, station, order, kind of record, reasons, when it came."""
    columns = "r.digest, r.station, r.order_id, r.tx, r.attempt, r.outcome, r.reasons, r.kinds, r.received_at, r.token"
    rows = connection.execute(f"SELECT {columns} FROM records r WHERE {_WAITS} ORDER BY r.received_at").fetchall()
    return [
        {name: row[name] for name in ("digest", "station", "order_id", "tx", "attempt", "outcome", "received_at")}
        | {"reasons": row["reasons"].split("\n"), "kinds": (row["kinds"] or "").split()}
        for row in rows
        if is_newest(connection, _record(row["token"]))
    ]


def digest_of(connection: Connection, digits: str) -> str:
    """The digest of the one record that begins with these digits; ReviewRefused where there is none, or another."""
    wanted = digits.lower()
    if len(wanted) < LEAST_DIGITS or set(wanted) - set("0123456789abcdef"):
        raise ReviewRefused(f"{digits[:70]}: name a record by its digest, at least {LEAST_DIGITS} of its digits")
    statement = "SELECT digest FROM records WHERE digest >= ? AND digest < ? ORDER BY digest LIMIT 2"
    rows = connection.execute(statement, (wanted, wanted + "g")).fetchall()
    if len(rows) != 1:
        words = "several records begin so; name more digits" if rows else "no such record; see: review list"
        raise ReviewRefused(f"record {digits}: {words}")
    return str(rows[0][0])


def in_review(connection: Connection, load_criteria: Callable[[str], Criteria], digest: str) -> InReview:
    """A record with all that is known about it now; ReviewRefused where it is none that has a result."""
    statement = "SELECT kid, tx, token, acceptance, received_at FROM records WHERE digest = ?"
    row = connection.execute(statement, (digest,)).fetchone()
    if row is None or row["tx"] not in ("E", "V"):
        raise ReviewRefused(f"record {digest[:12]}: is no result that a person could decide on")
    record = _record(row["token"])
    assert record.order is not None
    order = Orders(connection).known(record.order.anchor)
    quarantine = connection.execute("SELECT reason FROM quarantine WHERE kid = ?", (row["kid"],)).fetchone()
    return InReview(
        record=record,
        sealed=row["token"],
        received_at=datetime.fromisoformat(row["received_at"]),
        acceptance=acknowledgement.from_json(seal.content(seal.read(row["acceptance"], typ=seal.ACCEPTANCE))),
        token=row["acceptance"],
        reviewed=Reviews(connection).of(digest),
        ticket=EmbeddedTickets(connection).state(record.order),
        quarantine=quarantine[0] if quarantine else "",
        revoked=order.revoked if order else "",
        newest=is_newest(connection, record),
        visit_due=_visit_due(record, load_criteria),
    )


def _visit_due(record: AcceptanceRecord, load_criteria: Callable[[str], Criteria]) -> bool:
    if record.tx != "E":
        return False
    try:
        return demands_visit(record, load_criteria)
    except CriteriaError:
        return False


def _record(token: str) -> AcceptanceRecord:
    return record_form.parse(seal.read(token, typ=seal.RECORD).payload)
