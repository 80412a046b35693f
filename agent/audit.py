"""Auditing a journal: is every entry whole, signed, in its place in the chain, and its evidence there; reads only.

Everything amiss is told in one line each; a journal without a line is sound. Nothing is repaired.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent import acknowledgement, opening, record_form, seal
from agent.acknowledgement import Acceptance, AcceptanceError
from agent.opening import OpeningError
from agent.record import AcceptanceRecord, RecordError
from agent.storage import dropped_in
from agent.survey import Entry, JournalError, Survey
from agent.trust import Trust
from diagnostics import strict_json

_OTHERS = {"order": seal.ORDER, "revoked": seal.REVOCATION, "witness": seal.RECEIPT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One record of a journal as it reads there, and the acceptance beside it; no seal is believed yet."""

    entry: Entry
    record: AcceptanceRecord
    acceptance: Acceptance | None

    @property
    def place(self) -> str:
        """Epoch and number, as people write them."""
        return f"{self.record.epoch}/{self.record.seq}"


def written(found: Survey) -> list[Written]:
    """The records that can be read, oldest first, each with the acceptance that names it."""
    acceptances: dict[str, Acceptance] = {}
    records: list[tuple[Entry, AcceptanceRecord]] = []
    for entry in found.entries:
        try:
            if entry.kind == "receipt":
                payload = seal.read(found.read(entry), typ=seal.ACCEPTANCE).payload
                made = acknowledgement.from_json(strict_json.parse_object(payload))
                acceptances[made.record] = made
            elif entry.kind == "record":
                records.append((entry, record_form.parse(seal.read(found.read(entry), typ=seal.RECORD).payload)))
        except (seal.SealError, strict_json.JsonError, RecordError, AcceptanceError, JournalError):
            continue  # `faults` tells of it
    return [Written(entry=entry, record=made, acceptance=acceptances.get(entry.digest)) for entry, made in records]


def faults(found: Survey, trust: Trust) -> Iterator[str]:
    """Everything that is amiss, one line each."""
    for damage in found.damages:
        yield f"{damage.segment} at {damage.offset}: {damage.size} bytes are damaged"
    if found.torn is not None:
        yield f"{found.torn.segment} at {found.torn.offset}: a torn tail, dropped at the next start"
    yield from _seal_faults(found, trust)
    records = written(found)
    yield from _chain_faults(records)
    gone = dropped_in(found)
    yield from _evidence_faults(found.directory, [each for each in records if each.entry.digest not in gone])


def _seal_faults(found: Survey, trust: Trust) -> Iterator[str]:
    known = {entry.digest for entry in found.entries if entry.kind == "record"}
    for entry in found.entries:
        where = f"{entry.segment} at {entry.offset}"
        try:
            if entry.kind == "record":
                record_form.from_json(seal.open_sealed(found.read(entry), typ=seal.RECORD, trust=trust).content)
            elif entry.kind == "receipt":
                opened = seal.open_sealed(found.read(entry), typ=seal.ACCEPTANCE, trust=trust)
                if acknowledgement.from_json(opened.content).record not in known:
                    yield f"{where}: an acceptance for a record that is not here"
            elif entry.kind == "opening":
                opening.read(found.read(entry))  # one without its record is of a station that stopped between both
            elif entry.kind in _OTHERS:
                seal.open_sealed(found.read(entry), typ=_OTHERS[entry.kind], trust=trust)
        except (seal.SealError, RecordError, AcceptanceError, OpeningError, JournalError) as error:
            yield f"{where}: {error}"


def _chain_faults(records: list[Written]) -> Iterator[str]:
    before: Written | None = None
    for each in records:
        record, place = each.record, (each.record.epoch, each.record.seq)
        if before is None:
            begins = place == (1, 1) or record.tx == "R"
        elif record.tx == "R":
            begins = place == (before.record.epoch + 1, 1) and record.prev == before.entry.digest
        else:
            begins = place == (before.record.epoch, before.record.seq + 1) and record.prev == before.entry.digest
        if not begins:
            yield f"record {each.place} does not follow {before.place if before else 'the beginning'}"
        before = each


def _evidence_faults(directory: Path, records: list[Written]) -> Iterator[str]:
    for each in records:
        for source, digest in each.record.result.evidence.items() if each.record.result else ():
            try:
                held = hashlib.sha256((directory / "evidence" / digest).read_bytes()).hexdigest()
            except OSError:
                held = ""
            if held != digest:
                state = "is not what it was" if held else "is missing"
                yield f"record {each.place}: evidence of {source} {state}"
