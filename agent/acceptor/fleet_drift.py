"""Optical drift: the light that a repair found, against the light with which the same circuit was accepted before.

A circuit is known by its keyed digest only, and leaves no trace in the table. Of a repair its lowest reading counts, of
the circuit the newest installation or move that was accepted before the repair's first reading. Nothing is changed.
"""

from itertools import pairwise

from agent.acceptor.fleet_query import by_time
from agent.acceptor.fleet_table import DIMENSIONS, Cell, Column, Filters, FleetTable, page_of, refuse_foreign
from agent.acceptor.ledger_database import Connection

_FIRST, _LAST, _WIDTH = -1000, 300, 50  # hundredths of a dB
_SHIFT = 20_000  # more than two readings can differ by, so that what is divided is never below zero
_DAY_MS = 86_400_000
# The conditions are those of the indexes, word by word: both are read in the order of circuits, and nothing else is.
_BEFORE = (
    "FROM fleet_results i WHERE i.circuit = r.circuit AND i.kind IN ('install', 'move')"
    " AND i.decision IN ('closed', 'recorded') AND i.rx IS NOT NULL AND i.circuit <> '' AND i.at < r.at"
    " ORDER BY i.at DESC, i.order_id DESC LIMIT 1"
)
_REPAIRS = (
    "SELECT circuit, order_id, min(rx) AS found, min(at) AS at, max(area) AS area, max(family) AS family"
    " FROM fleet_results WHERE kind = 'repair' AND rx IS NOT NULL AND circuit <> '' AND {condition}"
    " GROUP BY circuit, order_id"
)
_PAIRS = (
    f"WITH drifts AS MATERIALIZED (SELECT r.*, (SELECT i.rx {_BEFORE}) AS accepted FROM ({_REPAIRS}) AS r),"
    " pairs AS MATERIALIZED (SELECT * FROM drifts WHERE accepted IS NOT NULL)"
)


def drift(connection: Connection, asked: Filters) -> FleetTable:
    """How many repaired circuits lie in each class of drift."""
    pairs, parameters = _pairs("drift", asked)
    found = connection.execute(
        f"{pairs} SELECT (found - accepted + {_SHIFT}) / {_WIDTH}, count(*) FROM pairs GROUP BY 1", parameters
    )
    counts = {row[0] * _WIDTH - _SHIFT: row[1] for row in found.fetchall()}
    edges = [None, *range(_FIRST, _LAST + 1, _WIDTH), None]
    rows: list[tuple[Cell, ...]] = []
    for least, most in pairwise(edges):
        low, high = (-_SHIFT if least is None else least), (_SHIFT if most is None else most)
        rows.append((_db(least), _db(most), sum(n for change, n in counts.items() if low <= change < high)))
    columns = (Column(name="at_least", unit="dB"), Column(name="below", unit="dB"), Column(name="circuits"))
    return FleetTable(name="drift", columns=columns, rows=page_of(rows, asked), total=len(rows))


def drift_lines(connection: Connection, asked: Filters) -> FleetTable:
    """The repairs whose circuit lost most light since it was accepted, the worst first."""
    pairs, parameters = _pairs("drift_lines", asked)
    worst = connection.execute(
        f"{pairs} SELECT r.order_id, r.area, r.family, r.accepted, r.found, r.at, (SELECT i.order_id {_BEFORE}),"
        f" (SELECT i.at {_BEFORE}), (SELECT count(*) FROM pairs) FROM"
        " (SELECT * FROM pairs ORDER BY found - accepted, order_id LIMIT ? OFFSET ?) AS r"
        " ORDER BY r.found - r.accepted, r.order_id",
        (*parameters, asked.limit, asked.offset),
    ).fetchall()
    total = (
        worst[0][8] if worst else connection.execute(f"{pairs} SELECT count(*) FROM pairs", parameters).fetchone()[0]
    )
    columns = (
        *(Column(name=name) for name in ("order", "installed_by", "area", "family")),
        *(Column(name="accepted", unit="dBm"), Column(name="found", unit="dBm")),
        *(Column(name="change", unit="dB"), Column(name="days", unit="d")),
    )
    return FleetTable(name="drift_lines", columns=columns, rows=tuple(_line(*row) for row in worst), total=int(total))


def _line(
    order: str, area: str, family: str, accepted: int, found: int, at: int, installed: str, before: int, _: int
) -> tuple[Cell, ...]:
    levels = (_db(accepted), _db(found), _db(found - accepted))
    return (order, installed, area or None, family or None, *levels, (at - before) // _DAY_MS)


def _pairs(name: str, asked: Filters) -> tuple[str, tuple[str | int, ...]]:
    refuse_foreign(name, asked, dimensions=DIMENSIONS, by=(), days=True)
    condition = by_time(asked, DIMENSIONS)
    return _PAIRS.replace("{condition}", condition.sql), condition.parameters


def _db(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100
