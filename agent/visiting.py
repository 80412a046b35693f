"""A visit under way: facts are saved one by one, then judged and sealed as the record that closes it.

A fact counts as noted when the journal has saved it, so a power cut loses none. The command and the technician's page
call the same functions here.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent import record_form, seal
from agent.assignment import Assignment
from agent.chain import Chain
from agent.clock import RELEASED_AT, Stamp, Status
from agent.discretion import Discretion
from agent.fields import Fields
from agent.link import Link
from agent.photograph import format_of
from agent.record import AcceptanceRecord, Result
from agent.visit import Noted, visit_measurements
from agent.visit_facts import MOST_FACTS, MOST_WORDED, Fact, VisitError, content_of, parse_file
from agent.visit_link import barcode_as_read
from agent.visit_log import VisitLog
from diagnostics.criteria import Criteria
from diagnostics.measurement import Failure, Measurement
from diagnostics.verdict import Verdict, judge_visit

_AHEAD = timedelta(minutes=1)
_IN_WORDS = {"escalated": "reason", "nobody_in": "contact", "change": "desk"}  # of a fact, what only an opening tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a visit stands: the attempt it is for, what it would be judged now, by what it was closed (or empty)."""

    attempt: int
    verdict: Verdict
    measurements: tuple[Measurement, ...]
    closed: str


