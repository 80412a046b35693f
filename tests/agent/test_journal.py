"""The journal gives back what was saved or says that it cannot; cuts, flips and full disks change nothing of that."""

import errno
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agent.disk import Disk
from agent.frame import BLOCK, framed
from agent.journal import Journal
from agent.survey import JournalError, Survey, survey

BODIES = ["first", "second " + "x" * 5000, "third é", "fourth " + "y" * 4010]


def filled(directory: Path, segment_bytes: int = 1 << 20) -> Path:
    """A journal that holds the bodies above."""
    with Journal(directory, segment_bytes=segment_bytes) as journal:
        for body in BODIES:
            journal.append("record", body)
    return directory


def bodies(found: Survey) -> list[str]:
    return [found.read(entry) for entry in found.entries if entry.kind == "record"]


def test_what_was_appended_reads_back_in_order_also_across_segments(tmp_path: Path) -> None:
    for segment_bytes in (1, 3 * BLOCK, 1 << 20):
        found = survey(filled(tmp_path / str(segment_bytes), segment_bytes))
        assert bodies(found) == BODIES
        assert (found.damages, found.torn) == ((), None)
    assert len(list((tmp_path / "1").glob("*.segment"))) == len(BODIES)


def test_files_are_ours_alone(tmp_path: Path) -> None:
    directory = filled(tmp_path / "journal")
    with Journal(directory) as journal:
        journal.keep(b"raw answer")
    modes = {path: path.stat().st_mode & 0o777 for path in (directory, *directory.rglob("*"))}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}


