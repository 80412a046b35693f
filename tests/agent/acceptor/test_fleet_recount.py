"""Whatever comes, and in whatever order: the fleet's tables say what counting the signed records once more says."""

import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent import record_form, review, seal
from agent.acceptor.fleet_table import Cell, Filters
from agent.acceptor.fleet_tables import TABLES
from agent.acceptor.ledger import Arrival, Ledger, Office
from agent.acceptor.ledger_fleet_fill import Filling
from agent.acceptor.ledger_review_queue import in_review, queue
from agent.acceptor.reviewing import ReviewRefused
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace, PostgresSettings
from agent.journal import Journal
from agent.keys import PrivateKey
from agent.record import ProfileRef
from agent.review import Review
from diagnostics import criteria
from diagnostics.measurement import Failure
from tests.agent import samples
from tests.agent.acceptor import fleet_recount as naive
from tests.agent.conftest import Ring
from tests.postgres import Cluster

BEGIN = naive.utc(1)
NOW = naive.utc(30)
BUSY = Failure(kind="instrument_limit", stage="throughput", detail="1 GbE port")
OUTCOMES: tuple[dict[str, Any], ...] = (
    {"ont_rx_power_dbm": -17.25, "ont_software_version": "V1"},
    {"throughput_down_contract_ratio": 0.7, "throughput_down_mbps": 350.0, "ont_rx_power_dbm": -22.5},
    {"throughput_down_mbps": BUSY, "throughput_down_contract_ratio": BUSY, "ont_software_version": "V2"},
    {"ont_rx_power_dbm": Failure(kind="no_signal", stage="ont", detail="no light")},
)
CAUSES = ((), ("dark_fibre",), ("dark_fibre", "what a newer station says"))
FAMILIES = (None, "huawei_wap", "zte_f6xx")
KINDS = {1: "install", 2: "move", 3: "repair", 4: "repair"}
CIRCUITS = {"WO-1": "c" * 64, "WO-3": "c" * 64, "WO-2": "d" * 64, "WO-4": "d" * 64}
STEP = st.tuples(
    st.sampled_from(("test", "test", "test", "swapped", "held", "opened", "again", "decided")),
    *(st.integers(0, most) for most in (1, 3, 3, 2, 2)),
)
ASKED = st.sampled_from(
    [
        {},
        {"area": "OLT-1"},
        {"family": "huawei_wap"},
        {"firmware": "V1"},
        {"station": "box-0"},
        {"since": date(2026, 11, 2), "until": date(2026, 11, 4)},
        {"until": date(2026, 11, 2), "area": "OLT-0"},
    ]
)


@dataclass
class Story:
    """Two stations and a back office; each step takes seven hours."""

    ledger: Ledger
    ring: Ring
    boxes: tuple[Chain, ...]
    at: Any = BEGIN
    sent: list[str] = field(default_factory=list)
    held: list[str] = field(default_factory=list)

    def act(self, what: str, box: int, order: int, outcome: int, family: int, named: int) -> None:
        self.at += timedelta(hours=7)
        if what == "again":
            self.held.clear()
            self.take(*self.sent)
        elif what == "decided":
            self.decide(order, accept=outcome % 2 == 0)
        else:
            tokens = self.tested(self.boxes[box], order + 1, what, outcome, family, named)
            self.sent += tokens
            self.take(*{"swapped": tokens[::-1], "held": tokens[:1]}.get(what, tokens))

    def tested(self, box: Chain, order: int, what: str, outcome: int, family: int, named: int) -> list[str]:
        before = len(box.links)
        ordered = replace(samples.ORDERED, kind=KINDS[order], olt=f"OLT-{order % 2}")
        attempt = box.open(samples.order(order), ordered=ordered, criteria=samples.CRITERIA, environment={})
        if what == "opened":
            box.abandon(attempt, "A", "the customer left", {})
        else:
            made = samples.result(samples.GOOD | OUTCOMES[outcome])
            profile = FAMILIES[family] and ProfileRef(name=str(FAMILIES[family]), digest=samples.DIGEST)
            causes = tuple({"name": name, "title": "", "evidence": [], "action": ""} for name in CAUSES[named])
            box.finish(attempt, replace(made, profile=profile, causes=causes), {})
        return [box.token(link) for link in box.links[before:]]

    def take(self, *tokens: str) -> None:
        """All of them in one transaction, as an acceptor does with what has come."""
        envelopes = [seal.read(token, typ=seal.RECORD) for token in tokens]
        records = [record_form.parse(envelope.payload) for envelope in envelopes]
        pairs = zip(envelopes, records, strict=True)
        self.ledger.enter([Arrival(envelope=envelope, record=record, at=self.at) for envelope, record in pairs])

    def decide(self, place: int, *, accept: bool) -> None:
        waiting = queue(self.ledger.connection)
        if not waiting:
            return
        digest = waiting[place % len(waiting)]["digest"]
        known = in_review(self.ledger.connection, criteria.load, digest)
        made = Review(
            record=digest,
            acceptance=seal.digest_of(known.token),
            decision="accept" if accept else "reject",
            why="seen",
            reviewer="Ma Li",
            decided_at=self.at,
        )
        token = seal.seal(review.write(made), typ=seal.REVIEW, key=self.ring.stranger).token
        with contextlib.suppress(ReviewRefused):
            self.ledger.review(made, token, self.at)