class Visit:
    """The visit of one order on one station; `pin` says by which kit it is judged when it is closed."""

    def __init__(
        self,
        chain: Chain,
        assignment: Assignment,
        *,
        load: Callable[[str], Criteria],
        discretion: Discretion,
        pin: Callable[[], Mapping[str, Any]] = dict,
    ) -> None:
        self._chain = chain
        self._assignment = assignment
        self._load = load
        self._discretion = discretion
        self._pin = pin
        self._log = VisitLog(chain.journal, assignment.order)

    def note(self, kind: str, content: Mapping[str, Any], at: datetime | None = None) -> Fact:
        """Save one fact; `at` is the time that the technician states, None: now. VisitError where it cannot be."""
        fact = self._fact(kind, content, at)
        self._refuse(fact)
        self._log.append(fact)
        return fact

    def photograph(self, raw: bytes, name: str, of: str, at: datetime | None = None) -> Fact:
        """Keep a photograph as evidence and note its digest; PhotographError where the file is none."""
        made = format_of(raw, name)
        digest = self._chain.journal.keep(raw)
        return self.note("photograph", {"of": of, "sha256": digest, "format": made, "bytes": len(raw)}, at)

    def take(self, raw: bytes) -> int:
        """Note every fact of a file, and say how many; nothing is noted where one of them cannot be read."""
        facts = [self._fact(each.kind, each.content, each.at) for each in parse_file(raw)]
        for fact in facts:
            self._refuse(fact)
            self._log.append(fact)
        return len(facts)

    def noted(self) -> list[Noted]:
        """Every fact of this order, oldest first."""
        result = self._last_result()
        entries = self._chain.journal.entries
        ended = len(entries) if result is None else entries.index(result.entry)
        return [Noted(fact=fact, after_result=place > ended) for place, fact in self._log.facts()]

    def has_result(self) -> bool:
        """Whether the last attempt came to a result, so that the visit can be closed on it."""
        return self._last_result() is not None

    def standing(self) -> Standing:
        """How the visit stands now; VisitError where the last attempt came to no result."""
        link, closed = self._result()
        measurements = self._measured(closed)
        verdict = self._verdict(closed, measurements)
        return Standing(attempt=link.attempt, verdict=verdict, measurements=measurements, closed=self._closing(link))

    def close(self, environment: Mapping[str, Any]) -> tuple[Standing, seal.Envelope]:
        """Seal the visit as it stands; VisitError where it was closed and accepted before."""
        link, closed = self._result()
        standing = self.standing()
        if standing.closed:
            raise VisitError(f"the visit of attempt {link.attempt} is closed already, sha256 {standing.closed}")
        assert closed.ordered and closed.criteria
        facts = [each.fact for each in self.noted()]
        result = Result(
            measurements=standing.measurements,
            outcome=standing.verdict.outcome,
            findings=tuple(finding.to_json() for finding in standing.verdict.findings),
            evidence=_photographs(facts),
            commitments=self._commitments(facts),
            opening=self._discretion.opener,
        )
        of: dict[str, Any] = {"ordered": closed.ordered, "criteria": closed.criteria}
        return standing, self._chain.close_visit(
            link, result, {**environment, **self._pin()}, disclose=self._discretion.opening, **of
        )

    def _fact(self, kind: str, content: Mapping[str, Any], at: datetime | None) -> Fact:
        stamp = self._chain.stamp()
        fields = Fields(dict(content), "", VisitError)
        fact = Fact(
            kind=kind,
            at=at or stamp.wall,
            clock=stamp.status if at is None else self._stated(at, stamp),
            stated=at is not None,
            content=content_of(fields, kind),
        )
        for path, _ in fields.unknown():
            raise VisitError(f"{path}: is not a field of {kind}")
        return fact

    def _stated(self, at: datetime, stamp: Stamp) -> Status:
        """How far a time that somebody stated is believed."""
        if stamp.status != "U" and at > stamp.wall + _AHEAD:
            raise VisitError(f"at: {at.isoformat(timespec='minutes')} lies in the future")
        signed = self._assignment.signed
        return "U" if at < (signed.issued_at if signed else RELEASED_AT) else "I"

    def _refuse(self, fact: Fact) -> None:
        before = [each for _, each in self._log.facts()]
        if len(before) >= MOST_FACTS:
            raise VisitError(f"{len(before)} facts are noted for this order already; close the visit")
        if fact.kind in _IN_WORDS and sum(each.kind in _IN_WORDS for each in before) >= MOST_WORDED:
            raise VisitError(f"{MOST_WORDED} escalations, changes and visit notes are noted already; close the visit")
        if fact.kind == "told" and fact.content["what"] == "result" and self._last_result() is None:
            raise VisitError("there is no result that the customer could be told; run: prooflight accept ORDER")
        if fact.kind == "resumed" and not any(each.kind == "escalated" for each in before):
            raise VisitError("nobody was called in; there is nothing to resume")

    def _links(self) -> list[Link]:
        ref = self._assignment.ref
        named = (ref.id, ref.digest)
        return [link for link in self._chain.links if link.order and (link.order.id, link.order.digest) == named]

    def _last_result(self) -> Link | None:
        """The result of the last attempt; None where it has none, whatever came before it."""
        links = self._links()
        opened = [link.digest for link in links if link.tx == "B"]
        return next((link for link in links if link.tx == "E" and link.open == opened[-1]), None)

    def _result(self) -> tuple[Link, AcceptanceRecord]:
        link = self._last_result()
        if link is None:
            name = self._assignment.order.id
            raise VisitError(f"order {name}: its last attempt came to no result; run: prooflight accept ORDER")
        return link, self._record(link)

    def _record(self, link: Link) -> AcceptanceRecord:
        return record_form.parse(seal.read(self._chain.token(link), typ=seal.RECORD).payload)

    def _closing(self, result: Link) -> str:
        """The digest of the accepted visit of a result; empty where there is none."""
        visits = [link for link in self._links() if link.tx == "V" and link.open == result.open]
        results = {link.digest: self._record(link).result for link in visits}
        return next((digest for digest, made in results.items() if made and made.outcome == "accepted"), "")

    def _measured(self, closed: AcceptanceRecord) -> tuple[Measurement, ...]:
        """The visit's measurements as they may leave the station."""
        now = self._chain.stamp().wall
        raw = visit_measurements(self._assignment.order, self.noted(), ended=closed.clock, now=now)
        made = self._discretion.measurements(raw)
        barcode = next(m for m in made if m.quantity == "device_barcode")
        return (*made, _as_read(barcode, closed))

    def _verdict(self, closed: AcceptanceRecord, measurements: tuple[Measurement, ...]) -> Verdict:
        assert closed.ordered and closed.criteria
        criteria = self._load(closed.ordered.criteria)
        if criteria.digest != closed.criteria.digest:
            raise VisitError(f"criteria {criteria.name} are not those that the test was judged by; test once more")
        return judge_visit(measurements, criteria.for_visit(closed.ordered))

    def _commitments(self, facts: list[Fact]) -> dict[str, str]:
        """Commitments of all that is personal, the technician's own words among it."""
        words = {
            f"{fact.kind} {place}": str(fact.content[_IN_WORDS[fact.kind]])
            for place, fact in enumerate(facts, 1)
            if fact.kind in _IN_WORDS
        }
        made = {name: self._discretion.commit(name, text) for name, text in words.items()}
        return {**self._discretion.commitments, **made}


def _as_read(barcode: Measurement, closed: AcceptanceRecord) -> Measurement:
    """How the bar code compares with the serial that was read; both are committed, and equal where they were."""
    told: dict[str, Any] = {"source": barcode.source, "taken_at": barcode.taken_at}
    if barcode.value is None:
        return Measurement(quantity="device_barcode_as_read", failure=barcode.failure, **told)
    compared = barcode_as_read(str(barcode.value), closed)
    none = None if compared else Failure(kind="not_supported", stage="visit", detail="the ONT told no serial")
    return Measurement(quantity="device_barcode_as_read", value=compared, failure=none, **told)


def _photographs(facts: list[Fact]) -> dict[str, str]:
    """Digest of each photograph by its number and kind."""
    seen = {str(fact.content["sha256"]): str(fact.content["of"]) for fact in facts if fact.kind == "photograph"}
    return {f"photograph {place}: {of}": digest for place, (digest, of) in enumerate(seen.items(), 1)}
