"""The facts of the fleet in the ledger, written in the very transaction of the decision that they tell of.

A fact is one row for each result or visit, a work order one row with its state; a person's later decision takes the
place of the desk's. The transaction around each call is the caller's.
"""

from dataclasses import astuple, fields
from datetime import datetime

from agent.acceptor.desk import Ruling
from agent.acceptor.fleet_facts import Fact, OrderStep, day_of, fact_of, short, step_of
from agent.acceptor.ledger_database import Connection
from agent.acceptor.ledger_orders import signed_in
from agent.acceptor.office import Arrival

_FACT = ", ".join(each.name for each in fields(Fact))
_STEP = ", ".join(each.name for each in fields(OrderStep))
_WRITE_FACT = f"INSERT INTO fleet_results ({_FACT}) VALUES ({', '.join('?' * len(fields(Fact)))}) ON CONFLICT (digest)"
_DECIDE = f"{_WRITE_FACT} DO UPDATE SET decision = excluded.decision, kinds = excluded.kinds"
_WRITE_STEP = f"INSERT INTO fleet_orders ({_STEP}) VALUES ({', '.join('?' * len(fields(OrderStep)))})"
# What `fleet_facts.folded` does, one step at a time: what is closed stays so, else the newest attempt decides.
_STEPS = (
    f"{_WRITE_STEP} ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, attempt = excluded.attempt,"
    " day = excluded.day, area = excluded.area, station = excluded.station,"
    " family = CASE excluded.family WHEN '' THEN fleet_orders.family ELSE excluded.family END,"
    " firmware = CASE excluded.firmware WHEN '' THEN fleet_orders.firmware ELSE excluded.firmware END"
    " WHERE fleet_orders.state <> 'closed' AND (excluded.state = 'closed' OR excluded.attempt ="
    " (SELECT r.digest FROM records r WHERE r.order_id = excluded.order_id AND r.tx = 'B'"
    " ORDER BY r.rowid DESC LIMIT 1))"
)


class Fleet:
    """The tables of facts and of work orders."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, arrival: Arrival, made: Ruling) -> None:
        """Note what was decided on a record, for the first time or anew."""
        told = (arrival.record, arrival.envelope.digest, made.decision)
        if fact := fact_of(*told, made.kinds, arrival.at):
            self.write(fact)
        if step := step_of(*told, arrival.at, fact):
            self.move(step)

    def write(self, fact: Fact) -> None:
        """Note a fact; of one that is known only the decision and its reasons change."""
        self._connection.execute(_DECIDE, astuple(fact))

    def add(self, fact: Fact) -> bool:
        """Note a fact that is not known yet; whether it was not."""
        return bool(self._connection.execute(f"{_WRITE_FACT} DO NOTHING", astuple(fact)).rowcount)

    def move(self, step: OrderStep) -> None:
        """Note what became of a work order."""
        self._connection.execute(_STEPS, astuple(step))

    def issued(self, token: str, at: str) -> None:
        """Note a work order that was issued; one that is known stays as it is."""
        self._connection.execute(f"{_WRITE_STEP} ON CONFLICT DO NOTHING", astuple(issued_step(token, at)))

    def put(self, step: OrderStep) -> None:
        """Put a work order's state in the place of whatever is known of it."""
        self._connection.execute("DELETE FROM fleet_orders WHERE order_id = ?", (step.order_id,))
        self._connection.execute(_WRITE_STEP, astuple(step))


def issued_step(token: str, at: str) -> OrderStep:
    """A work order as it is when its signed order is issued."""
    order = signed_in(token)
    day = day_of(datetime.fromisoformat(at))
    return OrderStep(order_id=order.order_id, state="open", attempt="", day=day, area=short(order.ordered.olt))
