"""Rate against contract as distributions: for each ordered rate and direction, how much of it was measured.

Each result counts once in each direction in which it has a figure; quantiles are those of thousandths of the contract,
by the nearest rank. Nothing is changed.
"""

from collections import defaultdict
from collections.abc import Mapping
from itertools import accumulate, pairwise

from agent.acceptor.fleet_query import by_time
from agent.acceptor.fleet_table import DIMENSIONS, Cell, Column, Filters, FleetTable, page_of, refuse_foreign
from agent.acceptor.ledger_database import Connection

_DEMANDED = 900  # thousandths: what most criteria demand of a contract
_WAYS = ("down", "up")
_SHARES = ((5, "p5"), (25, "p25"), (50, "p50"), (75, "p75"), (95, "p95"))
_FIRST, _LAST, _WIDTH = 500, 1200, 50  # thousandths: below the first and from the last on is one class each
_NAMED = (Column(name="direction"), Column(name="ordered", unit="Mbit/s"))

Counted = Mapping[tuple[str, int], Mapping[int, int]]  # direction, ordered kbit/s -> thousandths -> results


def rates(connection: Connection, asked: Filters) -> FleetTable:
    """For each direction and ordered rate how many results there are, and quantiles of measured over ordered rate."""
    rows: list[tuple[Cell, ...]] = []
    for (way, kbps), counts in _counted("rates", connection, asked).items():
        marks = [rank(counts, percent) / 1000 for percent, _ in _SHARES]
        below = sum(count for permille, count in counts.items() if permille < _DEMANDED)
        rows.append((way, kbps / 1000, sum(counts.values()), below, *marks))
    columns = (
        *_NAMED,
        Column(name="results"),
        Column(name="below_nine_tenths"),
        *(Column(name=name, unit="ratio") for _, name in _SHARES),
    )
    return FleetTable(name="rates", columns=columns, rows=page_of(rows, asked), total=len(rows))


def rate_histogram(connection: Connection, asked: Filters) -> FleetTable:
    """For each direction and ordered rate how many results lie in each class of measured over ordered rate."""
    rows: list[tuple[Cell, ...]] = []
    edges = [None, *range(_FIRST, _LAST + 1, _WIDTH), None]
    for (way, kbps), counts in _counted("rate_histogram", connection, asked).items():
        for least, most in pairwise(edges):
            count = sum(n for permille, n in counts.items() if (least or 0) <= permille < (most or 1 << 30))
            rows.append((way, kbps / 1000, _ratio(least), _ratio(most), count))
    columns = (
        *_NAMED,
        Column(name="at_least", unit="ratio"),
        Column(name="below", unit="ratio"),
        Column(name="results"),
    )
    return FleetTable(name="rate_histogram", columns=columns, rows=page_of(rows, asked), total=len(rows))


def rank(counts: Mapping[int, int], percent: int) -> int:
    """The value at or below which so many percent of the counted values lie (nearest rank)."""
    values = sorted(counts)
    wanted = max(1, -(-sum(counts.values()) * percent // 100))
    reached = accumulate(counts[value] for value in values)
    return next(value for value, so_far in zip(values, reached, strict=True) if so_far >= wanted)


def _counted(name: str, connection: Connection, asked: Filters) -> Counted:
    refuse_foreign(name, asked, dimensions=DIMENSIONS, by=(), days=True)
    condition = by_time(asked, DIMENSIONS)
    made: dict[tuple[str, int], dict[int, int]] = defaultdict(dict)
    for way in _WAYS:
        found = connection.execute(
            f"SELECT {way}_kbps, {way}_permille, count(*) FROM fleet_results"
            f" WHERE {way}_permille IS NOT NULL AND {condition.sql} GROUP BY {way}_kbps, {way}_permille",
            condition.parameters,
        )
        for kbps, permille, count in found.fetchall():
            made[way, kbps][permille] = count
    return dict(sorted(made.items()))


def _ratio(permille: int | None) -> float | None:
    return None if permille is None else permille / 1000
