"""Controls on results: the order that they are for, the runs that they tell of, the line and the ONT."""

from agent import anchor, record, witnessing
from agent.acceptor import ledger_orders
from diagnostics import disturbance, ont_again, verdict, witness
from tests.frauds.control import Control

CONTROLS = {
    "the order's id": Control(
        anchor.strays, "record.order.id == signed.order_id", "True", {"signed order for another id": "closed"}
    ),
    "the order's text": Control(
        anchor.strays,
        "record.order.digest == signed.order_digest",
        "True",
        {"signed order for other content": "closed"},
    ),
    "the order's stations": Control(
        anchor.strays, "record.station in signed.stations", "True", {"order for another station": "closed"}
    ),
    "the ordered facts": Control(anchor.strays, "record.ordered == signed.ordered", "True", {"edited rates": "closed"}),
    "the ordered criteria": Control(
        anchor.judged_otherwise,
        "record.criteria == signed.criteria",
        "True",
        {"weaker criteria than were ordered": "closed"},
    ),
    "attempts allowed": Control(
        anchor.surplus, "attempts <= signed.attempts", "True", {"one attempt more than allowed": "closed"}
    ),
    "not before the order": Control(
        anchor.untimely, "at < signed.issued_at", "False", {"test older than its order": "review"}
    ),
    "not after it expired": Control(
        anchor.untimely, "at > signed.expires_at", "False", {"order expired by server time": "review"}
    ),
    "runs within the order's time": Control(
        witnessing.admitted_outside,
        "not signed.issued_at <= made.admitted_at <= signed.expires_at",
        "False",
        {"run outside the order's time": "closed"},
    ),
    "receipt for this order": Control(
        witnessing._link_doubt,
        "made.order == record.order.anchor",
        "True",
        {"result of order A for order B, in a bundle": "valid"},
    ),
    "receipt of this attempt": Control(
        witnessing._link_doubt, "made.open == record.open", "True", {"receipt of another attempt": "closed"}
    ),
    "receipt of this station": Control(
        witnessing._link_doubt, "made.station == record.station", "True", {"receipt of another station": "closed"}
    ),
    "receipt of this direction": Control(
        witnessing._link_doubt, "made.direction == trial.direction", "True", {"receipts exchanged": "closed"}
    ),
    "receipt of an ordered reflector": Control(
        witnessing._link_doubt, "made.reflector == wanted", "True", {"reflector that the order does not name": "closed"}
    ),
    "receipt of a whole run": Control(
        witnessing._link_doubt,
        'trial.failure is not None or made.state == "completed"',
        "True",
        {"receipt of a run that broke off": "review"},
    ),
    "receipt that is there": Control(
        witnessing.link_doubts,
        'f"its receipt {digest[:12]} is not here" if digest else ""',
        '""',
        {
            "laptop that the station believes": "review",
            "old result in a new record": "review",
            "revoked reflector key": "review",
        },
    ),
    "one receipt for one run": Control(
        witnessing.link_doubts, "len(set(named)) != len(named)", "False", {"receipt of run 1 for run 2": "review"}
    ),
    "a run that a reflector signed": Control(
        witnessing._figure_doubts,
        'return [f"no reflector signed what it saw of the {direction}load"]',
        "return []",
        {"local iperf3 server": "closed"},
    ),
    "no more than both ends counted": Control(
        witnessing._figure_doubts,
        "payload * 8 / us > max(valid) * _ROUNDING",
        "False",
        {"figure above the signed runs": "closed"},
    ),
    "a rate that its bytes give": Control(
        witnessing._figure_doubts,
        'stated["mbps"] > payload * 8 / us * framing * _ROUNDING',
        "False",
        {"rate that its bytes do not give": "closed"},
    ),
    "both ends agree": Control(
        witness.objection,
        "abs(station - reflector) > MOST_APART * max(station, reflector)",
        "False",
        {"figures of both ends apart": "review"},
    ),
    "half of the window seen": Control(
        witness.objection,
        'return _disturbed("the reflector saw too little of the window to confirm the run; test again")',
        "return None",
        {"run that the reflector saw half of": "closed"},
    ),
    "no attempt without a record": Control(
        witnessing.hidden,
        "made.open not in opens or digest not in shown",
        "made.open in opens and digest not in shown",
        {"nine hidden failed attempts": "closed"},
    ),
    "no run without a place in its record": Control(
        witnessing.hidden, "or digest not in shown", "", {"hidden failed run": "closed"}
    ),
    "receipts of an order stay with it": Control(
        ledger_orders.Orders.known,
        '"SELECT digest, token FROM receipts WHERE anchor = ?"',
        '"SELECT digest, token FROM receipts WHERE anchor = ? OR 1"',
        {"result of order A for order B": "review"},
    ),
    "criteria by their digest": Control(
        record._stated,
        "(criteria.name, criteria.digest) != (record.criteria.name, record.criteria.digest)",
        "False",
        {"edited criteria": "review"},
    ),
    "an ONT as ordered": Control(
        verdict._status,
        "str(measured.value).upper() == limit.equals.upper()",
        "True",
        {"other serial than ordered": "closed", "neighbour's ONT": "closed"},
    ),
    "the same ONT after the test": Control(
        ont_again.Twice.identity,
        '"same" if after.value == before.value else "changed"',
        '"same"',
        {"ONT swapped between reading and test": "closed"},
    ),
    "an ONT that was not restarted": Control(
        disturbance._other_ont, "rise is not None and rise < 0", "False", {"ONT swapped in mid test": "closed"}
    ),
    "octets of the ONT's port": Control(
        disturbance._other_line, "ratio is None or", "True or", {"test that went another way": "closed"}
    ),
    "a port that stood still is idle": Control(
        ont_again.Twice._unmoved,
        "own.number and any(",
        "False and any(",
        {"ONT counters flat beside moving ones": "review"},
    ),
    "counters that stood still": Control(
        ont_again.stood_still, "if still else []", "if False else []", {"ONT counters flat": "closed"}
    ),
}
