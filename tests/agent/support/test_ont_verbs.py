"""The verbs that ask the ONT, over a real station and a virtual ONT on a real port: they only read, and end cleanly."""

import json
from pathlib import Path

from agent.assignment import Assignment
from agent.support.verbs.ont_read import GROUPS
from diagnostics.committed import is_commitment
from diagnostics.quantities import ONT_QUANTITIES
from drivers.capture import load_capture
from drivers.virtual.ont import VirtualOnt
from tests.agent import orders
from tests.agent.support.asked import asked, at_ont

LIT = load_capture("huawei_wap", "lit")
RX = "ont_rx_power_dbm"
ORDER = orders.work_order(id="WO-7")


def test_every_ont_quantity_is_in_one_group() -> None:
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(ONT_QUANTITIES)
    assert all(GROUPS.values())


def test_a_reading_tells_what_the_ont_says_and_its_serial_as_a_commitment(tmp_path: Path) -> None:
    ont = VirtualOnt(capture=LIT)
    with at_ont(tmp_path, ont) as home:
        home.on_it["k"] = Assignment(order=ORDER)
        bare, ordered, again = (asked(home, "ont.read", order=order) for order in ("", "WO-7", "WO-7"))
    for events in (bare, ordered):
        *measured, untold = events
        values = {e["quantity"]: e["value"] for e in measured if not e["index"]}
        assert values[RX] == LIT.values[RX]
        assert is_commitment(values["ont_pon_serial"])
        assert not set(values) & set(untold["quantities"])
        assert LIT.values["ont_pon_serial"] not in json.dumps(events)
        assert set(ONT_QUANTITIES) == {e["quantity"] for e in measured} | set(untold["quantities"])
    serials = [
        next(e["value"] for e in events if e.get("quantity") == "ont_pon_serial") for events in (bare, ordered, again)
    ]
    assert serials[0] != serials[1] == serials[2], "an order has salts of its own, and keeps them"
