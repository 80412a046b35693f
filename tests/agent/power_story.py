"""A station's life on a disk of paper, and what it was told was saved: the story that power cuts fall into.

Everything is made by the product's own journal and chain: orders, attempts, evidence, receipts, openings, acceptances,
notes of a visit, segments that roll over, a kill and a restart, a disk that was full, a sync that failed.
"""

import contextlib
import errno
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from agent import acknowledgement, opening, seal
from agent.acknowledgement import Acceptance
from agent.base64url import encode
from agent.chain import Chain
from agent.clock import Stamp, StationClock
from agent.journal import Journal
from agent.keys import PrivateKey
from agent.link import Link
from agent.opening_key import KEY_ALGORITHM
from agent.record import OrderRef
from agent.survey import Entry, JournalError
from diagnostics import strict_json
from diagnostics.errors import NotAvailable
from tests.agent import orders, receipts, samples
from tests.agent.paper_disk import PaperDisk, nth, troubled
from tests.vectors import ring

DIRECTORY = Path("/state/journal")
SEGMENT_BYTES = 60_000
WHEN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


STATION, ACCEPTOR, REFLECTOR = map(ring.key, ("station", "acceptor", "reflector"))
ORDER = orders.signed(ring.key("order")).token
OPENER = {"alg": KEY_ALGORITHM, "enc": opening.ENCRYPTION, "kid": "office", "typ": opening.TYP, "epk": {"crv": "P-256"}}


class PaperClock(StationClock):
    """A clock that reads the same in every run."""

    def stamp(self) -> Stamp:
        return Stamp(wall=WHEN, mono_ns=1_000_000_007, boot_id="paper", status="I")


@dataclass
class Story:
    """What happened, in order, each with the place in the disk's log at which it was so."""

    disk: PaperDisk = field(default_factory=PaperDisk)
    asked: list[tuple[int, str]] = field(default_factory=list)  # body of each entry that was begun
    saved: list[tuple[int, str]] = field(default_factory=list)  # digest of each entry that append() returned
    kept: list[tuple[int, str]] = field(default_factory=list)  # digest of each evidence that keep() returned
    seen: list[tuple[int, str]] = field(default_factory=list)  # digest of each entry of which others know

    @property
    def now(self) -> int:
        return len(self.disk.log)


class Diary(Journal):
    """A journal that tells its story what it was asked to save, and what it said was saved."""

    def __init__(self, story: Story) -> None:
        self._story = story
        super().__init__(DIRECTORY, segment_bytes=SEGMENT_BYTES, disk=story.disk)
        self._story.saved += [(self._story.now, entry.digest) for entry in self.entries]  # it counts on them now

    def append(self, kind: str, body: str) -> Entry:
        self._story.asked.append((self._story.now, body))
        entry = super().append(kind, body)
        self._story.saved.append((self._story.now, entry.digest))
        return entry

    def keep(self, raw: bytes) -> str:
        digest = super().keep(raw)
        self._story.kept.append((self._story.now, digest))
        return digest


def chain_on(journal: Journal) -> Chain:
    """The station's chain in a journal."""
    return Chain(journal, key=STATION, station="station-1", clock=PaperClock())


@contextlib.contextmanager
def running(story: Story) -> Iterator[Chain]:
    """A station's process from its start until it is killed; the disk stays as the kernel has it."""
    with Diary(story) as journal:
        yield chain_on(journal)


def attempt(story: Story, chain: Chain, number: int, dice: Random) -> None:
    """One attempt of an order, with its evidence, a reflector's receipt and an opening."""
    order = OrderRef(id=f"WO-{number}", digest=f"{number:064x}", anchor=seal.digest_of(ORDER))
    begun = chain.open(order, ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
    evidence = {f"ont {n}": chain.journal.keep(dice.randbytes(dice.randrange(9000))) for n in range(2)}
    made = receipts.made(order=order.anchor, open=begun.open)
    token = receipts.sealed(made, REFLECTOR)
    story.seen += [(story.now, begun.open), (story.now, seal.digest_of(token))]  # the gate tells the acceptor as well
    down = chain.witness(token)
    result = receipts.result(down, None)
    short = replace(result, findings=result.findings[:4], evidence=evidence)
    chain.finish(begun, short, {}, lambda digest: hidden(digest, dice))


def hidden(digest: str, dice: Random) -> str:
    """What looks like the opening of a record; nobody opens it here."""
    header = encode(strict_json.write(OPENER | {"of": digest}))
    return ".".join((header, "", *(encode(dice.randbytes(size)) for size in (12, 200, 16))))


def acceptance(link: Link, key: PrivateKey = ACCEPTOR, at: datetime = WHEN) -> str:
    """The acceptor's answer to a record."""
    stated = {"kid": link.kid, "epoch": link.epoch, "seq": link.seq, "order": link.order}
    made = Acceptance(
        acceptor="desk",
        record=link.digest,
        decision="recorded",
        outcome=None,
        reasons=(),
        verdict=None,
        line=None,
        chain="complete",
        close_unanchored=False,
        issued_at=at,
        **stated,  # type: ignore[arg-type]
    )
    return seal.seal(acknowledgement.write(made), typ=seal.ACCEPTANCE, key=key).token


def deliver(story: Story, chain: Chain, most: int) -> None:
    """Hand the oldest records to the acceptor and save its answers."""
    for link in chain.pending()[:most]:
        answer = acceptance(link)
        story.seen += [(story.now, link.digest), (story.now, seal.digest_of(answer))]
        chain.acknowledge(link, answer, WHEN)


def note(chain: Chain, number: int) -> None:
    """A fact of a visit, and what remote support asked for beside it."""
    body = strict_json.write({"v": 1, "order": {"id": f"WO-{number}"}, "fact": {"text": f"socket {number}"}})
    chain.journal.append("visit", body.decode())
    chain.journal.append("support", strict_json.write({"note": "command", "number": number}).decode())


def tell(seed: int) -> Story:
    """The story of a seed."""
    story, dice = Story(), Random(seed)
    with running(story) as chain:
        story.seen.append((story.now, seal.digest_of(ORDER)))
        chain.journal.append("order", ORDER)
        attempt(story, chain, 1, dice)
        deliver(story, chain, 1)
        _suffers(story, lambda: attempt(story, chain, 2, dice), "write", errno.ENOSPC, dice)
        note(chain, 2)
    with running(story) as chain:
        deliver(story, chain, dice.randrange(4))
        _is_killed(story, lambda: attempt(story, chain, 3, dice), dice)
    with running(story) as chain:
        deliver(story, chain, dice.randrange(2))
        _suffers(story, lambda: attempt(story, chain, 4, dice), "sync", errno.EIO, dice)
    with running(story) as chain:
        attempt(story, chain, 5, dice)
        note(chain, 5)
        deliver(story, chain, dice.randrange(9))
    return story


class _Killed(BaseException):
    """The process is gone; what it had given to the kernel is not."""


def _is_killed(story: Story, work: Callable[[], None], dice: Random) -> None:
    """Something in which the process is killed, just before the kernel does a sync that the dice choose."""
    left = dice.randrange(1, 9)

    def axe(step: str) -> None:
        nonlocal left
        left -= step == "sync"
        if not left:
            raise _Killed

    with troubled(story.disk, axe), contextlib.suppress(_Killed):
        work()


def _suffers(story: Story, work: Callable[[], None], step: str, code: int, dice: Random) -> None:
    """Something during which the disk fails once, at a step that the dice choose."""
    with troubled(story.disk, nth(step, dice.randrange(1, 9), code, times=1)):
        try:
            work()
        except (JournalError, NotAvailable):
            return
