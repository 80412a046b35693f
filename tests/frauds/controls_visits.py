"""Controls on visits: that one is waited for, whose it is, and that it is judged again."""

from agent import visit_link
from agent.acceptor import desk, ledger_visits
from tests.frauds.control import Control

CONTROLS = {
    "a result waits for its visit": Control(
        desk.decide, "demands_visit(record, facts.load_criteria)", "False", {"visit left out": "closed"}
    ),
    "the visit judged again": Control(
        desk._visit, "failing := _failing(record, facts)", "failing := None", {"visit prettified": "closed"}
    ),
    "a visit mends no result": Control(
        desk._visit,
        'result.decision not in ("closed", "recorded")',
        "False",
        {"visit of a failing line": "rejected"},
    ),
    "only the newest attempt": Control(
        desk._visit, "not known.newest", "False", {"visit of the better attempt": "closed"}
    ),
    "a visit by the tester": Control(
        ledger_visits.visited, "WHERE kid = ? AND", "WHERE kid != ? AND", {"visit by another station": "review"}
    ),
    "the visit's facts": Control(
        visit_link.strays, "visit.ordered == closed.ordered", "True", {"visit under milder facts": "closed"}
    ),
    "the visit's criteria": Control(
        visit_link.strays, "visit.criteria == closed.criteria", "True", {"visit under milder criteria": "review"}
    ),
    "the bar code compared": Control(
        visit_link.strays, "_barcode_holds(visit, closed)", "True", {"bar code never compared": "rejected"}
    ),
}
