"""A link: one record of a station's chain as it lies in the journal, and what the entries beside it say; reads only.

What is read here was verified before it was saved; an entry that is not of this software is an error that names it.
"""

from dataclasses import dataclass

from agent import acknowledgement, opening, record_form, seal
from agent.journal import Journal
from agent.record import AcceptanceRecord, OrderRef, RecordError
from agent.survey import Entry, JournalError
from diagnostics import strict_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One record of the chain: what it is, and where in the journal it lies."""

    entry: Entry
    kid: str
    tx: str
    epoch: int
    seq: int
    order: OrderRef | None
    attempt: int
    open: str

    @property
    def digest(self) -> str:
        """SHA-256 of the record's token, in hex."""
        return self.entry.digest


def read_link(journal: Journal, entry: Entry) -> Link:
    """The link that an entry of the journal is."""
    try:
        envelope = seal.read(journal.read(entry), typ=seal.RECORD)
        return link_of(entry, envelope.kid, record_form.parse(envelope.payload))
    except (RecordError, seal.SealError) as error:
        raise foreign(journal, entry, error) from error


def acknowledged(journal: Journal, entry: Entry) -> acknowledgement.Acceptance:
    """A saved acceptance, which was verified before it was saved."""
    try:
        return read_acceptance(journal.read(entry))
    except (seal.SealError, strict_json.JsonError, acknowledgement.AcceptanceError) as error:
        raise foreign(journal, entry, error) from error


def read_acceptance(token: str) -> acknowledgement.Acceptance:
    """What an acceptance states that was verified before."""
    envelope = seal.read(token, typ=seal.ACCEPTANCE)
    return acknowledgement.from_json(strict_json.parse_object(envelope.payload))


def opened_record(journal: Journal, entry: Entry) -> str:
    """The digest of the record that an opening is for."""
    try:
        return opening.read(journal.read(entry)).of
    except opening.OpeningError as error:
        raise foreign(journal, entry, error) from error


def foreign(journal: Journal, entry: Entry, error: Exception) -> JournalError:
    """The error that an entry is not of this software."""
    where = f"{journal.directory / entry.segment} at {entry.offset}"
    return JournalError(f"{where}: not an entry of this software: {error}; name another state_dir")


def link_of(entry: Entry, kid: str, record: AcceptanceRecord) -> Link:
    """The link that a record becomes where it was saved."""
    return Link(
        entry=entry,
        kid=kid,
        tx=record.tx,
        epoch=record.epoch,
        seq=record.seq,
        order=record.order,
        attempt=record.attempt,
        open=record.open,
    )
