"""The station's half of anti-entropy: when it says what it has, and what is asked for again.

A request counts once for each time that it was provoked by what we said, and only for records that we have; so nobody
can make a station send its journal over and over.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence, Set

from agent.chain import Chain
from agent.have import MOST_LEFT, Have, Left, Resend
from agent.link import Link

EVERY_S = 600.0
MOST_EPOCHS = 8


class AntiEntropy:
    """What was told, and what goes out again though it was acknowledged once; times are monotonic seconds."""

    def __init__(self, chain: Chain, *, every_s: float = EVERY_S) -> None:
        self._chain = chain
        self._every_s = every_s
        self._told: dict[tuple[str, int, bool], Have] = {}
        self._looked_to: dict[tuple[str, int], int] = {}
        self._asked_from: dict[tuple[str, int], int] = {}
        self._more = False
        self._wanted: deque[Sequence[Link]] = deque()
        self.asked: dict[str, Link] = {}
        self.due_at = 0.0

    def connected(self) -> None:
        """Begin anew: a new connection hears at once what we have."""
        self._told.clear()
        self._asked_from.clear()
        self.due_at = 0.0

    def tell(self, now: float) -> tuple[Have, ...]:
        """What to say now; nothing where it is not time yet."""
        if now < self.due_at:
            return ()
        self.due_at = now + self._every_s
        pending = {link.digest for link in self._chain.pending()}
        made = haves(self._chain.links, pending, self._chain.reviews(), self._looked_to)
        self._told = {(have.kid, have.epoch, of_review): have for have in made for of_review in (False, True)}
        self._looked_to = looked_to(made)
        return made

    def heed(self, resend: Resend) -> list[str]:
        """Take in a request; the digests of the records that go out again."""
        place = (resend.kid, resend.epoch)
        told = self._told.pop((*place, bool(resend.numbers)), None)
        if told is None:
            return []
        among = resend.numbers or range(resend.first, resend.last + 1)
        wanted = {
            link.digest: link for link in self._chain.links if (link.kid, link.epoch) == place and link.seq in among
        }
        self.asked |= wanted
        if resend.numbers:
            return list(wanted)
        progress = resend.first > self._asked_from.get(place, 0)
        self._asked_from[place] = resend.first
        self._more = self._more or (progress and resend.last < told.last)
        return list(wanted)

    def want(self, links: Sequence[Link]) -> None:
        """Have records go out again that an engineer asks for; may be called from any thread."""
        self._wanted.append(links)

    def taken_up(self) -> list[str]:
        """Take in what was wanted since; the digests of the records that go out again."""
        wanted: dict[str, Link] = {}
        while self._wanted:
            wanted |= {link.digest: link for link in self._wanted.popleft()}
        self.asked |= wanted
        return list(wanted)

    def handed(self, digest: str) -> None:
        """Note that the broker took a record; when it was the last one asked for, the next ones can be asked for."""
        if self.asked.pop(digest, None) and not self.asked and self._more:
            self._more = False
            self.due_at = 0.0


def haves(
    links: Sequence[Link],
    pending: Set[str],
    reviews: Mapping[str, bool],
    before: Mapping[tuple[str, int], int],
) -> tuple[Have, ...]:
    """What a chain holds, its newest epochs; `pending` are the digests of the records that nobody acknowledged yet.

    `reviews` are those of the records that were left to a person, and whether they are still; where there are too many
    of them, the last telling of an epoch ended at the number in `before`.
    """
    epochs: dict[tuple[str, int], list[Link]] = {}
    for link in links:
        epochs.setdefault((link.kid, link.epoch), []).append(link)
    made = []
    for (kid, epoch), own in list(epochs.items())[-MOST_EPOCHS:]:
        newest = own[-1]
        open_ones = (link.seq - 1 for link in own if link.digest in pending)
        contiguous = min(open_ones, default=newest.seq)
        left = _left(own, reviews, before.get((kid, epoch), 0))
        told = Have(kid=kid, epoch=epoch, contiguous=contiguous, last=newest.seq, head=newest.digest, review=left)
        made.append(told)
    return tuple(made)


def looked_to(made: Iterable[Have]) -> dict[tuple[str, int], int]:
    """Where the next telling goes on in each epoch: behind what was told, at its beginning once all of it was."""
    told = ((have, have.review) for have in made)
    return {(have.kid, have.epoch): left.last for have, left in told if left and left.last < have.last}


def _left(own: Sequence[Link], reviews: Mapping[str, bool], before: int) -> Left | None:
    """What of an epoch is left to a person, from where the last telling ended on, so that in time all of it is told."""
    if not any(link.digest in reviews for link in own):
        return None
    newest, first = own[-1].seq, before + 1
    numbers = [link.seq for link in own if link.seq >= first and reviews.get(link.digest)]
    last = newest if len(numbers) <= MOST_LEFT else numbers[MOST_LEFT - 1]
    return Left(first=first, last=last, numbers=tuple(numbers[:MOST_LEFT]))
