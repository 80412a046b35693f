"""The accounts at the end of a campaign: journals, ledger and the history of every work order, compared to the last."""

import contextlib
import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent import acknowledgement, record_form, seal
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace, PostgresSettings
from agent.journal import Journal
from agent.keys import load_private
from agent.trust import load_trust
from tests.chaos.world import World

Place = tuple[str, int, int]  # key, epoch, number
_HISTORY = "CREATE TABLE history (id TEXT, was TEXT, became TEXT, by_record TEXT)"
_NOTED = "INSERT INTO history VALUES (OLD.id, OLD.state, NEW.state, NEW.closed_by)"
_IN_SQLITE = (
    _HISTORY,
    f"CREATE TRIGGER kept AFTER UPDATE OF state ON tickets BEGIN {_NOTED}; END",
    "CREATE TRIGGER born AFTER INSERT ON tickets WHEN NEW.state <> 'open' BEGIN"
    " INSERT INTO history VALUES (NEW.id, 'none', NEW.state, NEW.closed_by); END",
)
_IN_POSTGRES = (
    _HISTORY,
    f"CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {_NOTED}; RETURN NEW; END $$",
    "CREATE TRIGGER kept AFTER UPDATE OF state ON tickets FOR EACH ROW EXECUTE FUNCTION keep()",
    "CREATE FUNCTION bear() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO history VALUES (NEW.id, 'none', NEW.state, NEW.closed_by); RETURN NEW; END $$",
    "CREATE TRIGGER born AFTER INSERT ON tickets FOR EACH ROW WHEN (NEW.state <> 'open') EXECUTE FUNCTION bear()",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What a campaign came to, in numbers that must be zero and words that a second run must repeat."""

    records: int
    closed: int
    lost: list[str]
    closed_twice: list[str]
    unreceipted: list[str]
    wrong: list[str]
    measurements: str
    decisions: str

    @property
    def faults(self) -> list[str]:
        """Everything that must not be."""
        return [*self.lost, *self.closed_twice, *self.unreceipted, *self.wrong]


def watch_closings(place: LedgerPlace) -> None:
    """From now on keep every change of a work order's state in a table of our own."""
    for statement in _IN_POSTGRES if isinstance(place, PostgresSettings) else _IN_SQLITE:
        asked(place, statement)


def asked(place: LedgerPlace, statement: str) -> list[tuple[Any, ...]]:
    """What the ledger's database answers, past our own software."""
    with _connection(place) as connection:
        found = connection.execute(statement)
        rows = found.fetchall() if found.description else []
        connection.commit()
    return [tuple(row) for row in rows]


@contextlib.contextmanager
def _connection(place: LedgerPlace) -> Iterator[Any]:
    if isinstance(place, PostgresSettings):
        import psycopg

        with psycopg.connect(place.dsn) as connection:
            yield connection
        return
    assert isinstance(place, Path)
    with contextlib.closing(sqlite3.connect(place, timeout=60)) as connection:
        yield connection


def audit(world: World) -> Accounts:
    """Read everything again and compare."""
    told = _Told(world)
    tickets = {str(i): (str(s), str(w)) for i, s, w in asked(world.place, "SELECT id, state, why FROM tickets")}
    lost, wrong = _compared(told.records, world.place)
    for job in world.plan.jobs:
        state = tickets.get(job.order, ("missing", ""))[0]
        if state != ("closed" if job.closes else "open"):
            lost.append(f"work order {job.order} on a {job.line} line is {state}: {tickets.get(job.order)}")
    return Accounts(
        records=len(told.records),
        closed=sum(state == "closed" for state, _ in tickets.values()),
        lost=lost,
        closed_twice=_closed_twice(world.place),
        unreceipted=told.unreceipted,
        wrong=wrong + told.wrong,
        measurements=_digest(sorted(told.measured)),
        decisions=_digest(sorted((order, *ticket) for order, ticket in tickets.items())),
    )


def _compared(journals: Mapping[Place, str], place: LedgerPlace) -> tuple[list[str], list[str]]:
    """What the ledger lacks of the journals, and what stands in it that should not."""
    found = asked(place, "SELECT kid, epoch, seq, digest FROM records")
    rows: dict[Place, str] = {(str(kid), int(epoch), int(seq)): str(digest) for kid, epoch, seq, digest in found}
    lost = [f"record {each} is not in the ledger" for each in journals.keys() - rows.keys()]
    wrong = [
        f"record {each} has another digest" for each, digest in journals.items() if rows.get(each, digest) != digest
    ]
    wrong += [f"record {each} is in no journal" for each in rows.keys() - journals.keys()]
    for table in ("quarantine", "equivocations", "waiting"):
        wrong += [f"{table}: {row}" for row in asked(place, f"SELECT * FROM {table}")]
    return lost, wrong


def _closed_twice(place: LedgerPlace) -> list[str]:
    """By the history of each work order, and by the decisions of its records."""
    history = asked(place, "SELECT id, was, became FROM history")
    closings = Counter(str(order) for order, was, became in history if (was, became) == ("open", "closed"))
    others = [f"work order {row[0]} went from {row[1]} to {row[2]}" for row in history if row[1:] != ("open", "closed")]
    decided = Counter(str(row[0]) for row in asked(place, "SELECT order_id FROM records WHERE decision = 'closed'"))
    twice = {order for each in (closings, decided) for order, times in each.items() if times > 1}
    return others + [
        f"work order {order} was closed more than once" for order in sorted(twice | (closings.keys() ^ decided.keys()))
    ]


class _Told:
    """What the journals hold."""

    def __init__(self, world: World) -> None:
        self.records: dict[Place, str] = {}
        self.unreceipted: list[str] = []
        self.wrong: list[str] = []
        self.measured: set[tuple[str, str]] = set()
        self._trust = load_trust(world.trust)
        for station in world.plan.stations:
            key = load_private(world.key(station))
            with Journal(world.journal(station)) as journal:
                chain = Chain(journal, key=key, station=station, clock=StationClock())
                self._read(chain)
                self.wrong += [f"{station}: {damage}" for damage in journal.damages]

    def _read(self, chain: Chain) -> None:
        steps: Counter[str] = Counter()
        for number, link in enumerate(chain.links, 1):
            self.records[chain.kid, link.epoch, link.seq] = link.digest
            where = f"{chain.station} {link.epoch}/{link.seq} {link.tx}"
            if (link.epoch, link.seq) != (1, number):
                self.wrong.append(f"{where}: not in its place")
            if link.tx != "B":
                steps[link.open] += 1
            self._verify(chain.receipt(link), link.digest, where)
            if link.tx == "E":
                self._measured(chain.token(link))
        opened = {link.digest for link in chain.links if link.tx == "B"}
        if steps != Counter(opened):
            self.wrong.append(f"{chain.station}: an attempt has no end, or two")

    def _verify(self, receipt: str | None, digest: str, where: str) -> None:
        if receipt is None:
            self.unreceipted.append(f"{where} has no acceptance")
            return
        made = acknowledgement.from_json(seal.open_sealed(receipt, typ=seal.ACCEPTANCE, trust=self._trust).content)
        if made.record != digest:
            self.unreceipted.append(f"{where}: its acceptance is for another record")

    def _measured(self, token: str) -> None:
        record = record_form.parse(seal.read(token, typ=seal.RECORD).payload)
        assert record.order and record.result
        if record.result.outcome != "inconclusive":
            values = [f"{m.quantity}[{m.index}]={m.failure or m.value}" for m in record.result.measurements]
            self.measured.add((record.order.id, " ".join(values)))


def _digest(rows: list[tuple[str, ...]]) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]
