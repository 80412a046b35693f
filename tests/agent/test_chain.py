"""The chain has no gap, no number twice, and an end for every attempt, whatever became of the station."""

import random
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent import acknowledgement, record_form, seal
from agent.acknowledgement import Acceptance
from agent.chain import Chain
from agent.clock import StationClock
from agent.frame import BLOCK
from agent.journal import Journal
from agent.keys import PrivateKey
from agent.link import Link
from agent.record import AcceptanceRecord, RecordError
from agent.survey import survey
from agent.trust import Trust
from tests.agent import samples
from tests.agent.conftest import Ring


def chain(journal: Journal, key: PrivateKey) -> Chain:
    return Chain(journal, key=key, station="station-1", clock=StationClock())


def visit(chain: Chain, number: int = 1) -> seal.Envelope:
    """One whole attempt."""
    attempt = chain.open(samples.order(number), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
    return chain.finish(attempt, samples.result(), {})


def records(directory: Path, trust: Trust) -> list[AcceptanceRecord]:
    """All records of a journal, verified, once it is sure that they are one chain."""
    found = survey(directory)
    tokens = [found.read(entry) for entry in found.entries if entry.kind == "record"]
    opened = [seal.open_sealed(token, typ=seal.RECORD, trust=trust) for token in tokens]
    made = [record_form.parse(each.envelope.payload) for each in opened]
    for before, token, after in zip(made, tokens, made[1:], strict=False):
        assert after.prev == seal.digest_of(token)
        assert (after.epoch, after.seq) == (
            (before.epoch + 1, 1) if after.tx == "R" else (before.epoch, before.seq + 1)
        )
    if made:
        assert (made[0].epoch, made[0].seq, made[0].prev) in ((1, 1, None), (2, 1, None))
    return made


def steps(made: list[AcceptanceRecord]) -> str:
    return "".join(record.tx for record in made)


def test_attempts_are_numbered_by_order_and_the_chain_goes_on_after_a_restart(tmp_path: Path, ring: Ring) -> None:
    for _ in range(2):
        with Journal(tmp_path / "journal") as journal:
            made = chain(journal, ring.station)
            visit(made, 1)
            visit(made, 2)
    found = records(tmp_path / "journal", ring.trust)
    assert [(r.tx, r.seq, r.order and r.order.id, r.attempt) for r in found] == [
        ("B", 1, "WO-1", 1),
        ("E", 2, "WO-1", 1),
        ("B", 3, "WO-2", 1),
        ("E", 4, "WO-2", 1),
        ("B", 5, "WO-1", 2),
        ("E", 6, "WO-1", 2),
        ("B", 7, "WO-2", 2),
        ("E", 8, "WO-2", 2),
    ]


def test_an_attempt_that_lost_its_end_gets_it_at_the_next_start(tmp_path: Path, ring: Ring) -> None:
    with Journal(tmp_path / "journal") as journal:
        chain(journal, ring.station).open(
            samples.order(), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={}
        )
    for _ in range(2):
        with Journal(tmp_path / "journal") as journal:
            chain(journal, ring.station)
    found = records(tmp_path / "journal", ring.trust)
    assert steps(found) == "BP"
    assert found[1].open == found[1].prev


def test_an_attempt_ends_once_and_nothing_else_begins_before(tmp_path: Path, ring: Ring) -> None:
    with Journal(tmp_path / "journal") as journal:
        made = chain(journal, ring.station)
        begin = {"ordered": samples.ORDERED, "criteria": samples.CRITERIA, "environment": {}}
        attempt = made.open(samples.order(), **begin)  # type: ignore[arg-type]
        with pytest.raises(RecordError, match="still open"):
            made.open(samples.order(2), **begin)  # type: ignore[arg-type]
        made.abandon(attempt, "A", "interrupted", {})
        with pytest.raises(RecordError, match="has ended already"):
            made.finish(attempt, samples.result(), {})
    assert steps(records(tmp_path / "journal", ring.trust)) == "BA"


@pytest.mark.parametrize(("spoilt", "expected"), [(3, "BEBRP"), (2, "BEE"), (0, "EBE")], ids=["last", "older", "first"])
def test_a_damaged_record_never_leads_to_a_number_used_twice(
    tmp_path: Path, ring: Ring, spoilt: int, expected: str
) -> None:
    directory = tmp_path / "journal"
    with Journal(directory) as journal:
        visit(chain(journal, ring.station), 1)
        visit(chain(journal, ring.station), 2)
        at = journal.entries[spoilt].offset
    path = directory / "000001.segment"
    raw = bytearray(path.read_bytes())
    raw[at + 300] ^= 1
    path.write_bytes(raw)
    for _ in range(2):
        with Journal(directory) as journal:
            made = chain(journal, ring.station)
    assert "".join(link.tx for link in made.links) == expected
    places = [(link.epoch, link.seq) for link in made.links]
    assert len(set(places)) == len(places)


def test_a_new_key_begins_a_new_epoch(tmp_path: Path, ring: Ring) -> None:
    with Journal(tmp_path / "journal") as journal:
        visit(chain(journal, ring.station))
    with Journal(tmp_path / "journal") as journal:
        made = chain(journal, ring.stranger)
        visit(made, 2)
    assert [(link.tx, link.epoch, link.seq) for link in made.links][2:] == [("R", 2, 1), ("B", 2, 2), ("E", 2, 3)]


def acceptance_of(link: Link) -> bytes:
    return acknowledgement.write(
        Acceptance(
            acceptor="desk",
            record=link.digest,
            kid=link.kid,
            epoch=link.epoch,
            seq=link.seq,
            order=link.order,
            decision="recorded",
            outcome=None,
            reasons=(),
            verdict=None,
            line=None,
            chain="complete",
            close_unanchored=False,
            issued_at=samples.TAKEN,
        )
    )


def test_what_was_acknowledged_is_no_longer_pending_also_after_a_restart(tmp_path: Path, ring: Ring) -> None:
    with Journal(tmp_path / "journal") as journal:
        made = chain(journal, ring.station)
        visit(made)
        first, second = made.pending()
        receipt = seal.seal(acceptance_of(first), typ=seal.ACCEPTANCE, key=ring.acceptor)
        made.acknowledge(first, receipt.token, datetime.now(UTC))
        assert made.pending() == (second,)
    with Journal(tmp_path / "journal") as journal:
        again = chain(journal, ring.station)
        assert [link.digest for link in again.pending()] == [second.digest]
        assert again.receipt(first) == receipt.token


def test_a_clock_below_what_a_server_signed_is_unknown_time() -> None:
    clock = StationClock(now=lambda: datetime(2026, 6, 1, tzinfo=UTC))
    assert clock.stamp().status in "IS"
    clock.raise_floor(datetime(2026, 7, 1, tzinfo=UTC))
    assert clock.stamp().status == "U"
    assert StationClock(now=lambda: datetime(1970, 1, 1, tzinfo=UTC)).stamp().status == "U"


STATION = """
import sys
from pathlib import Path
from agent.journal import Journal
from agent.keys import load_private
from tests.agent.test_chain import chain, visit
with Journal(Path(sys.argv[1]), segment_bytes=60_000) as journal:
    made = chain(journal, load_private(Path(sys.argv[2])))
    while True:
        print(visit(made, len(made.links)).digest, flush=True)
"""


def test_a_killed_station_keeps_every_result_that_it_told_of_and_its_chain(tmp_path: Path, ring: Ring) -> None:
    dice = random.Random(3)
    told: set[str] = set()
    for _ in range(10):
        command = [sys.executable, "-c", STATION, tmp_path / "journal", ring.folder / "station.jwk"]
        station = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert station.stdout is not None
        told |= {station.stdout.readline().strip() for _ in range(dice.randrange(1, 8))}
        station.send_signal(signal.SIGKILL)
        told |= {word for word in station.stdout.read().split() if len(word) == 64}
        station.wait()
        station.stdout.close()
    with Journal(tmp_path / "journal") as journal:
        made = chain(journal, ring.station)
    assert told <= {link.digest for link in made.links if link.tx == "E"}
    taken = steps(records(tmp_path / "journal", ring.trust))
    assert set(taken[::2]) == {"B"}
    assert set(taken[1::2]) <= {"E", "P"}
    assert survey(tmp_path / "journal").damages == ()
    assert all(link.entry.size % BLOCK == 0 for link in made.links)
