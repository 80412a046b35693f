"""The fleet's tables: what is counted of records, decisions and stations, on either engine."""

from datetime import UTC, date, datetime, timedelta

import pytest

from agent.acceptor.fleet_table import Cell, Filters, FleetError
from agent.acceptor.fleet_tables import TABLES
from agent.chain import Chain
from agent.config_ledger import LedgerPlace
from diagnostics.measurement import Failure
from tests.agent import samples
from tests.agent.acceptor.conftest import NOW, Desk, desk, visit
from tests.agent.conftest import Ring

BUSY = Failure(kind="instrument_limit", stage="throughput", detail="1 GbE port")


def rows(made: Desk, name: str, **asked: object) -> list[tuple[Cell, ...]]:
    """A table's rows, without those that count nothing."""
    table = TABLES[name](made.ledger.connection, Filters(at=NOW, **asked))  # type: ignore[arg-type]
    assert all(len(row) == len(table.columns) for row in table.rows)
    return [row for row in table.rows if row[-1] != 0]


def fed(place: LedgerPlace, ring: Ring, station: Chain) -> Desk:
    """A desk that has closed one order, rejected one and left one to a person; a fourth was opened and aborted."""
    made = desk(place, ring)
    for number, values in enumerate(({}, {"throughput_down_mbps": 400.0}, {"throughput_down_mbps": BUSY}), 1):
        for token in visit(station, number, **values):
            made.take(token)
    before = len(station.links)
    opened = station.open(samples.order(4), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
    station.abandon(opened, "A", "the customer left", {})
    for link in station.links[before:]:
        made.take(station.token(link))
    return made


def test_work_orders_are_counted_by_what_their_newest_attempt_came_to(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    made = fed(place, ring, station)
    assert rows(made, "orders") == [("open", 1), ("rejected", 1), ("review", 1), ("closed", 1)]
    day = NOW.date().isoformat()
    assert rows(made, "orders", by="day") == [(day, *row) for row in rows(made, "orders")]
    made.take(visit(station, 2)[0])
    assert ("open", 2) in rows(made, "orders")


def test_days_are_cut_at_both_ends(place: LedgerPlace, ring: Ring, station: Chain) -> None:
    made, today, day = fed(place, ring, station), NOW.date(), timedelta(days=1)
    for name in ("orders", "reasons", "rates", "rate_histogram", "review"):
        assert rows(made, name, since=today, until=today) == rows(made, name) != []
        assert rows(made, name, since=today + day) == rows(made, name, until=today - day) == []


@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        ("stations", {"area": "OLT-1"}, "stations: cannot be asked for by area; it knows station"),
        ("stations", {"since": date(2026, 1, 1)}, "stations: tells how it is now"),
        ("orders", {"by": "area; DROP TABLE"}, "orders: cannot be grouped by area; DROP TABLE; it knows state, day"),
        ("rates", {"by": "area"}, "rates: cannot be grouped by area; it knows no grouping"),
    ],
)
def test_what_a_table_cannot_be_asked_is_told(
    name: str, asked: dict[str, object], words: str, place: LedgerPlace, ring: Ring
) -> None:
    made = desk(place, ring)
    with pytest.raises(FleetError, match=words):
        rows(made, name, **asked)


@pytest.mark.parametrize(
    "asked",
    [
        {"since": date(2026, 2, 2), "until": date(2026, 2, 1)},
        {"limit": 0},
        {"limit": 1_000_000},
        {"offset": -1},
    ],
)
def test_filters_that_cannot_be_are_refused(asked: dict[str, object]) -> None:
    with pytest.raises(FleetError):
        Filters(at=datetime(2026, 1, 1, tzinfo=UTC), **asked)  # type: ignore[arg-type]
