"""What a station is run by is told as its newest record says: software and kit, and nothing that is neither."""

from typing import Any

import pytest

from agent.acceptor.ledger_chains import software_of
from agent.chain import Chain
from agent.record import AcceptanceRecord
from tests.agent import samples
from tests.agent.test_acceptance import records


def stated(station: Chain, environment: dict[str, Any]) -> AcceptanceRecord:
    station.open(samples.order(), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment=environment)
    return records(station)[-1]


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, ""),
        ({"software": "0.1.0"}, "0.1.0"),
        ({"software": "0.1.0", "kit": "0f" * 32, "kit_name": "north", "kit_version": 12}, "0.1.0, kit north 12"),
        ({"software": "0.1.0", "kit_name": "north"}, "0.1.0"),
        ({"software": "0.1.0", "kit_name": 7, "kit_version": 12}, "0.1.0"),
        ({"kit_name": "north", "kit_version": 12}, ""),
        ({"software": "0.1.0\x1b[31m", "kit_name": "n" * 99, "kit_version": 1}, None),
    ],
    ids=str,
)
def test_a_station_is_told_by_its_software_and_its_kit(
    environment: dict[str, Any], told: str | None, station: Chain
) -> None:
    made = software_of(stated(station, environment))
    assert made == told or (told is None and "\x1b" not in made and len(made) <= 64)
