"""A ledger of many synthetic records, written in bulk through the fact writer of the product; the same for every seed.

Each order has an opening record and a result. The signed texts are left out, for no table reads them; everything that
the tables read is there: facts, work orders, circuits, chains with a few gaps and forks, reviews that wait.
"""

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent.acceptor.fleet_facts import Fact, OrderStep, day_of, milliseconds
from agent.acceptor.ledger_database import Database
from agent.acceptor.ledger_engines import connect
from agent.acceptor.ledger_fleet import Fleet
from agent.config_ledger import LedgerPlace
from diagnostics import causes

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
DAYS = 365
AT_ONCE = 500
RATES = (100_000, 300_000, 500_000, 1_000_000, 2_000_000)
_DECISIONS = (
    *(("closed", "limits_hold"),) * 80,
    *(("rejected", "limit_failed"),) * 16,
    *(("review", "receipt_astray"),) * 4,
)
_RECORDS = (
    *("kid", "epoch", "seq", "digest", "tx", "station", "order_id", "attempt", "decision", "outcome", "reasons"),
    *("kinds", "received_at", "software", "token", "acceptance"),
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """One order: its facts, its state, and the rows of other tables."""

    fact: Fact
    step: OrderStep
    records: tuple[tuple[Any, ...], ...]
    circuit: str


def fill(place: LedgerPlace, records: int, seed: int = 1) -> None:
    """Write so many records (two an order) into an empty ledger."""
    database = connect(place)
    if isinstance(place, Path):  # the making is not what is measured
        for pragma in ("synchronous = OFF", "cache_size = -400000"):
            database.execute(f"PRAGMA {pragma}")
    made = orders(records // 2, random.Random(seed))
    while batch := [each for _, each in zip(range(AT_ONCE), made, strict=False)]:
        database.transact(lambda batch=batch: _write(database, batch))  # type: ignore[misc]
    database.transact(lambda: _broken_chains(database))
    database.close()


def orders(count: int, chance: random.Random) -> Iterator[Made]:
    """So many orders over a year, in the order of time; a quarter are repairs of a line installed before."""
    names, seqs = sorted(causes.texts()), [0] * max(1, min(2000, count // 50))
    began, accepted = NOW - timedelta(days=DAYS), list[int | None]()
    for number in range(count):
        box = chance.randrange(len(seqs))
        seqs[box] += 2
        at = began + timedelta(seconds=number * DAYS * 86_400 // count)
        made = _order(number, box, seqs[box], at, names, chance)
        good = made.fact.kind == "install" and made.fact.decision == "closed"
        accepted.append(made.fact.rx if good else None)
        before = accepted[int(made.circuit[:8])] if made.fact.kind == "repair" else None
        yield replace(made, fact=replace(made.fact, drift=None if before is None else made.fact.rx - before))


def _order(number: int, box: int, seq: int, at: datetime, names: Sequence[str], chance: random.Random) -> Made:
    decision, kinds = chance.choice(_DECISIONS)
    if decision == "review" and NOW - at > timedelta(days=30):  # persons have decided on it since
        decision, kinds = "closed", "person"
    fact = _fact(number, f"box-{box:05d}", at, (decision, kinds, names), chance)
    state: Any = decision
    told = ("order_id", "attempt", "area", "family", "firmware", "station")
    step = OrderStep(state=state, day=day_of(at), **{name: getattr(fact, name) for name in told})
    kid, when, common = f"{box:043d}", at.isoformat(), (fact.station, fact.order_id, 1)
    rows = (
        (kid, 1, seq - 1, fact.attempt, "B", *common, "recorded", None, "", "step", when, "0.1.0", "", ""),
        (kid, 1, seq, fact.digest, "E", *common, decision, None, "", kinds, when, "0.1.0", "", ""),
    )
    return Made(fact=fact, step=step, records=rows, circuit=fact.circuit)


def _fact(
    number: int, station: str, at: datetime, decided: tuple[str, str, Sequence[str]], chance: random.Random
) -> Fact:
    """The fact of one result; `decided` are the decision, its reasons, and the causes that there are."""
    opened, digest = (hashlib.sha256(f"{word} {number}".encode()).hexdigest() for word in ("opened", "closed"))
    decision, kinds, names = decided
    repair = number > 100 and chance.random() < 0.25
    line = chance.randrange(number) if repair else number
    family = f"family_{line % 14:02d}"
    return Fact(
        digest=digest,
        order_id=f"WO-{number:08d}",
        attempt=opened,
        at=milliseconds(at),
        kind="repair" if repair else "install",
        decision=decision,
        kinds=kinds if decision != "rejected" or chance.random() < 0.7 else f"{kinds} limit_unproven",
        cause="" if decision == "closed" else _cause(names, chance),
        area=f"OLT-{line % 400:03d}",
        family=family,
        firmware=f"{family} V{line % 5}.{line % 3}",
        station=station,
        down_kbps=chance.choice(RATES),
        down_permille=int(min(1100, chance.gauss(970, 40))),
        up_kbps=chance.choice(RATES) // 10,
        up_permille=int(min(1100, chance.gauss(980, 30))),
        rx=int(chance.gauss(-1900, 250)) - (100 if repair else 0),
        circuit=f"{line:08d}{hashlib.sha256(str(line).encode()).hexdigest()[8:]}",
    )


def _cause(names: Sequence[str], chance: random.Random) -> str:
    """The first ones far more often, as it is in the field."""
    return chance.choices(names, [1 / rank for rank in range(1, len(names) + 1)])[0]


def _write(database: Database, batch: Sequence[Made]) -> None:
    fleet = Fleet(database)
    _insert(database, f"records ({', '.join(_RECORDS)})", [row for made in batch for row in made.records])
    _insert(database, "circuits", [(made.circuit, made.step.order_id) for made in batch])
    fleet.add([made.fact for made in batch])
    fleet.begin([made.step for made in batch])


def _broken_chains(database: Database) -> None:
    """One chain in a hundred has a gap, one in two hundred is a fork."""
    kids = [row[0] for row in database.execute("SELECT DISTINCT kid FROM records ORDER BY kid")]
    when = NOW.isoformat()
    _insert(database, "waiting", [(kid, 1, 10_000_000, "0" * 64, "", when) for kid in kids[::100]])
    forked = [(kid, 1, 1, f"{place:064x}", "", when, "") for place, kid in enumerate(kids[5::200])]
    _insert(database, "equivocations", forked)
    _insert(database, "quarantine", [(row[0], when, "two records for epoch 1, seq 1") for row in forked])


def _insert(database: Database, into: str, rows: Sequence[tuple[Any, ...]]) -> None:
    if rows:
        marks = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
        database.execute(f"INSERT INTO {into} VALUES {marks}", [value for row in rows for value in row])
