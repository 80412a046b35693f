"""Cuts the power at every step of a story, starts the station again on what is left, and holds it to its law.

On an honest disk nothing that was called saved is missing. On any disk what comes back is what was written, in its
order, and whatever is missing is told: by the journal at the place of the loss, by a P record, or by who else knows of
it. What a card forgot whole, from some moment on, before anybody else knew, left nothing to tell from: it is counted.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from random import Random
from typing import Literal

from agent import opening, record_form, seal
from agent.chain import Chain
from agent.journal import Journal
from agent.record import AcceptanceRecord
from agent.survey import Entry, survey
from tests.agent.medium import ANY, HONEST, Change, Medium, after_the_cut, honest_moments, lying_moment
from tests.agent.paper_disk import PaperDisk
from tests.agent.power_story import DIRECTORY, Diary, Story, chain_on, tell

Card = Literal["honest", "lying"]
REMEMBERS = 40  # how many steps back the last true sync of a lying card may lie
AGAIN_EVERY = 8  # one image in so many is cut once more while the station starts
Counts = Counter[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What was so when the power went: what had been begun, what counted as saved, and who had been told."""

    card: Card
    begun: tuple[str, ...]  # bodies, in the order in which they were begun
    saved: frozenset[str]  # digests
    kept: frozenset[str]
    seen: frozenset[str]


def cut_at(story: Story, place: int, card: Card) -> Cut:
    """What was so at a place of the story."""
    return Cut(
        card=card,
        begun=tuple(body for at, body in story.asked if at <= place),
        saved=frozenset(digest for at, digest in story.saved if at <= place),
        kept=frozenset(digest for at, digest in story.kept if at <= place),
        seen=frozenset(digest for at, digest in story.seen if at <= place),
    )


def moments(story: Story, card: Card, dice: Random) -> Iterator[tuple[Medium, list[Change]]]:
    """For each place of the story what its medium holds for sure, and what it may hold."""
    if card == "honest":
        yield from honest_moments(story.disk.log, story.disk.start)
        return
    for place in range(len(story.disk.log) + 1):
        since = max(0, place - dice.randrange(REMEMBERS))
        yield lying_moment(story.disk.log, place, since, story.disk.start)


def digest_of(body: str) -> str:
    return sha256(body.encode()).hexdigest()


def started_again(disk: PaperDisk, cut: Cut) -> tuple[Counts, Story]:
    """Start the station on what a cut has left, and hold it to its law; AssertionError where it breaks it.

    Returns what was lost and who told, and the story of the start itself.
    """
    story = Story(disk=disk)
    with Diary(story) as journal:
        chain = chain_on(journal)
        own = [body for _, body in story.asked]
        _nothing_wrong(journal, own, cut)
        missing = _missing(journal.entries, cut)
        told = Counter(_told(journal, own, chain, each, cut) for each in missing)
        if cut.card == "honest":
            assert not missing, f"lost: {missing}"
            assert not journal.damages, f"a false alarm: {journal.damages}"
            _chain_is_whole(chain)
            _evidence_is_there(disk, cut)
    return told + Counter(images=1, damaged=bool(journal.damages), lost=len(missing)), story


def _nothing_wrong(journal: Journal, own: Sequence[str], cut: Cut) -> None:
    """What the journal gives back was written, unchanged and in this order; what is new it wrote just now."""
    bodies = [journal.read(entry) for entry in journal.entries]
    assert [digest_of(body) for body in bodies] == [entry.digest for entry in journal.entries]
    rest = iter(cut.begun)
    for body in bodies:
        if body in own or _continues(body):
            continue
        assert body in cut.begun, f"never written: {body[:80]}"
        assert any(body == each for each in rest), f"not in its order, or twice: {body[:80]}"


def _continues(body: str) -> bool:
    return body.startswith('{"note":"continues"')


def _missing(entries: tuple[Entry, ...], cut: Cut) -> list[int]:
    """What counted as saved and is not there, as places among what was begun."""
    there = {entry.digest for entry in entries}
    digests = map(digest_of, cut.begun)
    return [place for place, digest in enumerate(digests) if digest in cut.saved and digest not in there]


