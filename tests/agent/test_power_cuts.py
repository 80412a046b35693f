"""The power is cut at every step of a station's life, on honest disks and on cards that lie: a sample of the campaign.

The campaign itself, at least 100,000 images: `python -m tests.benchmarks power_cuts --images 100000`.
"""

from dataclasses import replace
from random import Random

import pytest

from agent.frame import KINDS
from agent.survey import survey
from tests.agent.medium import HONEST, Ended, Medium, Named, Written, after_the_cut, honest_moments
from tests.agent.paper_disk import PaperDisk
from tests.agent.power_cuts import Card, cut_at, images, moments, started_again
from tests.agent.power_story import DIRECTORY, tell

IMAGES = 450


@pytest.mark.parametrize("seed", [1, 2])
def test_an_honest_disk_loses_nothing_that_was_called_saved(seed: int) -> None:
    counts = images(seed, "honest", IMAGES)
    assert counts["images"] >= IMAGES
    assert counts["lost"] == 0


@pytest.mark.parametrize("seed", [3, 4])
def test_a_lying_card_gives_back_nothing_wrong_and_its_losses_are_told(seed: int) -> None:
    counts = images(seed, "lying", IMAGES)
    assert counts["images"] >= IMAGES
    assert counts["lost"] > counts["told by the journal"] > 0
    told = sum(count for words, count in counts.items() if words.startswith(("told", "forgotten whole")))
    assert told == counts["lost"]


def test_the_same_seed_makes_the_same_images() -> None:
    assert images(5, "honest", 1) == images(5, "honest", 1)


def test_a_lying_card_that_passed_for_an_honest_one_is_found_out() -> None:
    dice, story = Random(6), tell(6)
    with pytest.raises(AssertionError, match="lost"):
        for place, (sure, open_) in enumerate(moments(story, "lying", dice)):
            honest = replace(cut_at(story, place, "lying"), card="honest")
            started_again(PaperDisk(after_the_cut(sure, open_, "lost", dice)), honest)


@pytest.mark.parametrize("card", ["honest", "lying"])
def test_what_lies_on_the_medium_for_sure_and_what_may_is_all_that_was_done(card: Card) -> None:
    story = tell(7)
    for place, (sure, open_) in enumerate(moments(story, card, Random(7))):
        if place == story.now:
            whole = after_the_cut(sure, open_, "kept", Random(7))
    assert whole == story.disk.settled()


def test_a_write_may_be_torn_at_each_sector_and_a_name_lost_but_nothing_that_was_synced() -> None:
    synced, torn = b"a" * 1024, b"b" * 1024
    log = [Named(folder="/", names=(("file", 1),)), Ended(file=1, size=0), Written(file=1, offset=0, raw=synced)]
    sure = Medium()
    for change in log:
        sure.take(change)
    seen = set()
    for seed in range(200):
        fate = HONEST[seed % len(HONEST)]
        left = after_the_cut(sure, [Written(file=1, offset=1024, raw=torn)], fate, Random(seed)).files[1]
        assert left[:1024] == synced
        seen.add(left[1024:])
    zeros, half = bytes(512), torn[:512]
    assert seen == {b"", half, torn, zeros + half, half + zeros, zeros * 2}
    last = list(honest_moments(log, Medium()))[-1]
    assert after_the_cut(*last, "lost", Random(1)).names == {"/": {}}


def test_the_stories_are_of_everything_that_a_station_saves_and_suffers() -> None:
    told = [tell(seed).disk for seed in range(8, 24)]
    kinds = {entry.kind for disk in told for entry in survey(DIRECTORY, disk).entries}
    assert kinds == set(KINDS) - {"revoked"}
    assert any(name.endswith(".failed") for disk in told for name in disk.names(DIRECTORY))
    assert any("000003.segment" in disk.names(DIRECTORY) for disk in told)
    assert all(disk.names(DIRECTORY / "evidence") for disk in told)
