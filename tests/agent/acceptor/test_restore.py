"""A ledger restored from yesterday's copy, on either engine: it fills up again, and no work order is closed twice.

The copy is made as an operator makes it: a copy of the SQLite file, `pg_dump` of a PostgreSQL database.
"""

import contextlib
import hashlib
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from agent.acceptor.issuing import Terms
from agent.acceptor.ledger import Ledger
from agent.acceptor.office import Office
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace, PostgresSettings
from agent.delivery import Delivery
from agent.journal import Journal
from agent.record import OrderRef
from agent.trust import parse_trust
from diagnostics import criteria, strict_json
from diagnostics.line import Reflector
from tests.agent import orders, receipts, samples
from tests.agent.acceptor.conftest import database_in_toml
from tests.agent.broker import Broker, mosquitto
from tests.agent.conftest import Ring
from tests.agent.delivering import PACE, running
from tests.chaos.accounts import asked, watch_closings
from tests.chaos.cast import ROOT
from tests.postgres import Cluster

PATIENCE_S = 180
TERMS = Terms(stations=("station-1", "station-2"), attempts=9)
GATE = (Reflector(host="r1", name="reflector-1", gate=5200),)
FAST = {"throughput_down_mbps": 498.11}
DARK = {"ont_rx_power_dbm": -31.0}


@dataclass
class House:
    """A back office, its broker, and two stations."""

    folder: Path
    ring: Ring
    broker: Broker
    place: LedgerPlace
    heard: list[str] = field(default_factory=list)

    @property
    def trust_file(self) -> Path:
        return self.folder / "trust.jwks"

    def issue(self, order_id: str) -> OrderRef:
        """A signed order in the ledger."""
        nonce = hashlib.sha256(order_id.encode()).digest()
        signed = orders.signed(self.ring.order, orders.work_order(id=order_id), TERMS, nonce=nonce)
        signed = orders.resigned(signed, self.ring.order, ordered=samples.ORDERED, reflectors=GATE)
        ref = OrderRef(id=order_id, digest=orders.read(signed).order_digest, anchor=signed.digest)
        office = Office(name="desk", key=self.ring.acceptor, close_unanchored=False, load_criteria=criteria.load)
        with contextlib.closing(Ledger(self.place, office)) as ledger:
            ledger.issue(signed.token, ref, orders.ISSUED.isoformat())
        return ref

    @contextlib.contextmanager
    def open(self) -> Iterator["subprocess.Popen[str]"]:
        """The acceptor's real service, until the block ends."""
        config = self.folder / "acceptor.toml"
        config.write_text(
            f'[acceptor]\nname = "desk"\nkey = "{self.ring.folder}/acceptor.jwk"\ntrust = "{self.trust_file}"\n'
            f'{database_in_toml(self.place)}[mqtt]\nhost = "127.0.0.1"\nport = {self.broker.port}\ntenant = "north"\n'
        )
        command = [sys.executable, "-m", "agent.cli", "acceptor", "serve", "--config", str(config)]
        serving = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
        try:
            self.hear(serving, "listening")
            yield serving
            serving.send_signal(signal.SIGTERM)
            assert serving.wait(PATIENCE_S) == 0
        finally:
            serving.kill()
            serving.communicate()

    def hear(self, serving: "subprocess.Popen[str]", words: str) -> None:
        """Wait until the acceptor says this."""
        assert serving.stdout is not None
        for line in serving.stdout:
            self.heard.append(line)
            if words in line:
                return
        raise AssertionError(f"the acceptor ended and never said {words!r}: {self.heard}")

    def delivery(self, station: Chain) -> Delivery:
        trust = parse_trust(self.trust_file.read_bytes(), "trust")
        births = station.journal.directory.parent / f"births-{station.station}"
        return Delivery(station, trust, self.broker.settings, births=births, pace=PACE)

    def day(self, *visits: tuple[Chain, OrderRef, dict[str, Any]]) -> None:
        """Tests, one after the other, each delivered and answered."""
        with self.open():
            for station, ref, values in visits:
                receipts.witnessed_visit(station, ref, self.ring.reflector, **values)
                assert self.delivery(station).deliver(PATIENCE_S)

    def tickets(self) -> dict[str, tuple[str, str | None]]:
        """Each work order with its state, and the record that closed it."""
        return {row[0]: row[1:] for row in asked(self.place, "SELECT id, state, closed_by FROM tickets")}

    def answers(self) -> dict[str, str]:
        """Each record's acceptance, by its digest."""
        return dict(asked(self.place, "SELECT digest, acceptance FROM records"))

    def closings(self) -> list[str]:
        """The work orders that were closed since somebody watches."""
        changes = asked(self.place, "SELECT id, was, became FROM history ORDER BY id")
        assert {change[1:] for change in changes} <= {("open", "closed")}
        return [change[0] for change in changes]


