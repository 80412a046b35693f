"""Optical drift: the light that a repair found, against the light with which the same circuit was accepted before.

A circuit is known by its keyed digest only, and leaves no trace in the table. Of a repair its lowest reading counts, of
the circuit the newest accepted installation or move before it. Nothing is changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from agent.acceptor.fleet_query import by_time
from agent.acceptor.fleet_table import DIMENSIONS, Cell, Column, Filters, FleetTable, page_of, refuse_foreign
from agent.acceptor.ledger_database import Connection

_FIRST, _LAST, _WIDTH = -1000, 300, 50  # hundredths of a dB
_DAY_MS = 86_400_000
_PAIRS = """
SELECT f.order_id AS repair, f.rx AS found, f.at AS at, f.area AS area, f.family AS family,
    i.order_id AS installed, i.rx AS accepted, i.at AS before
FROM fleet_results f JOIN circuits c ON c.order_id = f.order_id
JOIN circuits d ON d.keyed = c.keyed AND d.order_id <> c.order_id
JOIN fleet_results i ON i.order_id = d.order_id
WHERE f.kind = 'repair' AND f.rx IS NOT NULL AND i.kind IN ('install', 'move') AND i.rx IS NOT NULL
    AND i.decision IN ('closed', 'recorded') AND i.at < f.at AND """


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """One repair and the installation before it; light in hundredths of a dBm, times in milliseconds since 1970."""

    repair: str
    found: int
    at: int
    area: str
    family: str
    installed: str
    accepted: int
    before: int

    @property
    def change(self) -> int:
        """By how much the light rose, in hundredths of a dB; below 0 it fell."""
        return self.found - self.accepted


def drift(connection: Connection, asked: Filters) -> FleetTable:
    """How many repaired circuits lie in each class of drift."""
    changes = [each.change for each in _drifts("drift", connection, asked)]
    edges = [None, *range(_FIRST, _LAST + 1, _WIDTH), None]
    rows: list[tuple[Cell, ...]] = []
    for least, most in pairwise(edges):
        low, high = (-(1 << 30) if least is None else least), (1 << 30 if most is None else most)
        rows.append((_db(least), _db(most), sum(low <= change < high for change in changes)))
    columns = (Column(name="at_least", unit="dB"), Column(name="below", unit="dB"), Column(name="circuits"))
    return FleetTable(name="drift", columns=columns, rows=page_of(rows, asked), total=len(rows))


def drift_lines(connection: Connection, asked: Filters) -> FleetTable:
    """The repairs whose circuit lost most light since it was accepted, the worst first."""
    worst = sorted(_drifts("drift_lines", connection, asked), key=lambda each: (each.change, each.repair))
    rows: list[tuple[Cell, ...]] = [
        (
            *(each.repair, each.installed, each.area or None, each.family or None),
            *(_db(each.accepted), _db(each.found), _db(each.change), (each.at - each.before) // _DAY_MS),
        )
        for each in worst[asked.offset : asked.offset + asked.limit]
    ]
    columns = (
        *(Column(name=name) for name in ("order", "installed_by", "area", "family")),
        *(Column(name="accepted", unit="dBm"), Column(name="found", unit="dBm")),
        *(Column(name="change", unit="dB"), Column(name="days", unit="d")),
    )
    return FleetTable(name="drift_lines", columns=columns, rows=tuple(rows), total=len(worst))


def _drifts(name: str, connection: Connection, asked: Filters) -> Iterable[Drift]:
    refuse_foreign(name, asked, dimensions=DIMENSIONS, by=(), days=True)
    condition = by_time(asked, DIMENSIONS, "f.")
    kept: dict[str, Drift] = {}
    for row in connection.execute(_PAIRS + condition.sql, condition.parameters):
        made = Drift(**{field: row[field] for field in Drift.__slots__})
        held = kept.get(made.repair)
        if held is None or _rank(made) < _rank(held):
            kept[made.repair] = made
    return kept.values()


def _rank(made: Drift) -> tuple[int, int, str, int]:
    """The lowest reading first; then the newest installation."""
    return made.found, -made.before, made.installed, made.accepted


def _db(hundredths: int | None) -> float | None:
    return None if hundredths is None else hundredths / 100
