"""Counting for the fleet what was in the ledger before its tables were: in small steps that can be broken off anywhere.

Each step is one transaction and notes how far it came, so the next one goes on from there, in whatever process. What an
acceptor of an older release still enters beside is found as well, some minutes later. Nothing signed is touched.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from agent import record_form, seal
from agent.acceptor.fleet_facts import OrderStep, day_of, fact_of, folded, short, state_of
from agent.acceptor.ledger_database import Database
from agent.acceptor.ledger_fleet import Fleet, issued_step
from agent.record import AcceptanceRecord

MOST = 50  # records in one step, so that an acceptor never waits long for it
_LATE = timedelta(minutes=20)
_LOCK = "fleet progress"
_NEXT = (
    "SELECT r.digest, r.received_at, r.order_id, f.digest AS known FROM records r"
    " LEFT JOIN fleet_results f ON f.digest = r.digest WHERE r.tx IN ('E', 'V') AND r.decision <> 'refused'"
    " AND r.received_at >= ? AND (r.received_at > ? OR r.digest > ?) ORDER BY r.received_at, r.digest LIMIT ?"
)
_STALE = (
    "SELECT f.digest, f.order_id, r.decision, r.kinds FROM fleet_results f JOIN records r ON r.digest = f.digest"
    " WHERE f.decision IN ('rejected', 'review') AND f.decision = 'review' AND r.decision <> 'review' LIMIT ?"
)
_UNKNOWN = (
    "SELECT t.id, o.order_id AS known FROM tickets t LEFT JOIN fleet_orders o ON o.order_id = t.id"
    " WHERE t.id > ? ORDER BY t.id LIMIT ?"
)
_HISTORY = (
    "SELECT r.digest AS record, r.tx, r.decision AS decided, r.station AS box,"
    " coalesce(v.decided_at, r.received_at) AS on_at, f.attempt, f.area, f.family, f.firmware"
    " FROM records r LEFT JOIN fleet_results f ON f.digest = r.digest LEFT JOIN reviews v ON v.digest = r.digest"
    " WHERE r.order_id = ? AND r.tx IN ('B', 'E', 'V') ORDER BY coalesce(v.decided_at, r.received_at), r.rowid"
)


class Filling:
    """The steps over one database."""

    def __init__(self, database: Database, most: int = MOST) -> None:
        self._database = database
        self._most = most
        self._fleet = Fleet(database)
        self._orders_seen = False

    def step(self, at: datetime) -> bool:
        """Count a few more; whether there are more."""
        return self._database.transact(lambda: self._results(at) or self._stale() or self._orders(), _LOCK)

    def _results(self, at: datetime) -> bool:
        name, digest, whole = self._progress("results")
        found = self._database.execute(_NEXT, (name, name, digest, self._most)).fetchall()
        missing = [row for row in found if row["known"] is None]
        self._count([row["digest"] for row in missing])
        self._settle(row["order_id"] for row in missing)
        if len(found) == self._most:
            self._note("results", found[-1]["received_at"], found[-1]["digest"], whole)
            return True
        late = (at - _LATE).isoformat()
        self._note("results", min(found[-1]["received_at"] if found else late, late), "", 1)
        return False

    def _count(self, digests: Sequence[str]) -> None:
        for digest in digests:
            row = self._database.execute(
                "SELECT token, decision, kinds, received_at FROM records WHERE digest = ?", (digest,)
            ).fetchone()
            at = datetime.fromisoformat(row["received_at"])
            if fact := fact_of(_record(row["token"]), digest, row["decision"], row["kinds"] or "", at):
                self._fleet.fill_in(fact)

    def _stale(self) -> bool:
        """Take over what persons decided through an older release."""
        found = self._database.execute(_STALE, (self._most,)).fetchall()
        for row in found:
            self._database.execute(
                "UPDATE fleet_results SET decision = ?, kinds = ? WHERE digest = ?",
                (row["decision"], row["kinds"] or "", row["digest"]),
            )
        self._settle(row["order_id"] for row in found)
        return len(found) == self._most

    def _orders(self) -> bool:
        """Go once through all work orders, for those without any result."""
        name, _, whole = self._progress("orders")
        if whole and self._orders_seen:
            return False
        found = self._database.execute(_UNKNOWN, (name, self._most)).fetchall()
        self._settle(row["id"] for row in found if row["known"] is None)
        self._orders_seen = len(found) < self._most
        self._note("orders", "" if self._orders_seen else found[-1]["id"], "", 1 if self._orders_seen else whole)
        return not self._orders_seen

    def _settle(self, order_ids: Any) -> None:
        """Work out the states of these work orders from all that is known of them."""
        for order_id in sorted(set(order_ids)):
            self._database.lock(f"order {order_id}")
            if made := folded(self._history(order_id)):
                self._fleet.put(made)

    def _history(self, order_id: str) -> list[OrderStep]:
        rows = self._database.execute(_HISTORY, (order_id,)).fetchall()
        steps = [each for each in (self._step(order_id, row) for row in rows) if each is not None]
        issued = self._database.execute(
            "SELECT token, issued_at FROM orders WHERE order_id = ? ORDER BY issued_at LIMIT 1", (order_id,)
        ).fetchone()
        if issued is not None:
            return [issued_step(issued["token"], issued["issued_at"]), *steps]
        return steps or self._ticket(order_id)

    def _step(self, order_id: str, row: Any) -> OrderStep | None:
        state = state_of(row["tx"], row["decided"])
        if state is None or (row["tx"] != "B" and row["attempt"] is None):
            return None
        opened = row["tx"] == "B"
        return OrderStep(
            order_id=order_id,
            state=state,
            attempt=row["record"] if opened else row["attempt"],
            day=day_of(datetime.fromisoformat(row["on_at"])),
            area=self._area(row["record"]) if opened else row["area"],
            family=row["family"] or "",
            firmware=row["firmware"] or "",
            station=short(row["box"]),
        )

    def _area(self, digest: str) -> str:
        token = self._database.execute("SELECT token FROM records WHERE digest = ?", (digest,)).fetchone()[0]
        ordered = _record(token).ordered
        return short(ordered.olt) if ordered else ""

    def _ticket(self, order_id: str) -> list[OrderStep]:
        """A work order of which nothing but its ticket is left."""
        row = self._database.execute("SELECT state, changed_at FROM tickets WHERE id = ?", (order_id,)).fetchone()
        day = day_of(datetime.fromisoformat(row["changed_at"]))
        return [OrderStep(order_id=order_id, state=row["state"], attempt="", day=day, area="")]

    def _progress(self, part: str) -> tuple[str, str, int]:
        row = self._database.execute(
            "SELECT name, digest, whole FROM fleet_progress WHERE part = ?", (part,)
        ).fetchone()
        return str(row[0]), str(row[1]), int(row[2])

    def _note(self, part: str, name: str, digest: str, whole: int) -> None:
        statement = "UPDATE fleet_progress SET name = ?, digest = ?, whole = ? WHERE part = ?"
        self._database.execute(statement, (name, digest, whole, part))


def _record(token: str) -> AcceptanceRecord:
    return record_form.parse(seal.read(token, typ=seal.RECORD).payload)
