"""The fleet's tables: what is counted of records, decisions and stations, on either engine."""

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from agent import record_form, seal
from agent.acceptor.fleet_filler import Filler
from agent.acceptor.fleet_table import Cell, Filters, FleetError
from agent.acceptor.fleet_tables import TABLES
from agent.acceptor.ledger_engines import connect
from agent.acceptor.ledger_fleet_fill import Filling
from agent.acceptor.office import Arrival
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace
from agent.journal import Journal
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


def stations(made: Desk, **asked: object) -> dict[str, Cell]:
    """The only station there is, by the names of the columns."""
    table = TABLES["stations"](made.ledger.connection, Filters(at=NOW + timedelta(hours=1), **asked))  # type: ignore[arg-type]
    (row,) = table.rows
    return dict(zip([column.name for column in table.columns], row, strict=True))


def test_a_station_is_told_with_its_version_its_chain_and_what_waits(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    made = fed(place, ring, station)
    told = stations(made)
    assert (told["station"], told["key"], told["state"]) == ("station-1", ring.station.kid, "alive")
    assert (told["chain"], told["place"], told["version"], told["reviews"]) == ("contiguous", "1/8", None, 1)
    opened = station.open(
        samples.order(5), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={"software": "0.2.0"}
    )
    made.take(station.token(station.links[-1]))
    assert (stations(made)["version"], stations(made)["place"]) == ("0.2.0", "1/9")
    made.ledger.connection.execute("UPDATE records SET software = NULL")
    assert stations(made)["version"] == "0.2.0", "what an older release entered is read from the record itself"
    station.abandon(opened, "A", "the customer left", {})
    made.take(visit(station, 6)[1])
    assert (stations(made)["chain"], stations(made)["place"]) == ("gap", "1/9")
    made.ledger.connection.execute("DELETE FROM waiting")
    made.take(station.token(station.links[-3]))
    assert stations(made)["chain"] == "contiguous"


def test_a_station_is_silent_when_nothing_was_heard_of_it_and_not_before(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    made = fed(place, ring, station)
    assert stations(made, silent_after=timedelta(minutes=59))["state"] == "silent"
    assert stations(made, silent_after=timedelta(minutes=61))["state"] == "alive"
    made.ledger.hear(ring.station.kid, "station-1", NOW + timedelta(minutes=30))
    told = stations(made, silent_after=timedelta(minutes=59))
    assert (told["state"], told["heard"]) == ("alive", (NOW + timedelta(minutes=30)).isoformat())


def test_a_station_that_only_said_what_it_has_is_there_too(place: LedgerPlace, ring: Ring) -> None:
    made = desk(place, ring)
    made.ledger.hear("k" * 43, "box-9", NOW)
    told = stations(made, station="box-9")
    assert (told["chain"], told["place"], told["recorded"], told["version"]) == ("contiguous", None, None, None)


def test_two_records_for_one_place_are_a_fork_and_any_other_break_is_quarantine(
    place: LedgerPlace, ring: Ring, tmp_path: Path, station: Chain
) -> None:
    made = fed(place, ring, station)
    with Journal(tmp_path / "clone") as journal:
        clone = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        tokens = [token for number in range(7, 12) for token in visit(clone, number)]
    made.take(tokens[-2])  # it stands in an empty place, and does not follow
    assert stations(made)["chain"] == "quarantined"
    made.take(tokens[0])
    assert stations(made)["chain"] == "fork"
    before = rows(made, "reasons")
    for token in tokens[1:]:
        made.take(token)
    assert rows(made, "reasons") == before, "nothing under such a key is counted any more"


def test_what_an_ont_or_an_order_says_stays_one_short_line(place: LedgerPlace, ring: Ring, station: Chain) -> None:
    made = desk(place, ring)
    ordered = replace(samples.ORDERED, olt="=cmd()\x00\u202e" + "x" * 500)
    attempt = station.open(samples.order(1), ordered=ordered, criteria=samples.CRITERIA, environment={})
    station.finish(attempt, replace(samples.result(), causes=({"name": "=cmd()"}, {"name": 7}, {})), {})
    for link in station.links:
        made.take(station.token(link))
    ((area, cause, count),) = rows(made, "causes")
    assert (str(area)[:6], len(str(area)), str(area).isprintable(), cause, count) == ("=cmd()", 64, True, "unknown", 1)


def test_a_line_that_was_forgotten_drifts_no_more(place: LedgerPlace, ring: Ring, station: Chain) -> None:
    made, later = desk(place, ring), NOW + timedelta(days=400)
    for number, kind, light in ((1, "install", -18.0), (2, "repair", -24.5)):
        made.ledger.connection.transact(lambda number=number: made.ledger.circuits.enter("c" * 64, f"WO-{number}"))  # type: ignore[misc]
        ordered = replace(samples.ORDERED, kind=kind)
        attempt = station.open(samples.order(number), ordered=ordered, criteria=samples.CRITERIA, environment={})
        station.finish(attempt, samples.result(samples.GOOD | {"ont_rx_power_dbm": light}), {})
        for link in station.links[-2:]:
            envelope = seal.read(station.token(link), typ=seal.RECORD)
            record = record_form.parse(envelope.payload)
            made.ledger.take(Arrival(envelope=envelope, record=record, at=NOW if number == 1 else later))
    assert rows(made, "drift_lines") == [("WO-2", "WO-1", None, None, -18.0, -24.5, -6.5, 400)]
    assert rows(made, "drift") == [(-6.5, -6.0, 1)]
    assert rows(made, "drift_lines", offset=1) == []
    made.ledger.forget("WO-1")
    assert rows(made, "drift_lines") == rows(made, "drift") == []
    assert made.ledger.connection.execute("SELECT count(*) FROM fleet_results WHERE circuit <> ''").fetchone()[0] == 1


def test_what_an_acceptor_of_the_release_before_decides_beside_is_taken_over(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    made = fed(place, ring, station)
    database = made.ledger.connection
    database.execute("DELETE FROM fleet_results WHERE decision = 'rejected'")
    database.execute("UPDATE records SET decision = 'closed', kinds = 'person' WHERE decision = 'review'")
    before, count = rows(made, "orders"), 0
    while Filling(database).step(NOW):
        count += 1
    assert before == [("open", 1), ("rejected", 1), ("review", 1), ("closed", 1)] and count <= 4
    assert rows(made, "orders") == [("open", 1), ("rejected", 1), ("closed", 2)]
    assert rows(made, "reasons") == [("rejected", "limit_failed", 1)]
    assert rows(made, "review") == []


def test_a_work_order_of_which_only_the_ticket_is_left_is_counted(tmp_path: Path, ring: Ring) -> None:
    made = desk(tmp_path / "ledger", ring)
    made.ledger.connection.execute(
        "INSERT INTO tickets VALUES ('WO-1', 'd', 'closed', '', 'r', '2026-11-20T00:00:00Z')"
    )
    assert rows(made, "orders") == []
    assert not Filling(made.ledger.connection).step(NOW)
    assert rows(made, "orders", by="day") == [("2026-11-20", "closed", 1)]


def test_the_filler_counts_beside_an_acceptor_until_it_is_told_to_stop(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    made = fed(place, ring, station)
    before = rows(made, "orders")
    for table in ("fleet_results", "fleet_orders"):
        made.ledger.connection.execute(f"DELETE FROM {table}")
    made.ledger.connection.execute("UPDATE fleet_progress SET whole = 0, name = ''")
    counted = threading.Event()

    class Watched(Filler):
        def _step(self) -> float:
            rest_s = super()._step()
            counted.set()
            return rest_s

    stop, said = threading.Event(), list[str]()
    thread = threading.Thread(target=Watched(lambda: connect(place), said.append).run, args=(stop,))
    thread.start()
    assert counted.wait(60)
    stop.set()
    thread.join(60)
    assert (rows(made, "orders"), said, thread.is_alive()) == (before, [], False)


def test_no_table_tells_anything_of_a_person(place: LedgerPlace, ring: Ring, station: Chain) -> None:
    made = fed(place, ring, station)
    personal = {samples.SERIAL.value, samples.SERIAL.commitment}
    for name in TABLES:
        table = TABLES[name](made.ledger.connection, Filters(at=NOW))
        assert not personal & {cell for row in table.rows for cell in row}
    for name in ("fleet_results", "fleet_orders"):
        held = [tuple(row) for row in made.ledger.connection.execute(f"SELECT * FROM {name}")]
        assert held and not personal & {cell for row in held for cell in row}


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
