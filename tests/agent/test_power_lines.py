"""What a power cut at each tender moment, and a disk that fails at each step, come to; every outcome is asserted."""

import errno
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from agent.journal import Journal
from agent.survey import JournalError, survey
from diagnostics.errors import ProoflightError
from tests.agent import samples
from tests.agent.conftest import Ring
from tests.agent.medium import HONEST, Named, after_the_cut, honest_moments
from tests.agent.paper_disk import PaperDisk, flipped, nth, troubled
from tests.agent.power_cuts import cut_at, started_again
from tests.agent.power_story import DIRECTORY, tell
from tests.agent.powered import Powered, asked_of_the_disk
from tests.frauds.house import House


@pytest.fixture
def house(tmp_path: Path, ring: Ring) -> Iterator[House]:
    made = House(tmp_path, ring)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("kind", "nth_of_it", "expected"),
    [("record", 0, "BP"), ("witness", 0, "BP"), ("witness", 1, "BP"), ("record", 1, "BE")],
    ids=["between open record and test", "in mid test", "at its end", "after the close record"],
)
def test_a_cut_leaves_each_attempt_one_end(house: House, kind: str, nth_of_it: int, expected: str) -> None:
    given, station = house.order(), Powered(house)
    station.test(given)
    place = station.places(kind)[nth_of_it]
    for fate in HONEST:
        assert station.after_a_cut(place, fate).steps() == expected
    again = station.after_a_cut(place, "torn 512")
    if expected == "BP":
        again.test(given)
    assert again.hand_in().decision == "closed"
    assert house.closed() == {"WO-1"}


def test_a_cut_at_any_step_leaves_no_attempt_or_one_with_its_one_end(house: House) -> None:
    given, station = house.order(), Powered(house)
    station.test(given)
    seen = {station.after_a_cut(place, "torn 512").steps() for place in range(len(station.disk.log) + 1)}
    assert seen == {"", "BP", "BE"}


def test_a_cut_before_the_acceptance_sends_the_very_same_bytes_again(house: House) -> None:
    given, station = house.order(), Powered(house)
    station.test(given)
    with station.on() as chain:
        sent = [chain.token(link) for link in chain.links]
    assert station.hand_in().decision == "closed"  # the broker took it, the acceptor answered, and the power went
    again = station.after_a_cut(len(station.disk.log), "lost")
    with again.on() as chain:
        assert [chain.token(link) for link in chain.pending()] == sent
    assert again.hand_in().decision == "repeated"
    assert house.closed() == {"WO-1"}


def test_a_cut_while_a_segment_is_begun_loses_nothing_and_the_journal_goes_on() -> None:
    story, dice, begun = tell(1), Random(1), 0
    for place, (sure, open_) in enumerate(honest_moments(story.disk.log, story.disk.start)):
        begins = any(
            isinstance(each, Named) and each.folder == str(DIRECTORY) and each.names[0][0].endswith(".segment")
            for each in story.disk.log[max(0, place - 6) : place]
        )
        for fate in HONEST if begins else ():
            begun += 1
            disk = PaperDisk(after_the_cut(sure, open_, fate, dice))
            assert started_again(disk, cut_at(story, place, "honest"))[0]["lost"] == 0
            with Journal(DIRECTORY, disk=disk) as journal:
                written = journal.append("note", f"after cut {begun}")
            with Journal(DIRECTORY, disk=disk) as journal:
                assert journal.entries[-1] == written
    assert begun > 50


def test_a_segment_whose_name_may_not_have_reached_the_medium_is_never_written() -> None:
    disk, saved = PaperDisk(), []
    with Journal(DIRECTORY, segment_bytes=1, disk=disk) as journal:
        saved.append(journal.append("note", "first").digest)
        with troubled(disk, nth("sync", 1, errno.EIO, times=1)), pytest.raises(JournalError, match="failed to sync"):
            journal.append("note", "second")
        with pytest.raises(JournalError, match="failed to sync"):
            journal.append("note", "third")
    sure, open_ = list(honest_moments(disk.log, disk.start))[-1]
    for fate in HONEST:
        left = PaperDisk(after_the_cut(sure, open_, fate, Random(1)))
        with Journal(DIRECTORY, disk=left) as journal:
            assert [entry.digest for entry in journal.entries] == saved
            assert journal.damages == ()


