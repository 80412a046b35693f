"""The facts of the fleet in the ledger, written in the very transaction of the decision that they tell of.

A fact is one row for each result or visit, a work order one row with its state; a person's later decision takes the
place of the desk's. The transaction around each call is the caller's.
"""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from datetime import datetime
from operator import attrgetter

from agent.acceptor.desk import Ruling
from agent.acceptor.fleet_facts import Fact, OrderStep, day_of, fact_of, folded, short, step_of
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


_PLACED = "coalesce((SELECT c.keyed FROM circuits c WHERE c.order_id = ? ORDER BY c.keyed LIMIT 1), '')"
_FACT = tuple(each.name for each in fields(Fact))
_STEP = tuple(each.name for each in fields(OrderStep))
_FACT_VALUES, _STEP_VALUES = attrgetter(*_FACT), attrgetter(*_STEP)
_PLACED_VALUES = attrgetter(*("order_id" if name == "circuit" else name for name in _FACT))
_PLACED_MARKS = ", ".join(_PLACED if name == "circuit" else "?" for name in _FACT)


class Fleet:
    """The tables of facts and of work orders."""

    def __init__(self, connection: Database) -> None:
        self._connection = connection
        self._facts: dict[str, Fact] = {}
        self._steps: list[OrderStep] = []

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """What is noted in this block is written at its end, in few statements; nothing is where it fails."""
        self._facts.clear()
        self._steps.clear()
        yield
        self.write(sorted(self._facts.values(), key=lambda fact: fact.digest))
        self.move(self._steps)

    def note(self, arrival: Arrival, made: Ruling) -> None:
        """Note, inside `together`, what was decided on a record, for the first time or anew."""
        told = (arrival.record, arrival.envelope.digest, made.decision)
        if fact := fact_of(*told, made.kinds, arrival.at):
            first = self._facts.get(fact.digest, fact)
            self._facts[fact.digest] = replace(fact, at=first.at)
        if step := step_of(*told, arrival.at, fact):
            self._steps.append(step)

    def write(self, facts: Sequence[Fact], *, known: str = _DECIDE) -> None:
        """Note facts with their circuits; of one that is known only the decision and its reasons change."""
        if not facts:
            return
        marks = ", ".join([f"({_PLACED_MARKS})"] * len(facts))
        told = self._connection.execute(
            f"INSERT INTO fleet_results ({', '.join(_FACT)}) VALUES {marks} ON CONFLICT (digest){known}"
            " RETURNING circuit",
            [value for fact in facts for value in _PLACED_VALUES(fact)],
        ).fetchall()
        for circuit in sorted({str(row[0]) for row in told}):
            self.compare(circuit)

    def fill_in(self, fact: Fact) -> None:
        """Note a fact with its circuit, passing over one that is known."""
        self.write([fact], known=_KNOWN)

    def add(self, facts: Sequence[Fact]) -> None:
        """Note facts (at most 500) just as they are, passing over those that are known."""
        marks = ", ".join([f"({', '.join('?' * len(_FACT))})"] * len(facts))
        self._connection.execute(
            f"INSERT INTO fleet_results ({', '.join(_FACT)}) VALUES {marks} ON CONFLICT (digest){_KNOWN}",
            [value for fact in facts for value in _FACT_VALUES(fact)],
        )

    def compare(self, circuit: str) -> None:
        """Work out how the light of a circuit's repairs differs from that of the installation before each."""
        if circuit:
            self._connection.lock(f"circuit {circuit}")
            self._connection.execute(_COMPARE, (circuit,))

    def place(self, order_id: str, circuit: str) -> None:
        """Note, or with an empty one forget, for which circuit a work order is."""
        known = "SELECT DISTINCT circuit FROM fleet_results WHERE order_id = ?"
        before = {str(row[0]) for row in self._connection.execute(known, (order_id,)).fetchall()}
        if before:
            statement = "UPDATE fleet_results SET circuit = ?, drift = NULL WHERE order_id = ?"
            self._connection.execute(statement, (circuit, order_id))
            for each in sorted({*before, circuit}):
                self.compare(each)

    def move(self, steps: Sequence[OrderStep]) -> None:
        """Note what became of work orders by these steps, which are in their order."""
        by_order: dict[str, list[OrderStep]] = {}
        for step in steps:
            by_order.setdefault(step.order_id, []).append(step)
        made = (folded(by_order[order_id]) for order_id in sorted(by_order))
        self._insert_steps([step for step in made if step is not None], _MOVE)

    def issued(self, token: str, at: str) -> None:
        """Note a work order that was issued; one that is known stays as it is."""
        self.begin([issued_step(token, at)])

    def begin(self, steps: Sequence[OrderStep]) -> None:
        """Note work orders (at most 500), passing over those that are known."""
        self._insert_steps(steps, _KNOWN)

    def put(self, step: OrderStep) -> None:
        """Put a work order's state in the place of whatever is known of it."""
        self._connection.execute("DELETE FROM fleet_orders WHERE order_id = ?", (step.order_id,))
        self.begin([step])

    def _insert_steps(self, steps: Sequence[OrderStep], known: str) -> None:
        if not steps:
            return
        marks = ", ".join([f"({', '.join('?' * len(_STEP))})"] * len(steps))
        self._connection.execute(
            f"INSERT INTO fleet_orders ({', '.join(_STEP)}) VALUES {marks} ON CONFLICT (order_id){known}",
            [value for step in steps for value in _STEP_VALUES(step)],
        )


def issued_step(token: str, at: str) -> OrderStep:
    """A work order as it is when its signed order is issued."""
    order = signed_in(token)
    day = day_of(datetime.fromisoformat(at))
    return OrderStep(order_id=order.order_id, state="open", attempt="", day=day, area=short(order.ordered.olt))