@contextlib.contextmanager
def story(place: LedgerPlace, ring: Ring, folder: Path) -> Iterator[Story]:
    """A fresh back office with two stations, whose keys nobody looks at here."""
    keys: tuple[PrivateKey, ...] = (ring.station, ring.reflector)
    office = Office(name="desk", key=ring.acceptor, close_unanchored=True, load_criteria=criteria.load)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(Journal(folder / f"box-{number}")) for number in range(2)]
        boxes = [
            Chain(journal, key=key, station=f"box-{number}", clock=StationClock())
            for number, (journal, key) in enumerate(zip(held, keys, strict=True))
        ]
        ledger = stack.enter_context(contextlib.closing(Ledger(place, office)))
        for order_id, circuit in CIRCUITS.items():
            ledger.connection.transact(lambda o=order_id, c=circuit: ledger.circuits.enter(c, o))  # type: ignore[misc]
        yield Story(ledger=ledger, ring=ring, boxes=tuple(boxes))


def table(made: Story, name: str, asked: Filters) -> list[tuple[Cell, ...]]:
    found = TABLES[name](made.ledger.connection, asked)
    assert found.complete and found.total == len(found.rows)
    return [row for row in found.rows if row[-1] != 0 or name == "drift_lines"]


def compared(made: Story, given: dict[str, Any]) -> None:
    """Every table against the recount."""
    every, asked = naive.seen(made.ledger.connection), Filters(at=NOW, limit=1000, **given)
    orders = naive.orders(every, asked)
    by_day = replace(asked, by="day")
    assert {row[:2]: row[2] for row in table(made, "orders", by_day)} == orders
    states: Counter[str] = Counter()
    for (_, state), count in orders.items():
        states[state] += count
    assert dict(table(made, "orders", asked)) == dict(states)
    assert {row[:-1]: row[-1] for row in table(made, "reasons", asked)} == naive.reasons(every, asked)
    for by in ("area", "family", "firmware", "station"):
        grouped = replace(asked, by=by)
        assert {row[:-1]: row[-1] for row in table(made, "causes", grouped)} == naive.causes(every, grouped)
    rates_compared(made, naive.shares(every, asked), asked)
    drifts_compared(made, naive.drifts(every, asked, CIRCUITS), asked)
    waiting = {case["digest"] for case in queue(made.ledger.connection)}
    expected = [each.digest for each in naive.asked_for(every, asked) if each.digest in waiting]
    assert {row[0] for row in TABLES["review"](made.ledger.connection, asked).rows} == set(expected)


def rates_compared(made: Story, shares: dict[tuple[str, float], list[float]], asked: Filters) -> None:
    expected = [
        (*key, len(values), sum(v < 0.9 for v in values), *(naive.quantile(values, p) for p in (5, 25, 50, 75, 95)))
        for key, values in shares.items()
    ]
    assert list(TABLES["rates"](made.ledger.connection, asked).rows) == expected
    for *key, least, below, count in table(made, "rate_histogram", asked):
        inside = [v for v in shares[key[0], key[1]] if (least or 0) <= v < (below or 99)]  # type: ignore[index, operator]
        assert len(inside) == count
    histogram = table(made, "rate_histogram", asked)
    assert sum(int(row[-1] or 0) for row in histogram) == sum(map(len, shares.values()))


