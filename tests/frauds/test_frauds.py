"""Every fraud of the threat model is stopped with its reason, and no work order is closed by it."""

import pytest

from tests.frauds import lines, visits
from tests.frauds.fraud import Fraud
from tests.frauds.house import House
from tests.frauds.table import FRAUDS


def test_the_honest_way_closes_the_work_order(house: House) -> None:
    station = house.station()
    house.test(station, house.order(), gates=house.kernel())
    assert house.hand_in(station).decision == "closed"
    assert house.closed() == {"WO-1"}
    assert house.verified(station).decision == "valid"


def test_an_honest_visit_closes_the_work_order(house: House) -> None:
    assert visits.honest(house).decision == "closed"
    assert house.closed() == {"WO-1"}


def test_where_all_that_can_be_looked_at_agrees_the_line_is_bound(house: House) -> None:
    ending = lines.bound(house)
    assert (ending.decision, "line bound by 198.18.0.0/24" in ending.words) == ("closed", True), ending


@pytest.mark.parametrize("fraud", FRAUDS.values(), ids=FRAUDS)
def test_a_fraud_is_stopped_for_its_reason_and_closes_nothing(house: House, fraud: Fraud) -> None:
    ending = fraud.commit(house)
    assert fraud.stopped(ending), ending
    assert house.closed() == house.honest
