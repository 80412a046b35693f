"""What comes to the ledger and what goes back: nouns without a rule of the trade."""

from dataclasses import dataclass
from datetime import datetime

from agent import acknowledgement, seal
from agent.acknowledgement import Acceptance
from agent.receipt import Receipt
from agent.record import AcceptanceRecord
from diagnostics import strict_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An acceptance to send to a station; `repeat` where it was written before; `words` for the log."""

    station: str
    token: str
    repeat: bool
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """A verified receipt with its token."""

    receipt: Receipt
    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """An acceptance that an acceptor of this house signed before, verified; kept by the station."""

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