def test_a_cut_anywhere_in_the_last_entry_drops_it_and_nothing_else(tmp_path: Path) -> None:
    whole = (filled(tmp_path / "whole") / "000001.segment").read_bytes()
    last = len(framed("record", BODIES[-1].encode()))
    directory = tmp_path / "cut"
    for left in (*range(len(whole) - last, len(whole), 61), len(whole) - 1):
        directory.mkdir()
        (directory / "000001.segment").write_bytes(whole[:left])
        with Journal(directory) as journal:
            journal.append("record", "after the cut")
        found = survey(directory)
        assert bodies(found) == [*BODIES[:-1], "after the cut"]
        assert (found.damages, found.torn) == ((), None)
        noted = [found.read(entry) for entry in found.entries if entry.kind == "note"]
        assert len(noted) == (1 if left > len(whole) - last else 0)
        for path in sorted(directory.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        directory.rmdir()


def test_every_byte_offset_of_a_cut_is_torn_and_never_damage(tmp_path: Path) -> None:
    directory = filled(tmp_path / "journal")
    path = directory / "000001.segment"
    whole = path.read_bytes()
    for left in range(len(whole) - 1, len(whole) - 2 * BLOCK, -1):
        os.truncate(path, left)
        found = survey(directory)
        assert len(found.entries) == 3
        assert found.damages == ()
        assert found.torn is not None


@pytest.mark.parametrize("sector", [0, 3, 8, 15])
def test_a_sector_that_never_reached_the_medium_is_torn_at_the_end_and_damage_before_it(
    tmp_path: Path, sector: int
) -> None:
    directory = filled(tmp_path / "journal")
    path = directory / "000001.segment"
    whole = path.read_bytes()
    for entry, torn in ((-1, True), (1, False)):
        begin = survey(directory).entries[entry].offset + 512 * sector
        path.write_bytes(whole[:begin] + bytes(512) + whole[begin + 512 :])
        found = survey(directory)
        assert len(bodies(found)) == 3
        assert (found.torn is not None, len(found.damages)) == (torn, 0 if torn else 1)
        path.write_bytes(whole)


def test_a_flipped_bit_is_reported_and_never_read_as_right(tmp_path: Path) -> None:
    directory = filled(tmp_path / "journal")
    path = directory / "000001.segment"
    whole = bytearray(path.read_bytes())
    dice = random.Random(1)
    places = {*range(0, 100), *range(4090, 4200), len(whole) - 1, *dice.sample(range(len(whole)), 300)}
    for place in sorted(places):
        spoilt = whole.copy()
        spoilt[place] ^= 1 << dice.randrange(8)
        path.write_bytes(spoilt)
        found = survey(directory)
        read = bodies(found)
        assert len(read) == 3, place
        assert [body for body in BODIES if body in read] == read
        assert found.torn or found.damages
        assert found.torn is None or place >= len(whole) - 2 * BLOCK


def test_damage_in_the_middle_stays_where_it_is_and_the_journal_goes_on(tmp_path: Path) -> None:
    directory = filled(tmp_path / "journal")
    path = directory / "000001.segment"
    raw = bytearray(path.read_bytes())
    raw[BLOCK + 200] ^= 4
    path.write_bytes(raw)
    with Journal(directory) as journal:
        assert [damage.offset for damage in journal.damages] == [BLOCK]
        journal.append("record", "later")
    found = survey(directory)
    assert bodies(found) == [BODIES[0], *BODIES[2:], "later"]
    assert [damage.before for damage in found.damages] == [1]
    assert path.read_bytes()[: len(raw)] == raw


def test_a_second_process_is_told_who_has_the_journal_and_what_to_do(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        journal.append("record", BODIES[0])
        before = {path: path.read_bytes() for path in (tmp_path / "journal").rglob("*") if path.is_file()}
        code = "import sys, pathlib; from agent.journal import Journal; Journal(pathlib.Path(sys.argv[1]))"
        done = subprocess.run(
            [sys.executable, "-c", code, tmp_path / "journal"], capture_output=True, text=True, check=False
        )
        after = {path: path.read_bytes() for path in (tmp_path / "journal").rglob("*") if path.is_file()}
    assert after == before and len(before) > 1, "it has changed nothing"
    last = done.stderr.strip().splitlines()[-1]
    assert f"in use by process {os.getpid()}; end it first (kill {os.getpid()}" in last


@pytest.mark.parametrize("taken", ["lock", "000001.segment", "evidence"])
def test_a_journal_that_cannot_be_used_is_one_line(tmp_path: Path, taken: str) -> None:
    directory = tmp_path / "journal"
    directory.mkdir()
    if taken == "evidence":
        (directory / taken).write_text("")
    else:
        (directory / taken).mkdir()
    with pytest.raises(JournalError) as caught:
        Journal(directory)
    assert "\n" not in str(caught.value)
    assert taken in str(caught.value) or str(directory) in str(caught.value)


class _Faulty(Disk):
    """A disk that fails at the n-th write or sync; a full one takes half of what it is given first."""

    def __init__(self, *, full_at: int = -1, sync_fails_at: int = -1) -> None:
        self.writes = self.syncs = 0
        self.full_at, self.sync_fails_at = full_at, sync_fails_at

    def write(self, descriptor: int, raw: bytes) -> int:
        self.writes += 1
        if self.writes == self.full_at + 1:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.writes == self.full_at:
            return super().write(descriptor, raw[: len(raw) // 2])
        return super().write(descriptor, raw)

    def sync(self, descriptor: int) -> None:
        self.syncs += 1
        if self.syncs == self.sync_fails_at:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        super().sync(descriptor)


@pytest.mark.parametrize("full_at", range(1, 5))
def test_a_full_disk_saves_the_entry_whole_or_not_at_all_and_says_so(tmp_path: Path, full_at: int) -> None:
    with Journal(tmp_path / "journal", disk=_Faulty(full_at=full_at)) as journal:
        saved = []
        for body in BODIES:
            try:
                journal.append("record", body)
                saved.append(body)
            except JournalError as error:
                assert "No space left on device" in str(error)
                assert bodies(survey(tmp_path / "journal")) == saved
    assert saved == BODIES[: full_at - 1] + BODIES[full_at:]
    assert bodies(survey(tmp_path / "journal")) == saved


@pytest.mark.parametrize("sync_fails_at", range(1, 5))
def test_a_failed_sync_ends_the_journal_and_is_never_called_good(tmp_path: Path, sync_fails_at: int) -> None:
    directory = tmp_path / "journal"
    with Journal(directory, disk=_Faulty(sync_fails_at=sync_fails_at)) as journal:
        for body in BODIES[: sync_fails_at - 1]:
            journal.append("record", body)
        for _ in range(2):
            with pytest.raises(JournalError, match="failed to sync"):
                journal.append("record", BODIES[-1])
    with Journal(directory) as journal:
        journal.append("record", "on a new segment")
    assert bodies(survey(directory)) == [*BODIES[: sync_fails_at - 1], "on a new segment"]
    assert (directory / "000001.failed").exists()
    assert (directory / "000002.segment").exists()


def test_each_segment_states_how_long_the_one_before_it_was(tmp_path: Path) -> None:
    directory = filled(tmp_path / "journal", segment_bytes=1)
    found = survey(directory)
    notes = [found.read(entry) for entry in found.entries if entry.kind == "note"]
    sizes = [path.stat().st_size for path in sorted(directory.glob("*.segment"))]
    stated = enumerate(sizes[:-1], start=1)
    assert notes == [f'{{"note":"continues","segment":{number},"bytes":{size}}}' for number, size in stated]


@pytest.mark.parametrize("left", [0, BLOCK, BLOCK + 1, None])
def test_what_was_cut_off_whole_before_a_later_segment_is_told(tmp_path: Path, left: int | None) -> None:
    directory = filled(tmp_path / "journal", segment_bytes=3 * BLOCK)
    path = directory / "000001.segment"
    path.unlink() if left is None else os.truncate(path, left)
    found = survey(directory)
    assert bodies(found) == ([BODIES[0]] if left else []) + BODIES[2:]
    assert {(damage.segment, damage.before) for damage in found.damages} == {("000001.segment", 1 if left else 0)}
    with Journal(directory) as journal:
        assert journal.damages == found.damages


@pytest.mark.parametrize("renamed", [True, False])
def test_a_segment_that_failed_before_it_held_anything_hides_no_loss_in_front_of_it(
    tmp_path: Path, renamed: bool
) -> None:
    directory = tmp_path / "journal"
    with Journal(directory, segment_bytes=1, disk=_Faulty(sync_fails_at=2)) as journal:
        journal.append("record", BODIES[0])
        with pytest.raises(JournalError, match="failed to sync"):
            journal.append("record", BODIES[1])
    with Journal(directory) as journal:
        journal.append("record", BODIES[2])
    os.truncate(directory / "000001.segment", 0)
    if not renamed:  # a card that lies may forget that name
        (directory / "000002.failed").rename(directory / "000002.segment")
    found = survey(directory)
    assert bodies(found) == [BODIES[2]]
    assert [(damage.segment, damage.before) for damage in found.damages] == [("000001.segment", 0)]


def test_what_a_failed_sync_left_on_the_medium_never_comes_back(tmp_path: Path) -> None:
    directory = tmp_path / "journal"
    with Journal(directory, disk=_Faulty(sync_fails_at=2)) as journal:
        journal.append("record", "saved")
        with pytest.raises(JournalError, match="failed to sync"):
            journal.append("record", "not saved")
    with Journal(directory) as journal:
        journal.append("record", "said in its place")
    with (directory / "000001.failed").open("ab") as failed:  # the cut of the failed segment did not reach the medium
        failed.write(framed("record", b"not saved"))
    found = survey(directory)
    assert bodies(found) == ["saved", "said in its place"]
    assert (found.damages, found.torn) == ((), None)


def test_no_body_can_pass_for_an_entry_when_what_is_in_front_of_it_is_damaged(tmp_path: Path) -> None:
    inner = framed("receipt", b"forged").decode().rstrip()
    with pytest.raises(ValueError, match="not an entry"):
        framed("visit", f"typed {inner}".encode())


def test_evidence_is_kept_by_its_digest_and_mended_when_it_rotted(tmp_path: Path) -> None:
    with Journal(tmp_path / "journal") as journal:
        digest = journal.keep(b"display optic\r\n")
        path = tmp_path / "journal" / "evidence" / digest
        path.write_bytes(b"rot")
        assert journal.keep(b"display optic\r\n") == digest
        path.with_name("begun.1.draft").write_bytes(b"by a writer that was killed")
    with Journal(tmp_path / "journal"):
        pass
    assert path.read_bytes() == b"display optic\r\n"
    assert [p.name for p in path.parent.iterdir()] == [digest]


WRITER = """
import pathlib, sys
from agent.journal import Journal
with Journal(pathlib.Path(sys.argv[1]), segment_bytes=40_000) as journal:
    number = sum(entry.kind == "record" for entry in journal.entries)
    while True:
        number += 1
        journal.append("record", f"{number} " + "z" * (number * 997 % 9000))
        print(number, flush=True)
"""


def test_a_killed_writer_loses_nothing_that_it_was_told_was_saved(tmp_path: Path) -> None:
    directory = tmp_path / "journal"
    dice = random.Random(2)
    told = 0
    for _ in range(12):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, directory], stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None
        for _ in range(dice.randrange(1, 30)):
            told = int(writer.stdout.readline())
        writer.send_signal(signal.SIGKILL)
        told = max([told, *map(int, writer.stdout.read().split())])
        writer.wait()
        writer.stdout.close()
        found = survey(directory)
        numbers = [int(body.split()[0]) for body in bodies(found)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= told
        assert found.damages == ()
