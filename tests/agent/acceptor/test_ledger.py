"""The ledger enters each record once, in its place, and answers a repeat with the very same acceptance."""

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent import seal
from agent.acceptor.ledger_database import LedgerError
from agent.acceptor.ledger_reading import Reading
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace, PostgresSettings
from agent.journal import Journal
from tests.agent.acceptor.conftest import desk, visit
from tests.agent.conftest import Ring


def test_a_result_closes_its_work_order_in_the_transaction_of_its_row(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    opened, closed = visit(station)
    assert [a.decision for a in office.take(opened)] == ["recorded"]
    assert office.tickets() == {"WO-1": "open"}
    (answer,) = office.take(closed)
    assert (answer.decision, answer.outcome, answer.record) == ("closed", "accepted", seal.digest_of(closed))
    assert office.tickets() == {"WO-1": "closed"}


def test_a_rejected_result_leaves_the_work_order_open_and_says_why(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    for token in visit(station, ont_rx_power_dbm=-30.0):
        office.take(token)
    (ticket,) = Reading(place).tickets()
    assert ticket["state"] == "open"
    assert ticket["why"].startswith("rejected: Optical power")


def test_every_message_ten_times_and_shuffled_is_one_row_and_one_acceptance_each(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    tokens = [token for number in range(1, 8) for token in visit(station, number)]
    office = desk(place, ring)
    arrivals = tokens * 10
    random.Random(4).shuffle(arrivals)
    answers: dict[str, set[str]] = {token: set() for token in tokens}
    for token in arrivals:
        for answer in office.take(token):
            answers[next(t for t in tokens if seal.digest_of(t) == answer.record)].add(repr(answer))
    assert [len(found) for found in answers.values()] == [1] * len(tokens)
    assert (office.count("records"), office.count("waiting"), office.count("equivocations")) == (14, 0, 0)
    assert set(office.tickets().values()) == {"closed"}


def test_what_comes_early_waits_for_the_one_before(place: LedgerPlace, ring: Ring, station: Chain) -> None:
    office = desk(place, ring)
    opened, closed = visit(station)
    assert office.take(closed) == []
    assert office.tickets() == {}
    assert [a.seq for a in office.take(opened)] == [1, 2]


def test_a_hidden_attempt_leaves_a_gap_that_nothing_behind_it_passes(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    visit(station, ont_rx_power_dbm=-30.0)
    for token in visit(station):
        assert office.take(token) == []
    assert office.tickets() == {}
    assert [row["seq"] for row in Reading(place).waiting()] == [3, 4]


def rolled_back(folder: Path, ring: Ring) -> Chain:
    """The same key with another journal: a cloned card, or one that was set back."""
    return Chain(Journal(folder), key=ring.station, station="station-1", clock=StationClock())


def test_two_records_in_one_place_are_equivocation_and_close_nothing(
    tmp_path: Path, place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    opened, closed = visit(station)
    office.take(opened)
    twin = rolled_back(tmp_path / "clone", ring)
    other = visit(twin, 2)
    (answer,) = office.take(other[0])
    assert (answer.decision, answer.chain) == ("refused", "broken")
    assert "two records for epoch 1, seq 1" in answer.reasons[0]
    assert [a.decision for a in office.take(closed)] == ["refused"]
    assert [a.decision for a in office.take(other[1])] == ["refused"]
    assert office.take(other[0]) == [answer]
    assert "closed" not in office.tickets().values()
    assert office.count("quarantine") == 1


def test_a_record_that_does_not_follow_the_one_before_it_is_refused(
    tmp_path: Path, place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    office.take(visit(station)[0])
    clone = rolled_back(tmp_path / "clone", ring)
    assert [a.decision for a in office.take(visit(clone, 2)[1])] == ["refused"]
    assert office.count("quarantine") == 1


def test_a_chain_that_was_begun_anew_is_recorded_and_left_to_a_person(
    tmp_path: Path, place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    for token in visit(station):
        office.take(token)
    directory = tmp_path / "journal"
    station.journal.close()
    path = directory / "000001.segment"
    raw = bytearray(path.read_bytes())
    raw[-5000] ^= 1
    path.write_bytes(raw)
    with Journal(directory) as journal:
        again = Chain(journal, key=ring.station, station="station-1", clock=StationClock())
        visit(again, 2)
        answers = [answer for link in again.links for answer in office.take(again.token(link))]
    decisions = [(answer.epoch, answer.seq, answer.decision) for answer in answers]
    assert decisions[-1] == (2, 4, "review")
    assert answers[-1].chain == "re-anchored"


def test_order_content_that_changed_under_its_id_is_left_to_a_person(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    for token in visit(station, ont_rx_power_dbm=-30.0):
        office.take(token)
    office.ledger.connection.execute("UPDATE tickets SET digest = 'f'")
    assert [office.take(token)[0].decision for token in visit(station)] == ["recorded", "review"]


def test_two_acceptors_on_one_database_enter_each_record_once(place: LedgerPlace, ring: Ring, station: Chain) -> None:
    one, two = desk(place, ring), desk(place, ring)
    opened, closed = visit(station)
    assert one.take(opened) == two.take(opened)
    assert two.take(closed) == one.take(closed)
    assert one.count("records") == 2


def test_a_full_database_gives_no_answer_for_what_it_did_not_enter(tmp_path: Path, ring: Ring, station: Chain) -> None:
    office = desk(tmp_path / "ledger", ring)
    pages = office.ledger.connection.execute("PRAGMA page_count").fetchone()[0]
    office.ledger.connection.execute(f"PRAGMA max_page_count = {pages + 100}")
    answered = []
    with pytest.raises(LedgerError, match=r"nothing was written: .*full"):
        for number in range(1, 30):
            for token in visit(station, number):
                office.take(token)
                answered.append(seal.digest_of(token))
    assert answered
    rows = office.ledger.connection.execute("SELECT digest FROM records ORDER BY seq")
    assert [row["digest"] for row in rows] == answered


def test_a_file_that_is_no_ledger_of_ours_is_refused_in_one_line(tmp_path: Path, ring: Ring) -> None:
    (tmp_path / "text").write_text("not a database, but long enough to be looked at as one" * 100)
    with pytest.raises(LedgerError, match="cannot be used"):
        desk(tmp_path / "text", ring)
    newer = sqlite3.connect(tmp_path / "newer")
    newer.execute("PRAGMA user_version = 9")
    newer.close()
    with pytest.raises(LedgerError, match="schema 9"):
        desk(tmp_path / "newer", ring)


ACCEPTOR = """
import sys
from pathlib import Path
from agent.config_ledger import PostgresSettings
from agent.keys import load_private
from tests.agent.acceptor.conftest import desk
from tests.agent.conftest import Ring
folder, tokens = Path(sys.argv[1]), Path(sys.argv[2]).read_text().split()
ring = Ring(*[load_private(folder / f"{name}.jwk") for name in ("station", "acceptor", "stranger")], folder=folder)
where = sys.argv[3]
office = desk(PostgresSettings(dsn=where) if where.startswith("host=") else Path(where), ring)
for token in tokens:
    for answer in office.take(token):
        print(answer.record, flush=True)
"""


def test_a_killed_acceptor_neither_loses_nor_doubles_what_it_answered(
    tmp_path: Path, place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    tokens = [token for number in range(1, 20) for token in visit(station, number)]
    (tmp_path / "tokens").write_text(" ".join(tokens))
    assert ring.trust
    dice = random.Random(5)
    told: set[str] = set()
    for _ in range(12):
        where = place.dsn if isinstance(place, PostgresSettings) else place
        command = [sys.executable, "-c", ACCEPTOR, ring.folder, tmp_path / "tokens", where]
        acceptor = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert acceptor.stdout is not None
        told |= {acceptor.stdout.readline().strip() for _ in range(dice.randrange(1, len(tokens)))}
        acceptor.kill()
        acceptor.wait()
        acceptor.stdout.close()
    office = desk(place, ring)
    held = {row["digest"] for row in office.ledger.connection.execute("SELECT digest FROM records")}
    assert told - {""} <= held
    for token in tokens:
        office.take(token)
    assert office.count("records") == len(tokens)
    assert set(office.tickets().values()) == {"closed"}
