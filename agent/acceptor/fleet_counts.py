"""Counts of the fleet: work orders by state, why results were refused, and what was wrong, where; changes nothing.

Every number is counted when it is asked for, over all facts that the filters leave; nothing is estimated.
"""

from collections import Counter
from typing import Any

from agent.acceptor.fleet_query import by_day, by_time, day
from agent.acceptor.fleet_table import DIMENSIONS, Cell, Column, Filters, FleetTable, page_of, refuse_foreign
from agent.acceptor.ledger_database import Connection

STATES = ("open", "rejected", "review", "visit", "closed")


def orders(connection: Connection, asked: Filters) -> FleetTable:
    """Work orders by their state now; `by` day: by the day on which they came to it, the newest first."""
    refuse_foreign("orders", asked, dimensions=DIMENSIONS, by=("state", "day"), days=True)
    condition = by_day(asked, DIMENSIONS)
    found = connection.execute(
        f"SELECT day, state, count(*) FROM fleet_orders WHERE {condition.sql} GROUP BY day, state", condition.parameters
    ).fetchall()
    if asked.by == "day":
        ranked = sorted(((int(row[0]), str(row[1]), int(row[2])) for row in found), key=_newest)
        rows: list[tuple[Cell, ...]] = [(day(number), state, count) for number, state, count in ranked]
        return _table("orders", ("day", "state", "orders"), rows, asked)
    counted: Counter[str] = Counter()
    for _, state, count in found:
        counted[state] += count
    return _table("orders", ("state", "orders"), [(state, counted[state]) for state in STATES], asked)


def _newest(row: tuple[int, str, int]) -> tuple[int, int]:
    return -row[0], STATES.index(row[1])


def reasons(connection: Connection, asked: Filters) -> FleetTable:
    """For which kinds of reasons results and visits were rejected or left to a person; one with two counts in both."""
    refuse_foreign("reasons", asked, dimensions=DIMENSIONS, by=(), days=True)
    condition = by_time(asked, DIMENSIONS)
    found = connection.execute(
        "SELECT decision, kinds, count(*) FROM fleet_results"
        f" WHERE decision IN ('rejected', 'review') AND {condition.sql} GROUP BY decision, kinds",
        condition.parameters,
    ).fetchall()
    counted = _each_word((str(row[0]), str(row[1]), int(row[2])) for row in found)
    ranked = sorted(counted.items(), key=lambda entry: (entry[0][0], -entry[1], entry[0][1]))
    return _table("reasons", ("decision", "reason", "results"), [(*key, count) for key, count in ranked], asked)


def causes(connection: Connection, asked: Filters) -> FleetTable:
    """What stations named as most likely, the most frequent first, by area or by what `by` says."""
    refuse_foreign("causes", asked, dimensions=DIMENSIONS, by=DIMENSIONS, days=True)
    by, condition = asked.by or DIMENSIONS[0], by_time(asked, DIMENSIONS)
    groups = (
        f"SELECT {by} AS place, cause, count(*) AS results FROM fleet_results"
        f" WHERE cause <> '' AND {condition.sql} GROUP BY {by}, cause"
    )
    found = connection.execute(
        f"SELECT place, cause, results, count(*) OVER () FROM ({groups}) AS g"
        " ORDER BY results DESC, place, cause LIMIT ? OFFSET ?",
        (*condition.parameters, asked.limit, asked.offset),
    ).fetchall()
    counted = f"SELECT count(*) FROM ({groups}) AS g"
    total = found[0][3] if found else connection.execute(counted, condition.parameters).fetchone()[0]
    return FleetTable(
        name="causes",
        columns=tuple(Column(name=name) for name in (by, "cause", "results")),
        rows=tuple((row[0] or None, row[1], row[2]) for row in found),
        total=int(total),
    )


def _each_word(groups: Any) -> Counter[tuple[str, str]]:
    counted: Counter[tuple[str, str]] = Counter()
    for group, words, count in groups:
        for word in words.split():
            counted[group, word] += count
    return counted


def _table(name: str, columns: tuple[str, ...], rows: list[tuple[Cell, ...]], asked: Filters) -> FleetTable:
    made = tuple(Column(name=each) for each in columns)
    return FleetTable(name=name, columns=made, rows=page_of(rows, asked), total=len(rows))