def drifts_compared(made: Story, drifts: dict[str, tuple[str, float, float]], asked: Filters) -> None:
    lines = {row[0]: (row[1], row[4], row[5], row[6]) for row in table(made, "drift_lines", asked)}
    assert lines == {order: (*told, round(told[2] - told[1], 2)) for order, told in drifts.items()}
    assert sum(int(row[-1] or 0) for row in table(made, "drift", asked)) == len(drifts)


def forgotten(made: Story, keep: int) -> None:
    """The ledger as an older release left it; of the facts every `keep`-th is there, as if it was broken off before."""
    database = made.ledger.connection
    digests = [row[0] for row in database.execute("SELECT digest FROM fleet_results ORDER BY digest").fetchall()]
    for place, digest in enumerate(digests):
        if not keep or place % keep:
            database.execute("DELETE FROM fleet_results WHERE digest = ?", (digest,))
    # Where one of its results is missing, what an acceptor of the older release left of a work order is out of date.
    missing = "SELECT order_id FROM records WHERE tx IN ('E', 'V') AND digest NOT IN (SELECT digest FROM fleet_results)"
    if keep:
        database.execute(
            f"UPDATE fleet_orders SET state = 'rejected', attempt = '', day = 1 WHERE order_id IN ({missing})"
        )
    else:
        database.execute("DELETE FROM fleet_orders")
    database.execute("UPDATE fleet_progress SET name = '', digest = '', whole = 0")
    assert not TABLES["orders"](database, Filters(at=NOW)).complete


def filled(made: Story) -> None:
    """Counted in the smallest steps, each by a filler that knows nothing but the ledger."""
    for _ in range(500):
        more = Filling(made.ledger.connection, most=3).step(NOW)
        if not more or TABLES["orders"](made.ledger.connection, Filters(at=NOW)).complete:
            return
    raise AssertionError("it never ends")


def told(place: LedgerPlace, ring: Ring, folder: Path, steps: Any, asked: dict[str, Any], keep: int) -> None:
    with story(place, ring, folder) as made:
        for step in steps:
            made.act(*step)
        compared(made, asked)
        forgotten(made, keep)
        filled(made)
        compared(made, asked)


STEPS = st.lists(STEP, min_size=4, max_size=12)


LATE = [("held", 0, 0, 1, 0, 0), ("test", 1, 0, 2, 1, 1), ("again", 0, 0, 0, 0, 0)]
DECIDED = [("test", 0, 0, 2, 1, 1), ("test", 1, 2, 2, 1, 2), ("decided", 0, 0, 0, 0, 0), ("decided", 0, 0, 1, 0, 0)]
MENDED = [("test", 0, 0, 0, 1, 0), ("test", 1, 2, 1, 1, 1), ("test", 0, 2, 0, 2, 0), ("test", 0, 2, 0, 2, 0)]


@settings(max_examples=25)
@example(steps=LATE, asked={}, keep=1)
@example(steps=DECIDED, asked={}, keep=0)
@example(steps=MENDED, asked={}, keep=2)
@given(steps=STEPS, asked=ASKED, keep=st.integers(0, 3))
def test_the_tables_say_what_a_recount_says_also_when_they_were_filled_later(
    tmp_path_factory: pytest.TempPathFactory, ring: Ring, steps: Any, asked: dict[str, Any], keep: int
) -> None:
    folder = tmp_path_factory.mktemp("story")
    told(folder / "ledger", ring, folder, steps, asked, keep)


@settings(max_examples=6)
@given(steps=STEPS, asked=ASKED, keep=st.integers(0, 3))
def test_so_they_do_on_postgresql(
    tmp_path_factory: pytest.TempPathFactory,
    shared_cluster: Cluster,
    ring: Ring,
    steps: Any,
    asked: dict[str, Any],
    keep: int,
) -> None:
    folder = tmp_path_factory.mktemp("story")
    told(PostgresSettings(dsn=shared_cluster.database()), ring, folder, steps, asked, keep)
