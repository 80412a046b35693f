"""The facts of the fleet in the ledger, written in the very transaction of the decision that they tell of.

A fact is one row for each result or visit, a work order one row with its state; a person's later decision takes the
place of the desk's. The transaction around each call is the caller's.
"""

from collections.abc import Sequence
from dataclasses import astuple, fields, replace
from datetime import datetime

from agent.acceptor.desk import Ruling
from agent.acceptor.fleet_facts import Fact, OrderStep, day_of, fact_of, short, step_of
from agent.acceptor.ledger_database import Database
from agent.acceptor.ledger_orders import signed_in
from agent.acceptor.office import Arrival

_DECIDE = " DO UPDATE SET decision = excluded.decision, kinds = excluded.kinds"
_KNOWN = " DO NOTHING"
# What `fleet_facts.folded` does, one step at a time: what is closed stays so, else the newest attempt decides.
_MOVE = (
    " DO UPDATE SET state = excluded.state, attempt = excluded.attempt,"
    " day = excluded.day, area = excluded.area, station = excluded.station,"
    " family = CASE excluded.family WHEN '' THEN fleet_orders.family ELSE excluded.family END,"
    " firmware = CASE excluded.firmware WHEN '' THEN fleet_orders.firmware ELSE excluded.firmware END"
    " WHERE fleet_orders.state <> 'closed' AND (excluded.state = 'closed' OR excluded.attempt ="
    " (SELECT r.digest FROM records r WHERE r.order_id = excluded.order_id AND r.tx = 'B'"
    " ORDER BY r.rowid DESC LIMIT 1))"
)
# Of a repair its lowest reading counts, against the newest installation or move that was accepted before it. The
# conditions are those of the indexes, word by word.
REPAIRS = "{0}.kind = 'repair' AND {0}.rx IS NOT NULL AND {0}.circuit <> ''"
ACCEPTED = (
    "i.kind IN ('install', 'move') AND i.decision IN ('closed', 'recorded') AND i.rx IS NOT NULL AND i.circuit <> ''"
)
_COMPARE = (
    "UPDATE fleet_results SET drift = CASE WHEN fleet_results.digest = (SELECT g.digest FROM fleet_results g"
    f" WHERE g.circuit = fleet_results.circuit AND g.order_id = fleet_results.order_id AND {REPAIRS.format('g')}"
    " ORDER BY g.rx, g.digest LIMIT 1) THEN fleet_results.rx - (SELECT i.rx FROM fleet_results i"
    f" WHERE i.circuit = fleet_results.circuit AND {ACCEPTED} AND i.at < fleet_results.at"
    " ORDER BY i.at DESC, i.order_id DESC LIMIT 1) END"
    f" WHERE {REPAIRS.format('fleet_results')} AND fleet_results.circuit = ?"
)


class Fleet:
    """The tables of facts and of work orders."""

    def __init__(self, connection: Database) -> None:
        self._connection = connection

    def note(self, arrival: Arrival, made: Ruling) -> None:
        """Note what was decided on a record, for the first time or anew."""
        told = (arrival.record, arrival.envelope.digest, made.decision)
        if fact := fact_of(*told, made.kinds, arrival.at):
            self.write(fact)
        if step := step_of(*told, arrival.at, fact):
            self.move(step)

    def placed(self, fact: Fact) -> Fact:
        """The fact with its circuit, where the order was issued for one that is known here."""
        if fact.rx is None:
            return fact
        statement = "SELECT keyed FROM circuits WHERE order_id = ? ORDER BY keyed LIMIT 1"
        row = self._connection.execute(statement, (fact.order_id,)).fetchone()
        return fact if row is None else replace(fact, circuit=str(row[0]))

    def compare(self, circuit: str) -> None:
        """Work out how the light of a circuit's repairs differs from that of the installation before each."""
        if circuit:
            self._connection.lock(f"circuit {circuit}")
            self._connection.execute(_COMPARE, (circuit,))

    def place(self, order_id: str, circuit: str) -> None:
        """Note, or with an empty one forget, for which circuit a work order is."""
        known = "SELECT DISTINCT circuit FROM fleet_results WHERE order_id = ? ORDER BY circuit"
        before = [str(row[0]) for row in self._connection.execute(known, (order_id,)).fetchall()]
        statement = "UPDATE fleet_results SET circuit = ?, drift = NULL WHERE order_id = ? AND rx IS NOT NULL"
        self._connection.execute(statement, (circuit, order_id))
        for each in {*before, circuit} if before else ():
            self.compare(each)

    def write(self, fact: Fact) -> None:
        """Note a fact with its circuit; of one that is known only the decision and its reasons change."""
        placed = self.placed(fact)
        self._insert("fleet_results", "digest", [placed], _DECIDE)
        self.compare(placed.circuit)

    def fill_in(self, fact: Fact) -> None:
        """Note a fact with its circuit, passing over one that is known."""
        placed = self.placed(fact)
        self.add([placed])
        self.compare(placed.circuit)

    def add(self, facts: Sequence[Fact]) -> None:
        """Note facts (at most 500), passing over those that are known."""
        self._insert("fleet_results", "digest", facts, _KNOWN)

    def move(self, step: OrderStep) -> None:
        """Note what became of a work order."""
        self._insert("fleet_orders", "order_id", [step], _MOVE)

    def issued(self, token: str, at: str) -> None:
        """Note a work order that was issued; one that is known stays as it is."""
        self.begin([issued_step(token, at)])

    def begin(self, steps: Sequence[OrderStep]) -> None:
        """Note work orders (at most 500), passing over those that are known."""
        self._insert("fleet_orders", "order_id", steps, _KNOWN)

    def put(self, step: OrderStep) -> None:
        """Put a work order's state in the place of whatever is known of it."""
        self._connection.execute("DELETE FROM fleet_orders WHERE order_id = ?", (step.order_id,))
        self.begin([step])

    def _insert(self, table: str, key: str, rows: Sequence[Fact] | Sequence[OrderStep], known: str) -> None:
        if not rows:
            return
        names = [each.name for each in fields(rows[0])]
        marks = ", ".join([f"({', '.join('?' * len(names))})"] * len(rows))
        statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES {marks} ON CONFLICT ({key}){known}"
        self._connection.execute(statement, [value for row in rows for value in astuple(row)])


def issued_step(token: str, at: str) -> OrderStep:
    """A work order as it is when its signed order is issued."""
    order = signed_in(token)
    day = day_of(datetime.fromisoformat(at))
    return OrderStep(order_id=order.order_id, state="open", attempt="", day=day, area=short(order.ordered.olt))
