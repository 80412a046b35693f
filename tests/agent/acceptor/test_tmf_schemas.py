"""What we send validates against TM Forum's official schemas, and holds no member that they do not know.

The schemas lie beside the project and are no part of it; without them these tests are skipped.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.chain import Chain
from diagnostics.measurement import Failure
from tests.agent import samples
from tests.agent.acceptor.conftest import visit
from tests.agent.acceptor.telling import Bench, settings_for
from tests.agent.acceptor.ticket_server import ticket_server
from tests.agent.acceptor.tmf_schemas import FOLDER, faults, strangers
from tests.agent.conftest import Ring

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/tmf is not beside this checkout")

TMF653, TMF621 = "TMF653-v4.2.0.swagger.json", "TMF621-v5.0.1.oas.yaml"
SCHEMAS = {
    ("POST", "serviceTest"): (TMF653, "ServiceTest_Create"),
    ("POST", "troubleTicket"): (TMF621, "TroubleTicket_FVO"),
    ("PATCH", "troubleTicket"): (TMF621, "TroubleTicket_MVO"),
}
RESULTS: dict[str, dict[str, Any]] = {
    "accepted": {},
    "rejected": {"ont_rx_power_dbm": -30.0},
    "dark": {"ont_rx_power_dbm": Failure(kind="no_signal", stage="ont", detail="no light")},
    "inconclusive": {"throughput_down_mbps": Failure(kind="instrument_limit", stage="throughput", detail="1 GbE")},
    "another ONT": {"ont_pon_serial": samples.OTHER_SERIAL.commitment},
}


def test_every_body_that_goes_out_is_as_the_schemas_want_it(tmp_path: Path, ring: Ring, station: Chain) -> None:
    with ticket_server() as server:
        bench = Bench(tmp_path / "ledger", ring, settings_for(server, tmp_path))
        opened = station.open(samples.order(9), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={})
        station.abandon(opened, "A", "the technician left", {})
        tokens = [station.token(link) for link in station.links]
        for number, values in enumerate(RESULTS.values(), 1):
            tokens += visit(station, number, **values)
        tokens += visit(station, 2)  # which resolves the trouble ticket of the rejected one
        for token in tokens:
            bench.desk.take(token)
        for number in range(1, 10):
            server.things["workOrder"][f"WO-{number}"] = {"id": f"WO-{number}", "state": "acknowledged"}
        bench.work_off()
    seen = set()
    for asked in server.asked:
        kind = asked.path.split("/")[3] if asked.path.startswith("/api/v4/") else ""
        if found := SCHEMAS.get((asked.method, kind)):
            seen.add((asked.method, kind))
            body = json.loads(asked.body)
            assert faults(*found, body) == []
            assert strangers(*found, body) == set()
            for each in body.get("troubleTicketCharacteristic", []):  # the schema leaves these to their @type
                assert faults(TMF621, f"{each['@type']}_FVO", each) == []
    assert seen == SCHEMAS.keys()


@pytest.mark.parametrize(
    ("schema", "body", "words"),
    [
        ((TMF653, "ServiceTest_Create"), {"name": "x"}, "'relatedService' is a required property"),
        ((TMF653, "ServiceTest_Create"), {"testMeasure": [{"value": {"name": "x"}}]}, "'value' is a required property"),
        (
            (TMF653, "ServiceTest_Create"),
            {"endDateTime": "2026-11-23 12:00"},
            "'2026-11-23 12:00' is not a 'date-time'",
        ),
        ((TMF621, "TroubleTicket_FVO"), {"@type": "TroubleTicket"}, "'severity' is a required property"),
        ((TMF621, "TroubleTicket_MVO"), {"@type": "TroubleTicket", "status": "done"}, "'done' is not one of"),
    ],
)
def test_the_schemas_refuse_what_is_wrong(schema: tuple[str, str], body: dict[str, Any], words: str) -> None:
    assert any(words in fault for fault in faults(*schema, body))
