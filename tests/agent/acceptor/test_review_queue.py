"""What the desk leaves to a person is decided by that person's signature, once, and by the same compare-and-set."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import acknowledgement, record_form, review, seal
from agent.acceptor.later import Later
from agent.acceptor.ledger_review_queue import digest_of, in_review, queue
from agent.acceptor.office import Arrival, Remembered
from agent.acceptor.reviewing import ReviewRefused
from agent.acknowledgement import Acceptance
from agent.chain import Chain
from agent.clock import StationClock
from agent.config_ledger import LedgerPlace
from agent.journal import Journal
from agent.record import OrderRef
from agent.review import Review
from diagnostics import criteria
from tests.agent import orders, samples, visits
from tests.agent.acceptor.conftest import NOW, Desk, desk, visit
from tests.agent.conftest import Ring

WHY = "the meter on site shows the ordered rate"


def unproven(station: Chain, number: int = 1) -> list[str]:
    """An attempt that the desk leaves to a person."""
    return visit(station, number, **samples.UNPROVEN)


def entered(office: Desk, tokens: list[str]) -> Acceptance:
    """These records handed in; the last answer."""
    return [answer for token in tokens for answer in office.take(token)][-1]


def decided(office: Desk, ring: Ring, record: str, decision: Any = "accept", **changes: Any) -> Acceptance:
    """A person's decision done; the new acceptance, as it verifies."""
    known = in_review(office.ledger.connection, criteria.load, record)
    made = Review(
        record=record,
        acceptance=seal.digest_of(known.token),
        decision=decision,
        why=WHY,
        reviewer="Ma Li",
        decided_at=NOW,
    )
    made = replace(made, **changes)
    token = seal.seal(review.write(made), typ=seal.REVIEW, key=ring.stranger).token
    answer = office.ledger.review(made, token, NOW + timedelta(hours=1))
    return acknowledgement.from_json(seal.open_sealed(answer.token, typ=seal.ACCEPTANCE, trust=office.trust).content)


@pytest.mark.parametrize(
    ("decision", "comes_to", "ticket"), [("accept", "closed", "closed"), ("reject", "rejected", "open")]
)
def test_a_person_decides_and_the_new_acceptance_says_who_and_why(
    place: LedgerPlace, ring: Ring, station: Chain, decision: str, comes_to: str, ticket: str
) -> None:
    office = desk(place, ring)
    first = entered(office, unproven(station))
    assert first.decision == "review"
    (waiting,) = queue(office.ledger.connection)
    assert (waiting["digest"], waiting["order_id"], waiting["kinds"]) == (first.record, "WO-1", ["limit_unproven"])
    made = decided(office, ring, digest_of(office.ledger.connection, first.record[:8]), decision)
    assert (made.decision, made.outcome, made.record) == (comes_to, "inconclusive", first.record)
    assert made.reasons[0] == f"Ma Li decided: {WHY}" and made.reasons[1] == f"before: {first.reasons[0]}"
    assert made.review is not None and acknowledgement.supersedes(made, first)
    assert office.tickets() == {"WO-1": ticket}
    assert queue(office.ledger.connection) == []
    (again,) = office.take(station.token(station.links[-1]))
    assert again == made, "who asks again is told the person's word"
    row = office.ledger.connection.execute("SELECT decision, kinds, reasons FROM records WHERE tx = 'E'").fetchone()
    assert (row[0], row[1]) == (comes_to, "person") and WHY in row[2]
    with pytest.raises(ReviewRefused, match=f"Ma Li has decided on it before: {decision}, {WHY}"):
        decided(office, ring, first.record)


def late(office: Desk, station: Chain, ring: Ring, first: Acceptance) -> None:
    entered(office, unproven(station)[:1])


def closed_meanwhile(office: Desk, station: Chain, ring: Ring, first: Acceptance) -> None:
    office.ledger.connection.execute("UPDATE tickets SET state = 'closed'")


def reissued(office: Desk, station: Chain, ring: Ring, first: Acceptance) -> None:
    office.ledger.connection.execute("UPDATE tickets SET digest = 'another'")


def quarantined(office: Desk, station: Chain, ring: Ring, first: Acceptance) -> None:
    office.ledger.connection.execute("INSERT INTO quarantine VALUES (?, ?, ?)", (first.kid, "today", "two records"))


REFUSED = {
    "a later attempt": (late, "a later attempt was opened since; decide on that one"),
    "closed meanwhile": (closed_meanwhile, "its work order was closed before"),
    "another order took its place": (reissued, "known here with other content, or under a newer order"),
    "a key in quarantine": (quarantined, "its station's key is in quarantine (two records)"),
}


@pytest.mark.parametrize(("happens", "words"), REFUSED.values(), ids=REFUSED)
def test_what_happened_behind_the_persons_back_is_told_and_nothing_is_closed(
    tmp_path: Path, ring: Ring, station: Chain, happens: Any, words: str
) -> None:
    office = desk(tmp_path / "ledger", ring)
    first = entered(office, unproven(station))
    happens(office, station, ring, first)
    before = office.tickets()
    with pytest.raises(ReviewRefused) as caught:
        decided(office, ring, first.record)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert (office.tickets(), office.count("reviews")) == (before, 0)


