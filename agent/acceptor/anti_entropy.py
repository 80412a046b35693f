"""The acceptor's half of anti-entropy: what a station says it has, held against what the ledger has; pure.

Whatever made the difference - a broker that forgot, a ledger that was restored from yesterday - the answer is the same:
the numbers that are missing, to be sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.have import MOST_LEFT, MOST_RECORDS, Have, Resend


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The newest record of an epoch in the ledger: its number, 0 where there is none, and its digest."""

    seq: int
    digest: str


def answer(have: Have, known: Known) -> Resend | None:
    """What the station is to send again; None where nothing is missing."""
    if have.last <= known.seq:
        return None
    first = known.seq + 1
    return Resend(kid=have.kid, epoch=have.epoch, first=first, last=min(have.last, known.seq + MOST_RECORDS))


def answer_reviews(have: Have, waiting: Sequence[int]) -> Resend | None:
    """What the station is to send again of what only the ledger believes to be left to a person; None where nothing is.

    `waiting` are the numbers of the records in the ledger that nobody decided on, of those that the station looked at.
    """
    told = have.review.numbers if have.review else ()
    numbers = tuple(number for number in waiting if number not in told)[:MOST_LEFT]
    if not numbers:
        return None
    return Resend(kid=have.kid, epoch=have.epoch, first=numbers[0], last=numbers[-1], numbers=numbers)


def doubt(have: Have, known: Known) -> str:
    """What a person should look into; nothing where the two agree, or the station is merely ahead."""
    if have.contiguous > known.seq:
        missing = f"{known.seq + 1}..{have.contiguous} of epoch {have.epoch}"
        return f"records {missing} were acknowledged and are not in this ledger: it is older than its acceptances"
    if have.last < known.seq:
        return f"the station has lost records {have.last + 1}..{known.seq} of epoch {have.epoch}, which are known here"
    if have.last == known.seq and have.head != known.digest:
        return f"record {have.last} of epoch {have.epoch} is another one than the one known here"
    return ""