@pytest.fixture
def house(tmp_path: Path, ring: Ring, place: LedgerPlace) -> Iterator[House]:
    with mosquitto(tmp_path) as broker:
        made = House(tmp_path, ring, broker, place)
        second = {**ring.stranger.public(), "kid": ring.stranger.kid, "alg": "Ed25519", "role": "station"}
        made.trust_file.write_bytes(strict_json.write({"keys": [*ring.entries, second | {"name": "station-2"}]}))
        yield made


@pytest.fixture
def stations(tmp_path: Path, ring: Ring) -> Iterator[tuple[Chain, Chain]]:
    with Journal(tmp_path / "journal-1") as first, Journal(tmp_path / "journal-2") as second:
        yield (
            Chain(first, key=ring.station, station="station-1", clock=StationClock()),
            Chain(second, key=ring.stranger, station="station-2", clock=StationClock()),
        )


Restore = Callable[[], LedgerPlace]


@pytest.fixture
def copied(house: House, request: pytest.FixtureRequest) -> Callable[[], Restore]:
    """Make a copy of the ledger now; what that returns makes a ledger of the copy."""

    def copy() -> Restore:
        made, place = house.folder / "yesterday", house.place
        if not isinstance(place, PostgresSettings):
            shutil.copy(place, made)
            return lambda: made
        cluster: Cluster = request.getfixturevalue("shared_cluster")
        subprocess.run(["pg_dump", "--format=custom", f"--file={made}", f"--dbname={place.dsn}"], check=True)

        def restore() -> LedgerPlace:
            fresh = PostgresSettings(dsn=cluster.database())
            subprocess.run(["pg_restore", f"--dbname={fresh.dsn}", str(made)], check=True)
            return fresh

        return restore

    return copy


def test_a_ledger_restored_from_yesterday_fills_up_again_and_closes_the_same_work_orders_by_the_same_records(
    house: House, stations: tuple[Chain, Chain], copied: Callable[[], Restore]
) -> None:
    one, two = stations
    first, second, third = map(house.issue, ("WO-1", "WO-2", "WO-3"))
    house.day((one, first, FAST), (one, second, DARK))
    restore = copied()
    fourth, fifth = map(house.issue, ("WO-4", "WO-5"))  # the copy knows nothing of these
    house.day((one, third, FAST), (one, second, FAST), (one, fourth, FAST), (two, fifth, DARK))
    tickets, answers = house.tickets(), house.answers()
    assert {order: state for order, (state, _) in tickets.items()} == {
        **dict.fromkeys(("WO-1", "WO-2", "WO-3", "WO-4"), "closed"),
        "WO-5": "open",
    }

    house.place = restore()
    watch_closings(house.place)
    assert len(house.answers()) == 4
    with house.open() as serving, running(house.delivery(one).run), running(house.delivery(two).run):
        for words in ("station-1 1/10 E: closed", "station-2 1/2 E: rejected"):
            house.hear(serving, words) if not any(words in line for line in house.heard) else None
        assert (house.tickets(), house.answers()) == (tickets, answers), "the same decisions, in the very same words"
        assert house.closings() == ["WO-2", "WO-3", "WO-4"]
        receipts.witnessed_visit(two, third, house.ring.reflector, **FAST)
        house.hear(serving, "station-2 1/4 E: recorded: the work order was closed before")
    assert house.closings() == ["WO-2", "WO-3", "WO-4"], "what is closed is not closed again"
    assert house.tickets() == tickets


def test_a_work_order_that_another_station_closed_before_its_closing_record_came_back_is_closed_once(
    house: House, stations: tuple[Chain, Chain], copied: Callable[[], Restore]
) -> None:
    one, two = stations
    order = house.issue("WO-1")
    restore = copied()
    house.day((one, order, FAST))
    held = one.receipt(one.links[-1])

    house.place = restore()
    watch_closings(house.place)
    house.day((two, order, FAST))
    with house.open() as serving, running(house.delivery(one).run):
        house.hear(serving, "station-1 1/2 E: ")
    assert house.closings() == ["WO-1"]
    assert house.tickets() == {"WO-1": ("closed", two.links[-1].digest)}
    assert house.answers()[one.links[-1].digest] == held, "what was said once is said again"
