"""A work order whose criteria demand a visit is closed by the visit, once, and only by the one of the newest result."""

from pathlib import Path
from typing import Any

import pytest

from agent import seal
from agent.chain import Chain
from agent.clock import StationClock
from agent.commitment import disclose
from agent.config_ledger import LedgerPlace
from agent.journal import Journal
from tests.agent import samples, visits
from tests.agent.acceptor.conftest import Desk, desk, visit
from tests.agent.conftest import Ring
from tests.agent.visits import MISSING, attempt, closing


def decisions(office: Desk, *tokens: str) -> list[str]:
    return [answer.decision for token in tokens for answer in office.take(token)]


@pytest.fixture
def office(place: LedgerPlace, ring: Ring) -> Desk:
    return desk(place, ring)


def test_a_result_waits_for_the_visit_that_closes_its_work_order(office: Desk, station: Chain) -> None:
    opened, closed = attempt(station)
    office.take(opened)
    (answer,) = office.take(closed)
    assert (answer.decision, answer.outcome) == ("recorded", "accepted")
    assert "waits for the visit" in answer.reasons[0] and visits.NAME in answer.reasons[0]
    assert office.tickets() == {"WO-1": "open"}
    token = closing(station)
    (answer,) = office.take(token)
    assert (answer.decision, answer.outcome, answer.record) == ("closed", "accepted", seal.digest_of(token))
    assert "the visit is complete" in answer.reasons
    assert office.tickets() == {"WO-1": "closed"}


OTHER_SERIAL = samples.OTHER_SERIAL.commitment
OTHER_LABEL = disclose("cable_label", "OTHER", samples.SALT).commitment
CASES: dict[str, tuple[dict[str, Any], str, str | None, str]] = {
    "no label was scanned": ({"cable_label_scan": MISSING}, "review", "inconclusive", "not noted"),
    "another label": ({"cable_label": OTHER_LABEL}, "rejected", "rejected", "Label on the drop cable"),
    "another device than ordered": (
        {"device_barcode": OTHER_SERIAL, "device_barcode_as_read": "other"},
        "rejected",
        "rejected",
        "Bar code on the device",
    ),
    "said to be the one that was read": (
        {"device_barcode": OTHER_SERIAL},
        "review",
        None,
        "bar code",
    ),
    "no photograph": ({"photographs": 0}, "rejected", "rejected", "Photographs taken"),
    "not rated": ({"customer_rating": MISSING}, "review", "inconclusive", "rating"),
    "told nothing": ({"told_result": MISSING}, "review", "inconclusive", "told"),
    "called in support": ({"visit_escalation": "support"}, "rejected", "rejected", "support"),
    "order not complete": ({"order_data": "incomplete"}, "rejected", "rejected", "incomplete"),
}


@pytest.mark.parametrize(("changes", "decision", "outcome", "words"), CASES.values(), ids=CASES)
def test_a_visit_that_lacks_something_leaves_the_work_order_open(
    office: Desk, station: Chain, changes: dict[str, Any], decision: str, outcome: str | None, words: str
) -> None:
    decisions(office, *attempt(station))
    (answer,) = office.take(closing(station, **changes))
    assert (answer.decision, answer.outcome) == (decision, outcome)
    assert words in " ".join(answer.reasons)
    assert office.tickets() == {"WO-1": "open"}


def test_a_visit_can_be_completed_and_closes_its_work_order_once(office: Desk, station: Chain) -> None:
    decisions(office, *attempt(station))
    tokens = [closing(station, customer_rating=MISSING), closing(station), closing(station)]
    assert decisions(office, *tokens) == ["review", "closed", "recorded"]
    (row,) = office.ledger.connection.execute("SELECT closed_by FROM tickets")
    assert row[0] == seal.digest_of(tokens[1])


def test_a_visit_mends_no_result(office: Desk, station: Chain) -> None:
    decisions(office, *attempt(station, ont_rx_power_dbm=-30.0))
    (answer,) = office.take(closing(station))
    assert (answer.decision, answer.reasons[0][:10]) == ("rejected", "the result")
    assert office.tickets() == {"WO-1": "open"}


def test_the_visit_of_an_older_attempt_closes_nothing(office: Desk, station: Chain) -> None:
    decisions(office, *attempt(station), *attempt(station, ont_rx_power_dbm=-30.0))
    (answer,) = office.take(closing(station, 0))
    assert answer.decision == "recorded" and "a later attempt was opened" in answer.reasons[0]
    assert office.tickets() == {"WO-1": "open"}


def test_a_visit_that_comes_early_waits_for_its_result(office: Desk, station: Chain) -> None:
    opened, closed = attempt(station)
    late = closing(station)
    assert decisions(office, late, closed) == []
    assert decisions(office, opened) == ["recorded", "recorded", "closed"]


def test_a_visit_of_a_result_that_nobody_sent_is_left_to_a_person(
    tmp_path: Path, ring: Ring, office: Desk, station: Chain
) -> None:
    decisions(office, *attempt(station))
    with Journal(tmp_path / "other") as journal:
        other = Chain(journal, key=ring.stranger, station="station-1", clock=StationClock())
        attempt(other)
        link = next(link for link in other.links if link.tx == "E")
    foreign = station.close_visit(link, visits.result(), {}, ordered=visits.ORDERED, criteria=visits.CRITERIA).token
    (answer,) = office.take(foreign)
    assert answer.decision == "review" and "not known here" in answer.reasons[0]


def test_criteria_that_demand_no_visit_close_without_one(office: Desk, station: Chain) -> None:
    assert decisions(office, *visit(station)) == ["recorded", "closed"]


def test_an_unanchored_order_is_not_closed_by_a_visit_while_the_policy_is_off(
    tmp_path: Path, ring: Ring, station: Chain
) -> None:
    strict = desk(tmp_path / "strict", ring, close_unanchored=False)
    assert decisions(strict, *attempt(station), closing(station)) == ["recorded", "review", "review"]
    assert strict.tickets() == {"WO-1": "open"}