def _told(journal: Journal, own: Sequence[str], chain: Chain, lost: int, cut: Cut) -> str:
    """Who tells of a loss."""
    order = {digest_of(body): place for place, body in enumerate(cut.begun) if body not in own}
    places = [order.get(entry.digest) for entry in journal.entries]
    before = max((n + 1 for n, place in enumerate(places) if place is not None and place < lost), default=0)
    behind = min((n for n, place in enumerate(places) if place is not None and place > lost), default=None)
    last = len(places) if behind is None else behind
    if any(before <= damage.before <= last for damage in journal.damages):
        return "told by the journal"
    assert behind is None, f"a hole of which nobody tells: {cut.begun[lost][:80]}"
    if any('"torn tail dropped"' in body for body in own):
        return "told by the journal"
    return _told_of_the_end(chain, cut.begun[lost], cut)


def _told_of_the_end(chain: Chain, body: str, cut: Cut) -> str:
    """Who tells of a loss behind which nothing is left."""
    record = _record_of(body, cut)
    if record is not None and record.open in {link.open for link in chain.links if link.tx == "P"}:
        return "told by a P record"
    if digest_of(body) in cut.seen or (record is not None and record.open in cut.seen):
        return "told by others, who know of it"
    return "forgotten whole, before anybody was told"


def _record_of(body: str, cut: Cut) -> AcceptanceRecord | None:
    """The record that an entry is, or that it opens."""
    try:
        return record_form.parse(seal.read(body, typ=seal.RECORD).payload)
    except seal.SealError:
        pass
    try:
        of = opening.read(body).of
    except opening.OpeningError:
        return None
    return next((_record_of(each, cut) for each in cut.begun if digest_of(each) == of), None)


def _chain_is_whole(chain: Chain) -> None:
    """No number twice, no gap, and an end for each attempt."""
    places = [(link.epoch, link.seq) for link in chain.links]
    for (epoch, seq), after, link in zip(places, places[1:], chain.links[1:], strict=False):
        assert after == ((epoch + 1, 1) if link.tx == "R" else (epoch, seq + 1)), places
    opened = [link.digest for link in chain.links if link.tx == "B"]
    assert [link.open for link in chain.links if link.tx not in "BR"] == opened


def _evidence_is_there(disk: PaperDisk, cut: Cut) -> None:
    for digest in cut.kept:
        assert sha256(disk.read(DIRECTORY / "evidence" / digest)).hexdigest() == digest


def settles(disk: PaperDisk) -> None:
    """A second start finds nothing to do."""
    story = Story(disk=disk)
    with Diary(story) as journal:
        chain_on(journal)
    assert story.asked == []


def images(seed: int, card: Card, least: int) -> Counts:
    """At least so many images of the story of a seed, each started again; what was lost and who told."""
    dice, counts = Random(f"{seed} {card}"), Counter[str]()
    story = tell(seed)
    each = -(-least // (story.now + 1))
    for place, (sure, open_) in enumerate(moments(story, card, dice)):
        cut = cut_at(story, place, card)
        for _ in range(each):
            fate = dice.choice(HONEST if card == "honest" else ANY)
            try:
                counts += _one(PaperDisk(after_the_cut(sure, open_, fate, dice)), cut, dice)
            except AssertionError as error:
                raise AssertionError(f"story {seed}, {card} disk, step {place}, {fate}: {error}") from error
    return counts


def _one(disk: PaperDisk, cut: Cut, dice: Random) -> Counts:
    """An image, and now and then a cut in the very start that it leads to, on a card that is honest by then."""
    counts, start = started_again(disk, cut)
    if dice.randrange(AGAIN_EVERY):
        return counts
    place, (sure, open_) = dice.choice(list(enumerate(honest_moments(disk.log, disk.start))))
    again = _again(cut, cut_at(start, place, cut.card), {entry.digest for entry in survey(DIRECTORY, disk).entries})
    counts += started_again(PaperDisk(after_the_cut(sure, open_, dice.choice(HONEST), dice)), again)[0]
    settles(disk)
    return counts


def _again(before: Cut, start: Cut, there: set[str]) -> Cut:
    """What was so when the power went a second time; what was missing by then was told of."""
    earlier = tuple(body for body in before.begun if body not in start.begun)
    still = frozenset(map(digest_of, earlier)) & before.saved & there
    return replace(before, begun=earlier + start.begun, saved=still | start.saved, kept=frozenset())
