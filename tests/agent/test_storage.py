"""A station that runs out of room drops what is receipted, then refuses new tests, and never loses what is not."""

import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from threading import Timer

import pytest

from agent import audit, storage
from agent.ballast import BALLAST_BYTES
from agent.chain import Chain
from agent.demo_files import write_demo_files
from agent.inbox import Inbox
from agent.link import Link
from agent.record import OrderRef
from agent.storage import Storage, StorageFull
from agent.survey import survey
from tests.agent import samples
from tests.agent.conftest import Ring
from tests.agent.medium import HONEST
from tests.agent.orders import RAW
from tests.agent.power_story import DIRECTORY
from tests.agent.powered import Powered
from tests.frauds.house import House

MIB = 1 << 20
ROOM = 64 * MIB
EVIDENCE = DIRECTORY / "evidence"


@pytest.fixture
def house(tmp_path: Path, ring: Ring) -> Iterator[House]:
    made = House(tmp_path, ring)
    yield made
    made.close()


@pytest.fixture
def station(house: House) -> Powered:
    made = Powered(house)
    made.disk.capacity = ROOM
    return made


def room_of(chain: Chain, station: Powered, most: int = ROOM) -> Storage:
    return Storage(chain, most_bytes=most, disk=station.disk)


def attempt(chain: Chain, number: int, size: int = 8 * MIB) -> Link:
    """An attempt with so much evidence; its close record."""
    order = OrderRef(id=f"WO-{number}", digest=f"{number:064x}")
    begun = chain.open(order, ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
    digest = chain.journal.keep(bytes([number]) * size)
    result = samples.result()
    chain.finish(begun, samples.with_evidence(result, {"ont": digest}), {})
    return chain.links[-1]


def receipted(chain: Chain, station: Powered) -> None:
    for link in chain.pending():
        chain.acknowledge(link, station.answer(chain, link), samples.TAKEN)


def evidence(station: Powered) -> set[int]:
    """The numbers of the attempts whose evidence is there, whole."""
    names = station.disk.names(EVIDENCE)
    assert all(sha256(station.disk.read(EVIDENCE / name)).hexdigest() == name for name in names)
    return {station.disk.read(EVIDENCE / name, 0, 1)[0] for name in names}


def faults(station: Powered, ring: Ring) -> list[str]:
    return list(audit.faults(survey(DIRECTORY, station.disk), ring.trust))


def test_where_there_is_room_a_test_may_begin_and_16_mib_are_held_back(station: Powered) -> None:
    with station.on() as chain:
        room_of(chain, station).admit()
        assert chain.journal.ballast.held == station.disk.length(DIRECTORY / "ballast") == 16 * MIB == BALLAST_BYTES
        room_of(chain, station).admit()
        assert room_of(chain, station).share < 0.3


def test_from_80_percent_on_evidence_of_receipted_records_goes_oldest_first_and_no_more_than_needed(
    station: Powered, ring: Ring
) -> None:
    with station.on() as chain:
        room_of(chain, station).admit()
        for number in range(1, 5):
            attempt(chain, number)
        receipted(chain, station)
        room_of(chain, station).admit()
        assert evidence(station) == {1, 2, 3, 4}, "16 + 4 * 8 of 64 MiB are less than 80 %"
        attempt(chain, 5)
        room_of(chain, station).admit()
        assert evidence(station) == {2, 3, 4, 5}
        assert room_of(chain, station).give_way() == ()
    assert faults_of_evidence(station) == []


def faults_of_evidence(station: Powered) -> list[str]:
    """What an audit finds amiss, but for the keys, which nobody pinned here."""
    found = survey(DIRECTORY, station.disk)
    gone = storage.dropped_in(found)
    there = set(station.disk.names(EVIDENCE))
    records = [each for each in audit.written(found) if each.record.result and each.entry.digest not in gone]
    return [each.place for each in records if not set(each.record.result.evidence.values()) <= there]  # type: ignore[union-attr]


def test_evidence_of_what_is_not_receipted_never_goes_and_from_95_percent_on_no_test_begins(station: Powered) -> None:
    with station.on() as chain:
        room_of(chain, station).admit()
        for number in range(1, 6):
            attempt(chain, number)
        attempt(chain, 6, 6 * MIB)
        with pytest.raises(StorageFull) as caught:
            room_of(chain, station).admit()
        assert evidence(station) == {1, 2, 3, 4, 5, 6}
        words = str(caught.value)
        assert words.startswith("/state/journal: 9") and "no new test is begun; free some space there" in words
        assert "12 records wait for the acceptor, none is lost" in words and "\n" not in words
        receipted(chain, station)
        room_of(chain, station).admit()
        assert 6 in evidence(station) and len(evidence(station)) < 6


def test_a_file_system_that_others_fill_is_a_smaller_room(station: Powered) -> None:
    with station.on() as chain:
        attempt(chain, 1)
        receipted(chain, station)
        station.disk.capacity = 26 * MIB
        room_of(chain, station, most=1 << 40).admit()
        assert evidence(station) == set()
        station.disk.capacity = 16 * MIB + 300_000
        with pytest.raises(StorageFull, match="no new test is begun"):
            room_of(chain, station, most=1 << 40).admit()


def test_the_ballast_lets_a_test_that_runs_on_a_full_disk_be_saved_and_is_laid_again_later(
    house: House, station: Powered
) -> None:
    given = house.order()
    with station.on() as chain:
        room_of(chain, station).admit()
        station.disk.capacity = ROOM - station.disk.space(DIRECTORY).free + 5000  # room for one block more
        house.test(chain, given, gates=house.kernel())
        assert chain.journal.ballast.held == 0
        assert "".join(link.tx for link in chain.links) == "BE"
        station.disk.capacity = 3 * MIB
        with pytest.raises(StorageFull):
            room_of(chain, station).admit()
        station.disk.capacity = ROOM
        room_of(chain, station).admit()
        assert chain.journal.ballast.held == BALLAST_BYTES
    assert station.hand_in().decision == "closed"


def test_a_cut_while_evidence_is_dropped_leaves_none_missing_of_which_no_note_says(station: Powered) -> None:
    with station.on() as chain:
        room_of(chain, station).admit()
        for number in range(1, 5):
            attempt(chain, number)
        receipted(chain, station)
        attempt(chain, 5)
        needed = sha256(bytes([5]) * (8 * MIB)).hexdigest()
    before = Powered(station.house, type(station.disk)(station.disk.settled()))
    before.disk.capacity = ROOM
    with before.on() as chain:
        room_of(chain, before).admit()
    for place in range(len(before.disk.log) + 1):
        for fate in HONEST:
            left = before.after_a_cut(place, fate)
            assert faults_of_evidence(left) == []
            assert needed in left.disk.names(EVIDENCE)


@pytest.mark.parametrize(
    "note", ['{"note":"continues","segment":1,"bytes":9}', "no JSON", '{"note":"evidence dropped"}']
)
def test_another_note_says_nothing_of_evidence(note: str) -> None:
    assert storage.dropped(note) == ()


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """The folder of a station whose room somebody else has taken, with an order in its inbox."""
    write_demo_files(tmp_path, station="s1", tenant="t", broker_port=1, interface="lo", namespace="")
    config = tmp_path / "station.toml"
    config.write_text(config.read_text().replace("[station]", "[station]\nstorage_mib = 64"))
    stray = tmp_path / "state" / "journal" / "evidence" / "of somebody"
    stray.parent.mkdir(parents=True)
    with stray.open("wb") as file:
        file.truncate(60 * MIB)
    order = Inbox(tmp_path / "state").folder / "order.json"
    order.write_bytes(RAW)
    return tmp_path


def test_the_command_refuses_a_test_with_one_plain_line(full: Path) -> None:
    config, order = full / "station.toml", full / "state" / "inbox" / "order.json"
    command = [sys.executable, "-m", "agent.cli", "accept", str(order), "--config", str(config), "--wait", "0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 69, done
    assert "no new test is begun; free some space there" in done.stderr and done.stderr.count("\n") == 1


def test_orders_stay_in_the_inbox_while_there_is_no_room(full: Path) -> None:
    order = full / "state" / "inbox" / "order.json"
    command = [sys.executable, "-m", "agent.cli", "serve", "--config", str(full / "station.toml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout is not None
        patience = Timer(120, serving.kill)
        patience.start()
        try:
            assert any("no new test is begun; free some space there" in line for line in serving.stdout)
            assert order.exists()
            (full / "state" / "journal" / "evidence" / "of somebody").unlink()
            assert any("WO-2026-000117: testing" in line for line in serving.stdout)
            assert not order.exists()
        finally:
            patience.cancel()
            serving.terminate()
