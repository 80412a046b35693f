"""The nouns at the ledger's counter: whose office it is, what arrives there, and what goes out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from agent import acknowledgement, seal
from agent.acceptor.line_binding import Lookup
from agent.acknowledgement import Acceptance
from agent.keys import PrivateKey
from agent.receipt import Receipt
from agent.record import AcceptanceRecord
from diagnostics import strict_json
from diagnostics.criteria import Criteria


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who signs acceptances, under which policy, by which criteria; `lookup` makes the look-up of lines, if any.

    `told` are the ticket systems that an event of a work order is told to.
    """

    name: str
    key: PrivateKey
    close_unanchored: bool
    load_criteria: Callable[[str], Criteria]
    lookup: Callable[[], Lookup | None] = lambda: None
    told: Callable[[str], tuple[str, ...]] = lambda event: ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An acceptance to send to a station; `repeat` where it was written before; `place` and `words` for the log."""

    station: str
    token: str
    repeat: bool
    words: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A verified receipt with its token."""

    receipt: Receipt
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """An acceptance that an acceptor of this house signed before, verified; the station kept it."""

    acceptance: Acceptance
    token: str


def remembered(token: str) -> Remembered:
    """An acceptance whose seal was verified before."""
    content = strict_json.parse_object(seal.read(token, typ=seal.ACCEPTANCE).payload)
    return Remembered(acceptance=acknowledgement.from_json(content), token=token)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A verified record on its way into the ledger; `remembered` where it was answered before and comes again."""

    envelope: seal.Envelope
    record: AcceptanceRecord
    at: datetime
    receipts: tuple[Witnessed, ...] = ()
    opening: str | None = None
    remembered: Remembered | None = None

    @property
    def place(self) -> tuple[str, int, int]:
        """Whose chain, which epoch, which number."""
        return (self.envelope.kid, self.record.epoch, self.record.seq)

    @property
    def name(self) -> str:
        """The record as the log names it: its place in its chain, and what it is."""
        return f"{self.record.epoch}/{self.record.seq} {self.record.tx}"