def test_only_a_result_in_review_is_decided_on_and_only_as_it_was_seen(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    office = desk(tmp_path / "ledger", ring)
    opened, closed = visit(station)
    answer = entered(office, [opened, closed])
    with pytest.raises(ReviewRefused, match="it is not in review: the desk decided closed"):
        decided(office, ring, answer.record)
    with pytest.raises(ReviewRefused, match="is no result that a person could decide on"):
        decided(office, ring, seal.digest_of(opened))
    waits = entered(office, unproven(station, 2))
    with pytest.raises(ReviewRefused, match="is on another answer than the one that stands here"):
        decided(office, ring, waits.record, acceptance="5" * 64)


@pytest.mark.parametrize(
    ("digits", "words"),
    [("abc", "at least 8 of its digits"), ("z" * 64, "at least 8 of"), ("0" * 9, "no such record; see: review list")],
)
def test_a_record_is_named_by_enough_of_its_digits(tmp_path: Path, ring: Ring, digits: str, words: str) -> None:
    with pytest.raises(ReviewRefused, match=words):
        digest_of(desk(tmp_path / "ledger", ring).ledger.connection, digits)


def test_an_order_that_was_withdrawn_meanwhile_is_not_closed_but_may_be_rejected(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    office = desk(tmp_path / "ledger", ring, close_unanchored=False)
    envelope = orders.signed_for_samples(ring.order)
    ref = OrderRef(id=orders.work_order().id, digest=orders.read(envelope).order_digest, anchor=envelope.digest)
    office.ledger.issue(envelope.token, ref, orders.ISSUED.isoformat())
    first = entered(office, visit(station, ref=ref, **samples.UNPROVEN))
    office.ledger.revoke(envelope.digest, "moved away")
    with pytest.raises(ReviewRefused, match="its order was withdrawn since: moved away"):
        decided(office, ring, first.record)
    assert decided(office, ring, first.record, "reject").decision == "rejected"


def test_a_result_that_a_person_accepts_still_waits_for_its_visit_which_then_closes(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    office = desk(tmp_path / "ledger", ring)
    first = entered(office, visits.attempt(station, **samples.UNPROVEN))
    made = decided(office, ring, first.record)
    assert (made.decision, office.tickets()) == ("recorded", {"WO-1": "open"})
    assert "waits for the visit" in made.reasons[1]
    closing = entered(office, [visits.closing(station)])
    assert (closing.decision, closing.outcome) == ("closed", "accepted")
    assert "the result was accepted by Ma Li" in closing.reasons
    assert office.tickets() == {"WO-1": "closed"}


def test_a_decision_goes_to_the_station_until_the_broker_has_it(tmp_path: Path, ring: Ring, station: Chain) -> None:
    office, clock = desk(tmp_path / "ledger", ring), [0.0]
    later = Later(lambda: clock[0])
    first = entered(office, unproven(station))
    assert later.due(office.ledger, NOW) == []
    made = decided(office, ring, first.record)
    clock[0] = 2.0
    ((digest, answer),) = later.due(office.ledger, NOW)
    assert (digest, answer.station) == (first.record, "station-1")
    assert acknowledgement.from_json(seal.content(seal.read(answer.token, typ=seal.ACCEPTANCE))) == made
    later.sent(digest, 7)
    clock[0] = 4.0
    assert later.due(office.ledger, NOW) == [], "it is on its way"
    later.forget()
    clock[0] = 6.0
    assert [each for each, _ in later.due(office.ledger, NOW)] == [first.record], "the connection was lost"
    later.sent(digest, 8)
    later.handed(office.ledger, 8, NOW)
    clock[0] = 1000.0
    assert later.due(office.ledger, NOW) == []


def test_a_decision_that_the_ledger_lost_comes_back_with_the_stations_acceptance(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    office = desk(tmp_path / "ledger", ring)
    tokens = visits.attempt(station, **samples.UNPROVEN)
    answers = [answer for token in tokens for answer in office.take(token)]
    decided(office, ring, answers[-1].record)
    row = office.ledger.connection.execute("SELECT acceptance FROM records WHERE tx = 'E'").fetchone()
    restored = desk(tmp_path / "yesterday", ring)
    restored.take(tokens[0])
    envelope = seal.read(tokens[1], typ=seal.RECORD)
    given = acknowledgement.from_json(seal.content(seal.read(row[0], typ=seal.ACCEPTANCE)))
    arrival = Arrival(
        envelope=envelope,
        record=record_form.parse(envelope.payload),
        at=NOW,
        remembered=Remembered(acceptance=given, token=row[0]),
    )
    (answer,) = restored.ledger.take(arrival)
    assert answer.token == row[0]
    assert restored.ledger.reviews.accepted_by(envelope.digest) == "Ma Li"
    assert restored.ledger.reviews.unsent() == [], "the station has it"
    assert entered(restored, [visits.closing(station)]).decision == "closed"


def test_two_persons_decide_at_once_and_one_of_them_is_told(tmp_path: Path, ring: Ring, station: Chain) -> None:
    one, two = desk(tmp_path / "ledger", ring), desk(tmp_path / "ledger", ring)
    first = entered(one, unproven(station))
    seen = in_review(two.ledger.connection, criteria.load, first.record)
    decided(one, ring, first.record, "reject")
    with pytest.raises(ReviewRefused, match="Ma Li has decided on it before: reject"):
        decided(two, ring, first.record, acceptance=seal.digest_of(seen.token))
    assert one.tickets() == {"WO-1": "open"}


def test_what_was_overtaken_leaves_the_queue_by_itself(tmp_path: Path, ring: Ring, station: Chain) -> None:
    office = desk(tmp_path / "ledger", ring)
    entered(office, unproven(station))
    entered(office, unproven(station, 2))
    assert [each["order_id"] for each in queue(office.ledger.connection)] == ["WO-1", "WO-2"]
    with Journal(tmp_path / "other") as journal:
        other = Chain(journal, key=ring.reflector, station="station-2", clock=StationClock())
        envelope = seal.read(visit(other)[0], typ=seal.RECORD)
        office.ledger.take(Arrival(envelope=envelope, record=record_form.parse(envelope.payload), at=NOW))
    assert [each["order_id"] for each in queue(office.ledger.connection)] == ["WO-2"]
