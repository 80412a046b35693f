"""Optical drift: the light that a repair found, against the light with which the same circuit was accepted before.

A circuit is known by its keyed digest only, and leaves no trace in the table. Of a repair its lowest reading counts, of
the circuit the newest installation or move that was accepted before it. Nothing is changed.
"""

from itertools import pairwise

from agent.acceptor.fleet_query import by_time
from agent.acceptor.fleet_table import DIMENSIONS, Cell, Column, Filters, FleetTable, page_of, refuse_foreign
from agent.acceptor.ledger_database import Connection
from agent.acceptor.ledger_fleet import ACCEPTED

_FIRST, _LAST, _WIDTH = -1000, 300, 50  # hundredths of a dB
_DAY_MS = 86_400_000
_BEFORE = (
    f"FROM fleet_results i WHERE i.circuit = r.circuit AND {ACCEPTED} AND i.at < r.at"
    " ORDER BY i.at DESC, i.order_id DESC LIMIT 1"
)


def drift(connection: Connection, asked: Filters) -> FleetTable:
    """How many repaired circuits lie in each class of drift."""
    where, parameters = _where("drift", asked)
    found = connection.execute(f"SELECT drift, count(*) FROM fleet_results r WHERE {where} GROUP BY drift", parameters)
    counts = {row[0]: row[1] for row in found.fetchall()}
    edges = [None, *range(_FIRST, _LAST + 1, _WIDTH), None]
    rows: list[tuple[Cell, ...]] = []
    for least, most in pairwise(edges):
        low, high = (-(1 << 30) if least is None else least), (1 << 30 if most is None else most)
        rows.append((_db(least), _db(most), sum(n for change, n in counts.items() if low <= change < high)))
    columns = (Column(name="at_least", unit="dB"), Column(name="below", unit="dB"), Column(name="circuits"))
    return FleetTable(name="drift", columns=columns, rows=page_of(rows, asked), total=len(rows))


def drift_lines(connection: Connection, asked: Filters) -> FleetTable:
    """The repairs whose circuit lost most light since it was accepted, the worst first."""
    where, parameters = _where("drift_lines", asked)
    total = connection.execute(f"SELECT count(*) FROM fleet_results r WHERE {where}", parameters).fetchone()[0]
    worst = connection.execute(
        f"SELECT r.order_id, r.area, r.family, r.rx, r.drift, r.at, (SELECT i.order_id {_BEFORE}),"
        f" (SELECT i.at {_BEFORE}) FROM (SELECT * FROM fleet_results r WHERE {where}"
        " ORDER BY drift, order_id LIMIT ? OFFSET ?) AS r ORDER BY r.drift, r.order_id",
        (*parameters, asked.limit, asked.offset),
    ).fetchall()
    columns = (
        *(Column(name=name) for name in ("order", "installed_by", "area", "family")),
        *(Column(name="accepted", unit="dBm"), Column(name="found", unit="dBm")),
        *(Column(name="change", unit="dB"), Column(name="days", unit="d")),
    )
    return FleetTable(name="drift_lines", columns=columns, rows=tuple(_line(*row) for row in worst), total=int(total))


def _line(
    order: str, area: str, family: str, found: int, change: int, at: int, installed: str, before: int
) -> tuple[Cell, ...]:
    levels = (_db(found - change), _db(found), _db(change))
    return (order, installed, area or None, family or None, *levels, (at - before) // _DAY_MS)


def _where(name: str, asked: Filters) -> tuple[str, tuple[str | int, ...]]:
    refuse_foreign(name, asked, dimensions=DIMENSIONS, by=(), days=True)
    condition = by_time(asked, DIMENSIONS, "r.")
    return f"r.drift IS NOT NULL AND {condition.sql}", condition.parameters


def _db(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100
