"""Controls of the back office: what its desk and ledger leave to a person, or refuse."""

from agent.acceptor import believing, desk, line_binding, placing, reviewing
from tests.frauds.control import Control

CONTROLS = {
    "the verdict judged again": Control(
        desk._failing, 'verdict.outcome == "rejected"', "False", {"verdict pass over failing numbers": "closed"}
    ),
    "a network of the operator's": Control(
        line_binding.bind,
        "if not found:",
        "if not found:\n            continue\n        if False:",
        {"phone hotspot": "closed"},
    ),
    "the network of the ordered line": Control(
        line_binding.bind,
        "not any(circuit.serves(signed.resource) for circuit in found)",
        "False",
        {"neighbour's line": "closed"},
    ),
    "another line is for a person": Control(
        desk._accepted,
        'binding.state == "other line"',
        "False",
        {"phone hotspot": "closed", "neighbour's line": "closed"},
    ),
    "one content of a work order": Control(
        desk._ticket_doubts, 'facts.ticket == "other"', "False", {"order that was replaced": "review"}
    ),
    "a chain begun anew": Control(
        desk._accepted, 'facts.chain == "re-anchored"', "False", {"journal thrown away": "closed"}
    ),
    "only signed orders": Control(
        desk._accepted,
        "unanchored and not facts.close_unanchored",
        "False",
        {"unsigned copy of a signed order": "review"},
    ),
    "only orders of ours": Control(
        desk._anchor_doubts,
        'return because("order_unknown", ["the signed order that the record names was not issued here"])',
        "return []",
        {"order that was never issued": "review"},
    ),
    "withdrawn orders": Control(
        desk._revoked, "if order.revoked else []", "if False else []", {"order that was withdrawn": "closed"}
    ),
    "quarantine": Control(
        desk.decide,
        "if facts.quarantine:",
        "if False:",
        {
            "card cloned": "review",
            "card rolled back": "review",
            "key in quarantine": "review",
            "record put into another chain": "review",
        },
    ),
    "one record for one place": Control(
        placing.place_of,
        "around.here is not None",
        "False",
        {"card cloned": "error", "card rolled back": "error"},
    ),
    "records follow each other": Control(
        placing.place_of, "around.before == record.prev", "True", {"record put into another chain": "closed"}
    ),
    "no gap in a chain": Control(
        placing.place_of,
        'return Place(standing="early")',
        'return Place(standing="next")',
        {"failed attempt kept back": "closed"},
    ),
    "the same record, the same answer": Control(
        placing.place_of, "around.acceptance is not None", "False", {"old result again": "error"}
    ),
    "no decision on what was overtaken": Control(
        reviewing.refusal, "not known.newest", "False", {"decision on an attempt that was overtaken": "closed"}
    ),
    "no acceptance under a key in quarantine": Control(
        reviewing._not_acceptable, "if known.quarantine:", "if False:", {"decision for a cloned card": "closed"}
    ),
    "records in the name of their key": Control(
        believing.believed, "record.station != opened.key.name", "False", {"two stations with one key": "review"}
    ),
    "receipts in the name of their key": Control(
        believing.witnessed,
        "made.reflector != opened.key.name",
        "False",
        {"receipt in another reflector's name": "closed"},
    ),
}
