"""Senders that die, that are many, and ledgers that were lost: each event is still told once, and with its decision."""

import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from agent import record_form, seal
from agent.acceptor.ledger_engines import connect
from agent.acceptor.office import Arrival, remembered
from agent.acceptor.webhook import ID
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace
from agent.journal import Journal
from tests.agent.acceptor.conftest import NOW, visit
from tests.agent.acceptor.telling import LEASE_S, WEAK, Bench, only, settings_for, state
from tests.agent.acceptor.ticket_server import TicketServer
from tests.agent.conftest import Ring


def test_a_decision_whose_row_cannot_be_written_is_not_made(
    place: LedgerPlace, tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    bench = Bench(place, ring, settings_for(server, tmp_path))
    opened, closed = visit(station)
    bench.desk.take(opened)
    bench.desk.ledger.connection.execute("ALTER TABLE outbox RENAME TO away")
    with pytest.raises(Exception, match="outbox"):
        bench.desk.take(closed)
    assert (bench.desk.count("records"), bench.desk.tickets()) == (1, {"WO-1": "open"})
    bench.desk.ledger.connection.execute("ALTER TABLE away RENAME TO outbox")
    assert [answer.decision for answer in bench.desk.take(closed)] == ["closed"]
    bench.work_off()
    assert state(server) == "completed"


def test_a_record_that_comes_again_is_not_told_again(
    tmp_path: Path, bench: Bench, ring: Ring, server: TicketServer, station: Chain
) -> None:
    tokens = visit(station)
    for token in tokens * 3:
        bench.desk.take(token)
    bench.work_off()
    with Journal(tmp_path / "clone") as journal:  # and a clone's record in a place that is taken changes nothing there
        twin = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        for token in visit(twin, **WEAK):
            bench.desk.take(token)
    bench.work_off()
    assert (state(server), len(server.things["serviceTest"]), len(server.hooked)) == ("completed", 1, 2)


def test_two_senders_of_one_outbox_tell_everything_once(
    place: LedgerPlace, tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    bench = Bench(place, ring, only(settings_for(server, tmp_path), "webhook"))
    for number in range(1, 5):
        for token in visit(station, number):
            bench.desk.take(token)
    pair = [bench.sender("webhook"), bench.sender("webhook")]
    while bench.rows("waiting"):
        for sender in pair:
            sender.step()
    assert len({asked.headers[ID] for asked in server.hooked}) == len(server.hooked) == 8


def test_a_sender_that_dies_over_a_row_leaves_it_to_another(bench: Bench, server: TicketServer, station: Chain) -> None:
    bench.desk.take(visit(station)[0])
    bench.work_off("tmf697")
    bench.desk.take(station.token(station.links[1]))
    ledger = bench.desk.ledger.connection
    claimed = ledger.transact(lambda: bench.outbox.claim("tmf653", bench.now, bench.now))
    assert claimed is not None and claimed.attempts == 1
    other = bench.sender("tmf653")
    other.step()
    (test,) = server.things["serviceTest"].values()
    ledger.execute("UPDATE outbox SET state = 'waiting', due_at = ''")  # it died before it could note the answer
    bench.pass_time(LEASE_S)
    bench.work_off()
    assert list(server.things["serviceTest"].values()) == [test]
    assert state(server) == "completed"


def test_a_ledger_that_was_lost_and_filled_again_makes_no_second_test(
    tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    settings = settings_for(server, tmp_path)
    bench = Bench(tmp_path / "lost", ring, settings)
    tokens = visit(station)
    for token in tokens:
        bench.desk.take(token)
    bench.work_off()
    given = {token: bench.outbox.tokens(seal.digest_of(token)) for token in tokens}
    bench = Bench(tmp_path / "new", ring, settings)
    for token in tokens:
        opened = seal.open_sealed(token, typ=seal.RECORD, trust=ring.trust)
        record, kept = record_form.from_json(opened.content), given[token]
        assert kept is not None
        known = remembered(kept[1])
        bench.desk.ledger.take(Arrival(envelope=opened.envelope, record=record, at=NOW, remembered=known))
    bench.work_off()
    assert (state(server), len(server.things["serviceTest"])) == ("completed", 1)
    assert len({asked.headers[ID] for asked in server.hooked}) == 2 and len(server.hooked) == 4


def test_a_killed_acceptor_tells_everything_and_nothing_twice(
    tmp_path: Path, ring: Ring, server: TicketServer, station: Chain
) -> None:
    orders = [f"WO-{number}" for number in range(1, 9)]
    server.things["workOrder"] = {name: {"id": name, "state": "acknowledged"} for name in orders}
    tokens = [token for number in range(1, 9) for token in visit(station, number)]
    (tmp_path / "tokens").write_text(" ".join(tokens))
    settings, database, dice = settings_for(server, tmp_path), tmp_path / "ledger", random.Random(7)
    assert ring.trust_file.exists()
    given = [ring.folder, tmp_path / "tokens", database, server.peer.url, tmp_path / "client.secret"]
    for _ in range(3):  # at most 24 of the 40 requests that there are
        teller = subprocess.Popen([sys.executable, "-m", "tests.agent.acceptor.killed_teller", *map(str, given)])
        for _ in range(dice.randrange(2, 9)):  # in the middle of a request, or between two
            server.came.get(timeout=60)
        teller.kill()
        teller.wait()
        with closing(connect(database)) as ledger:  # else what it had claimed waits for the end of its lease
            ledger.execute("UPDATE outbox SET due_at = decided_at WHERE state = 'waiting'")
    bench = Bench(database, ring, only(settings, "tmf653", "tmf697"))
    for token in tokens:
        bench.desk.take(token)
    bench.work_off()
    records = {next(c["value"] for c in test["characteristic"] if c["name"] == "record") for test in server.tests}
    assert len(server.tests) == len(records) == len(orders)
    assert {each["state"] for each in server.things["workOrder"].values()} == {"completed"}
