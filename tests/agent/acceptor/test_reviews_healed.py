"""What a station says of the reviews that it holds, held against the ledger, on either engine."""

from dataclasses import replace
from typing import Any

import pytest

from agent import seal
from agent.acceptor.office import Answer, Arrival, remembered
from agent.chain import Chain
from agent.config_ledger import LedgerPlace
from agent.have import Have, Left
from agent.record_form import parse
from tests.agent.acceptor.conftest import NOW, Desk, desk, visit
from tests.agent.acceptor.test_review_queue import decided, entered, unproven
from tests.agent.conftest import Ring


def told(station: Chain, *numbers: int, first: int = 1, last: int = 6) -> Have:
    newest = station.links[-1]
    left = Left(first=first, last=last, numbers=numbers)
    return Have(kid=station.kid, epoch=1, contiguous=6, last=6, head=newest.digest, review=left)


def three_in_review(office: Desk, station: Chain) -> list[str]:
    """Records 2, 4 and 6 are left to a person; their digests."""
    return [entered(office, unproven(station, number)).record for number in (1, 2, 3)]


def test_exactly_the_decisions_that_a_station_lacks_are_sent_again_in_the_order_in_which_they_were_made(
    place: LedgerPlace, ring: Ring, station: Chain
) -> None:
    office = desk(place, ring)
    digests = three_in_review(office, station)
    assert office.ledger.reviews.missed(told(station, 2, 4, 6)) == []
    assert office.ledger.reviews.awaited(told(station)) == [2, 4, 6]
    assert office.ledger.reviews.awaited(told(station, first=3, last=5)) == [4]
    for digest in (digests[1], digests[0]):
        decided(office, ring, digest)
    missed = office.ledger.reviews.missed(told(station, 2, 4, 6))
    assert sorted(answer.place for answer in missed) == ["1/2 E", "1/4 E"]
    assert office.ledger.reviews.missed(told(station, 6)) == []
    assert office.ledger.reviews.missed(replace(told(station, 2, 4), epoch=2)) == []
    assert office.ledger.reviews.missed(replace(told(station), review=None)) == []
    assert office.ledger.reviews.awaited(told(station, 2)) == [6]


def brought_back(office: Desk, token: str, acceptance: str) -> Answer:
    """A record as its station sends it again, with the acceptance that it holds."""
    envelope = seal.read(token, typ=seal.RECORD)
    record = parse(envelope.payload)
    arrival = Arrival(envelope=envelope, record=record, at=NOW, remembered=remembered(acceptance))
    (answer,) = office.ledger.take(arrival)
    return answer


def quarantined(office: Desk, kid: str) -> None:
    office.ledger.connection.execute("INSERT INTO quarantine VALUES (?, ?, ?)", (kid, "today", "two records"))


def of_another_content(office: Desk, kid: str) -> None:
    office.ledger.connection.execute("UPDATE tickets SET digest = 'another'")


@pytest.mark.parametrize(
    ("happens", "taken", "ticket"),
    [
        (lambda office, kid: None, True, "closed"),
        (of_another_content, True, "open"),
        (quarantined, False, "open"),
    ],
    ids=["the ledger only forgot", "the work order is another now", "its key is in quarantine"],
)
def test_a_decision_that_comes_back_is_taken_in_once_and_closes_only_what_may_be_closed(
    place: LedgerPlace, ring: Ring, station: Chain, tmp_path: Any, happens: Any, taken: bool, ticket: str
) -> None:
    before, office = desk(tmp_path / "before", ring), desk(place, ring)
    tokens = unproven(station)
    for each in (before, office):
        first = entered(each, tokens)
    decided(before, ring, first.record)
    row = "SELECT decision, acceptance FROM records WHERE tx = 'E'"
    given = before.ledger.connection.execute(row).fetchone()[1]
    happens(office, first.kid)
    for _ in range(2):
        assert (brought_back(office, tokens[1], given).token == given) is taken
        decision, acceptance = office.ledger.connection.execute(row).fetchone()
        assert (decision, acceptance == given) == (("closed", True) if taken else ("review", False))
        assert (office.tickets()["WO-1"], office.count("reviews")) == (ticket, int(taken))
    assert office.ledger.reviews.unsent() == [], "the station has it"


def test_an_acceptance_without_a_persons_decision_changes_nothing_that_stands_here(
    place: LedgerPlace, ring: Ring, station: Chain, tmp_path: Any
) -> None:
    office, other = desk(place, ring, close_unanchored=False), desk(tmp_path / "other", ring)
    tokens = visit(station)
    first = entered(office, tokens)
    assert (first.decision, entered(other, tokens).decision) == ("review", "closed")
    given = other.ledger.connection.execute("SELECT acceptance FROM records WHERE tx = 'E'").fetchone()[0]
    assert brought_back(office, tokens[1], given).token != given
    assert office.tickets() == {"WO-1": "open"}
