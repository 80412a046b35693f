"""The chain: every record that this station seals, numbered without gaps, each naming the one before it.

A record is in the chain when the journal has saved it, and not before. An attempt that lost its end gets a P record at
the next start; where the newest records can no longer be read, an R record begins a new epoch, so that no number is
ever used twice.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from agent import receipt, record_form, seal
from agent.acknowledgement import Acceptance, supersedes
from agent.clock import Stamp, StationClock
from agent.journal import Journal
from agent.keys import PrivateKey
from agent.link import Link, acknowledged, foreign, link_of, opened_record, read_acceptance, read_link
from agent.record import AcceptanceRecord, CriteriaRef, OrderRef, RecordError, Result, Tx
from agent.survey import Entry, JournalError
from diagnostics import strict_json
from diagnostics.line import Ordered

Disclose = Callable[[str], str | None]  # digest of a record -> its opening


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A test that was opened: its order, its number among the attempts for that order, its B record's digest."""

    order: OrderRef
    number: int
    open: str
    ordered: Ordered
    criteria: CriteriaRef


class Chain:
    """The station's own records in its journal; the one place that numbers and seals them."""

    def __init__(self, journal: Journal, *, key: PrivateKey, station: str, clock: StationClock) -> None:
        self.journal = journal
        self.station = station
        self.kid = key.kid
        self._key = key
        self._clock = clock
        self._turn = threading.RLock()
        self._links: list[Link] = []
        self._receipts: dict[str, Entry] = {}
        self._reviews: dict[str, bool] = {}
        self._witnesses: dict[str, list[Entry]] = {}
        self._openings: dict[str, Entry] = {}
        self._in_doubt = False
        last_record = self._index()
        if any(damage.before > last_record for damage in journal.damages):
            self._reanchor("the newest entries of the journal are damaged")
        elif self._links and self._links[-1].kid != key.kid:
            self._reanchor("the station has a new key")
        self._close_what_lost_its_end()

    @property
    def links(self) -> tuple[Link, ...]:
        """Every record, oldest first."""
        with self._turn:
            return tuple(self._links)

    @property
    def key_held(self) -> str:
        """Where the private half of our key is: `soft` in a file, or `tpm`."""
        return self._key.held

    @property
    def floor(self) -> datetime:
        """The latest time that a server's signature proves to have passed."""
        return self._clock.floor

    def stamp(self) -> Stamp:
        """What the station's clock reads now."""
        return self._clock.stamp()

    def raise_floor(self, seen: datetime) -> None:
        """Take note of a time that a verified server signature states."""
        self._clock.raise_floor(seen)

    def pending(self) -> tuple[Link, ...]:
        """The records that the acceptor has not acknowledged, oldest first."""
        with self._turn:
            return tuple(link for link in self._links if link.digest not in self._receipts)

    def token(self, link: Link) -> str:
        """A record's exact text."""
        return self.journal.read(link.entry)

    def receipt(self, link: Link) -> str | None:
        """The acceptance that acknowledged a record, or None."""
        with self._turn:
            entry = self._receipts.get(link.digest)
        return None if entry is None else self.journal.read(entry)

    def reviews(self) -> dict[str, bool]:
        """The records that the acceptor left to a person, by their digest, and whether we know of no decision yet."""
        with self._turn:
            return dict(self._reviews)

    def opening(self, link: Link) -> str | None:
        """What the back office can open of a record, or None."""
        entry = self._openings.get(link.digest)
        return None if entry is None else self.journal.read(entry)

    def admission(self, payload: bytes) -> str:
        """The station's seal on an admission to a reflector."""
        return seal.seal(payload, typ=seal.ADMISSION, key=self._key).token

    def reply(self, payload: bytes) -> str:
        """The station's seal on a reply to an engineer's command."""
        return seal.seal(payload, typ=seal.REPLY, key=self._key).token

    def witness(self, token: str) -> str:
        """Save a reflector's receipt, which the caller has verified; returns its digest."""
        entry = self.journal.append("witness", token)
        with self._turn:
            self._note_witness(entry)
        return entry.digest

    def witnesses(self, opened: str) -> tuple[str, ...]:
        """The receipts of an attempt's runs, by the digest of its open record, in the order in which they came."""
        with self._turn:
            found = tuple(self._witnesses.get(opened, ()))
        return tuple(map(self.journal.read, found))

    def kept(self, kind: str, digest: str) -> str | None:
        """The text of another's object that the journal keeps, by its digest; None where it has no such thing."""
        found = (entry for entry in self.journal.entries if (entry.kind, entry.digest) == (kind, digest))
        entry = next(found, None)
        return None if entry is None else self.journal.read(entry)

    def open(
        self, order: OrderRef, *, ordered: Ordered, criteria: CriteriaRef, environment: Mapping[str, Any]
    ) -> Attempt:
        """Save that a test begins; from here on the attempt leaves a trace."""
        with self._turn:
            attempts = [link for link in self._links if link.tx == "B"]
            if attempts and not self._ended(attempts[-1].digest):
                raise RecordError("another attempt is still open; one order at a time")
            number = 1 + sum(link.order is not None and link.order.id == order.id for link in attempts)
            made = self._add("B", environment, order=order, attempt=number, ordered=ordered, criteria=criteria)
        return Attempt(order=order, number=number, open=made.digest, ordered=ordered, criteria=criteria)

    def finish(
        self, attempt: Attempt, result: Result, environment: Mapping[str, Any], disclose: Disclose = lambda of: None
    ) -> seal.Envelope:
        """Save what an attempt came to; from here on nothing is lost.

        `disclose` makes the record's opening from its digest, and is None where there is no key to open it.
        """
        facts: dict[str, Any] = {"ordered": attempt.ordered, "criteria": attempt.criteria, "result": result}
        return self._end("E", attempt, environment, disclose=disclose, **facts)

    def close_visit(
        self,
        link: Link,
        result: Result,
        environment: Mapping[str, Any],
        *,
        ordered: Ordered,
        criteria: CriteriaRef,
        disclose: Disclose = lambda of: None,
    ) -> seal.Envelope:
        """Save what the visit around a closed attempt, named by its E record, came to; `disclose` as in `finish`."""
        if link.tx != "E":
            raise RecordError(f"attempt {link.attempt} came to no result; a visit is closed on a result")
        fields: dict[str, Any] = {"order": link.order, "attempt": link.attempt, "open": link.open, "close": link.digest}
        with self._turn:
            fields |= {"ordered": ordered, "criteria": criteria, "result": result}
            return self._add("V", environment, disclose=disclose, **fields)

    def abandon(
        self, attempt: Attempt, tx: Literal["A", "X"], reason: str, environment: Mapping[str, Any]
    ) -> seal.Envelope:
        """Save that an attempt was aborted (A) or ended by a fault of our own (X)."""
        return self._end(tx, attempt, environment, reason=reason)

    def acknowledge(self, link: Link, token: str, issued_at: datetime) -> None:
        """Save the acceptance that acknowledges a record, or one that takes its place; the caller verified it."""
        with self._turn:
            known, made = self._receipts.get(link.digest), read_acceptance(token)
            if known is None or supersedes(made, acknowledged(self.journal, known)):
                self._note_acceptance(self.journal.append("receipt", token), made)
                self._clock.raise_floor(issued_at)

    def _end(self, tx: Tx, attempt: Attempt, environment: Mapping[str, Any], **fields: Any) -> seal.Envelope:
        with self._turn:
            if self._ended(attempt.open):
                raise RecordError(f"attempt {attempt.number} for order {attempt.order.id} has ended already")
            return self._add(tx, environment, order=attempt.order, attempt=attempt.number, open=attempt.open, **fields)

    def _ended(self, opened: str) -> bool:
        return any(link.open == opened for link in self._links)

    def _add(
        self,
        tx: Tx,
        environment: Mapping[str, Any],
        *,
        epoch: int = 0,
        disclose: Disclose = lambda of: None,
        **fields: Any,
    ) -> seal.Envelope:
        if self._in_doubt:
            raise JournalError(f"{self.journal.directory}: it is not known which record was saved last; start again")
        last = self._links[-1] if self._links else None
        record = AcceptanceRecord(
            tx=tx,
            station=self.station,
            epoch=epoch or (last.epoch if last else 1),
            seq=1 if epoch or not last else last.seq + 1,
            prev=last.digest if last else None,
            clock=self._clock.stamp(),
            environment=environment,
            **fields,
        )
        envelope = seal.seal(record_form.write(record), typ=seal.RECORD, key=self._key)
        hidden = disclose(envelope.digest)
        if hidden is not None:  # first: a record whose opening was lost would stay closed for ever
            self._openings[envelope.digest] = self.journal.append("opening", hidden)
        self._keep(envelope, record)
        return envelope

    def _keep(self, envelope: seal.Envelope, record: AcceptanceRecord) -> None:
        """Save a record and put it into the chain: whatever stops us in between, its number is not given again."""
        self._in_doubt = True
        try:
            entry = self.journal.append("record", envelope.token)
        except JournalError:  # it says that nothing was saved
            self._in_doubt = False
            raise
        self._links.append(link_of(entry, self.kid, record))
        self._in_doubt = False

    def _index(self) -> int:
        """Read the journal; returns the place of its last record among the entries, -1 where there is none."""
        last_record = -1
        for place, entry in enumerate(self.journal.entries):
            if entry.kind == "record":
                self._links.append(read_link(self.journal, entry))
                last_record = place
            elif entry.kind == "receipt":
                acceptance = acknowledged(self.journal, entry)
                self._note_acceptance(entry, acceptance)
                self._clock.raise_floor(acceptance.issued_at)
            elif entry.kind == "witness":
                self._note_witness(entry)
            elif entry.kind == "opening":
                self._openings[opened_record(self.journal, entry)] = entry
        return last_record

    def _note_acceptance(self, entry: Entry, acceptance: Acceptance) -> None:
        self._receipts[acceptance.record] = entry
        if acceptance.decision == "review" or acceptance.review is not None:
            self._reviews[acceptance.record] = acceptance.review is None

    def _note_witness(self, entry: Entry) -> None:
        try:
            made = receipt.from_json(
                strict_json.parse_object(seal.read(self.journal.read(entry), typ=seal.RECEIPT).payload)
            )
        except (seal.SealError, strict_json.JsonError, receipt.ReceiptError) as error:
            raise foreign(self.journal, entry, error) from error
        self._witnesses.setdefault(made.open, []).append(entry)
        self._clock.raise_floor(made.admitted_at)

    def _reanchor(self, reason: str) -> None:
        epoch = 1 + (self._links[-1].epoch if self._links else 1)
        self._add("R", {}, epoch=epoch, reason=reason)

    def _close_what_lost_its_end(self) -> None:
        """Only the last attempt can lack its end; where an older one does, its end was saved and is damaged."""
        opened = [link for link in self._links if link.tx == "B"]
        if not opened or self._ended(opened[-1].digest):
            return
        lost = opened[-1]
        why = "the station stopped before the attempt ended"
        self._add("P", {}, order=lost.order, attempt=lost.attempt, open=lost.digest, reason=why)