FAILURES = {
    "disk full at the n-th write": ("write", errno.ENOSPC, "free some space"),
    "input/output error at the n-th write": ("write", errno.EIO, "check the disk"),
    "disk fails at the n-th sync": ("sync", errno.EIO, "check the disk"),
    "out of inodes at the n-th new file": ("create", errno.ENOSPC, "free some space"),
    "read-only from the n-th write on": ("write", errno.EROFS, "check the disk"),
    "read-only from the n-th opening on": ("open", errno.EROFS, "check the disk"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failing_disk_is_one_line_and_afterwards_all_is_there_and_closes_once(name: str, house: House) -> None:
    step, code, remedy = FAILURES[name]
    given = house.order(attempts=100)
    count = asked_of_the_disk(house, given, step)
    assert count > 1
    whole = []
    for n in range(1, count + 1):
        station = Powered(house, PaperDisk(trouble=nth(step, n, code)))
        try:
            station.test(given)
        except ProoflightError as error:
            assert "\n" not in str(error)
            assert remedy in str(error) and "/state" in str(error)
        saved = [entry.digest for _, entry in station.saved]
        station.disk.trouble = lambda step: None
        for left in (station, station.after_a_cut(len(station.disk.log), "shuffled", n)):
            whole.append(left.steps())
            there = [entry.digest for entry in survey(DIRECTORY, left.disk).entries]
            assert [digest for digest in there if digest in saved] == saved
    assert set(whole) <= {"", "BP", "BX", "BE"}
    station.test(given)
    assert station.hand_in().decision == "closed"


def test_a_boot_loop_ends_with_one_end_for_the_attempt_and_does_not_fill_the_disk(house: House) -> None:
    given, station, dice = house.order(), Powered(house), Random(9)
    station.test(given)
    station = station.after_a_cut(station.places("witness")[0], "torn 512")
    before = len(survey(DIRECTORY, station.disk).entries)
    for boot in range(200):
        station = Powered(house, PaperDisk(station.disk.settled()))
        with station.on():
            pass
        station = station.after_a_cut(dice.randrange(len(station.disk.log) + 1), dice.choice(HONEST), boot)
    assert station.steps() == "BP"
    entries = survey(DIRECTORY, station.disk).entries
    assert len(entries) - before < 20
    quiet = Powered(house, PaperDisk(station.disk.settled()))
    with quiet.on():
        pass
    assert quiet.saved == []


def test_a_journal_that_may_not_be_written_is_one_line_with_the_remedy(house: House) -> None:
    station = Powered(house)
    with station.on():
        pass
    station.disk.trouble = nth("open", 1, errno.EROFS)
    words = "Read-only file system; check the disk, it may no longer be written"
    with pytest.raises(JournalError, match=words), station.on():
        pass


def test_a_bit_that_turned_in_an_acceptance_has_it_asked_back_and_closes_nothing_twice(house: House) -> None:
    given, station = house.order(), Powered(house)
    station.test(given)
    with station.on() as chain:
        for link in chain.links:
            chain.acknowledge(link, station.answer(chain, link), samples.TAKEN)
        kept = chain.receipt(chain.links[-1])
    _, entry = station.saved[-1]
    rotten = Powered(house, flipped(station.disk, DIRECTORY / entry.segment, entry.offset + 200, 3))
    with rotten.on() as chain:
        assert [damage.offset for damage in chain.journal.damages] == [entry.offset]
        (link,) = [link for link in chain.pending() if link.tx == "E"]
        assert rotten.answer(chain, link) == kept
    assert house.closed() == {"WO-1"}
