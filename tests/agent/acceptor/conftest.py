"""An acceptor's ledger and stations that talk to it without a broker."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent import acknowledgement, record_form, seal
from agent.acceptor.believing import witnessed
from agent.acceptor.ledger import Arrival, Ledger, Office
from agent.acknowledgement import Acceptance
from agent.chain import Chain
from agent.config_ledger import LedgerPlace, PostgresSettings
from agent.record import OrderRef
from agent.trust import Trust
from diagnostics import criteria
from tests.agent import samples
from tests.agent.conftest import Ring
from tests.postgres import shared_cluster  # noqa: F401

if TYPE_CHECKING:
    from tests.agent.acceptor.telling import Bench
    from tests.agent.acceptor.ticket_server import TicketServer

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Desk:
    """A ledger with what it takes to feed it."""

    ledger: Ledger
    trust: Trust

    def take(self, token: str, *receipts: str) -> list[Acceptance]:
        """Hand in one record with the receipts behind it; the acceptances that it brings."""
        opened = seal.open_sealed(token, typ=seal.RECORD, trust=self.trust)
        record = record_form.from_json(opened.content)
        seen = tuple(witnessed(receipt, self.trust, NOW) for receipt in receipts)
        answers = self.ledger.take(Arrival(envelope=opened.envelope, record=record, at=NOW, receipts=seen))
        tokens = [answer.token for answer in answers]
        opened_answers = [seal.open_sealed(t, typ=seal.ACCEPTANCE, trust=self.trust) for t in tokens]
        return [acknowledgement.from_json(opened.content) for opened in opened_answers]

    def count(self, table: str) -> int:
        return int(self.ledger.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def tickets(self) -> dict[str, str]:
        return dict(self.ledger.connection.execute("SELECT id, state FROM tickets").fetchall())


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> LedgerPlace:
    """Where a test's ledger is, once on each engine."""
    if request.param == "sqlite":
        return tmp_path / "ledger"
    return PostgresSettings(dsn=request.getfixturevalue("shared_cluster").database())


def database_in_toml(place: LedgerPlace) -> str:
    """The key of [acceptor] or the table [ledger] that names this place; the last of [acceptor]."""
    if isinstance(place, PostgresSettings):
        return f'[ledger]\ndsn = "{place.dsn}"\n'
    return f'database = "{place}"\n'


def desk(place: LedgerPlace, ring: Ring, *, close_unanchored: bool = True) -> Desk:
    office = Office(name="desk", key=ring.acceptor, close_unanchored=close_unanchored, load_criteria=criteria.load)
    return Desk(Ledger(place, office), ring.trust)


def visit(chain: Chain, number: int = 1, ref: OrderRef | None = None, **values: object) -> list[str]:
    """One attempt for an order; the tokens of its two records."""
    before = len(chain.links)
    attempt = chain.open(
        ref or samples.order(number), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={}
    )
    chain.finish(attempt, samples.result(samples.GOOD | values), {})  # type: ignore[arg-type]
    return [chain.token(link) for link in chain.links[before:]]


@pytest.fixture
def server() -> Iterator["TicketServer"]:
    """A ticket system that knows the first work order."""
    from tests.agent.acceptor.ticket_server import ticket_server

    with ticket_server() as made:
        made.things["workOrder"]["WO-1"] = {"id": "WO-1", "state": "acknowledged"}
        yield made


@pytest.fixture
def bench(tmp_path: Path, ring: Ring, server: "TicketServer") -> "Bench":
    """A desk whose decisions are told to that ticket system."""
    from tests.agent.acceptor.telling import Bench, settings_for

    return Bench(tmp_path / "ledger", ring, settings_for(server, tmp_path))
