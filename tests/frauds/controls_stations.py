"""Controls of stations and gates: what is not begun at all."""

from agent import admission, assignment
from agent.gate import GatedThroughput
from agent.order_book import OrderBook
from agent.reflector.gate import Gate
from tests.frauds.control import Control

CONTROLS = {
    "runs of a bounded length": Control(
        admission.from_json,
        'root.whole("average_s", 1, MOST_SECONDS)',
        'root.whole("average_s", 1, 10**9)',
        {"at the gate, a longer run than is allowed": "went through"},
    ),
    "the signed text": Control(
        assignment._assignment,
        "not _is_content(content, disclosures, signed.order_digest)",
        "False",
        {"signed order around another text": "not admitted"},
    ),
    "a station's own orders": Control(
        OrderBook._refuse,
        "self._chain.station not in signed.stations",
        "False",
        {"order for another station, honestly": "went through"},
    ),
    "a technician's own orders": Control(
        OrderBook._refuse, "signed.technicians and", "False and", {"order for another technician": "went through"}
    ),
    "withdrawn orders, at the station": Control(
        OrderBook._refuse,
        "if anchor in self._revoked:",
        "if False:",
        {"withdrawn order at an honest station": "went through"},
    ),
    "expired orders, at the station": Control(
        OrderBook._refuse,
        "self._chain.floor > signed.expires_at",
        "False",
        {"expired order at an honest station": "went through"},
    ),
    "attempts allowed, at the station": Control(
        OrderBook._refuse, "used >= signed.attempts", "False", {"one attempt more, honestly": "went through"}
    ),
    "receipts of this very run": Control(
        GatedThroughput._believe, "!= ours:", "is None:", {"receipt of another run at an honest station": "review"}
    ),
    "nonces once": Control(
        Gate._fault,
        "(fresh,",
        "(True,",
        {"proof shown twice": "went through", "at the gate, a nonce of nobody": "went through"},
    ),
    "the gate's own admissions": Control(
        Gate._fault,
        "asked.reflector == self._settings.name",
        "True",
        {"at the gate, a proof for another gate": "went through"},
    ),
    "the order beside its admission": Control(
        Gate._fault, "asked.order == order", "True", {"at the gate, a proof for another order": "went through"}
    ),
    "the order's stations, at the gate": Control(
        Gate._fault, "station in signed.stations", "True", {"at the gate, an order for another station": "went through"}
    ),
    "the order's reflectors, at the gate": Control(
        Gate._fault,
        "any(r.name == self._settings.name for r in signed.reflectors)",
        "True",
        {"at the gate, an order that names other reflectors": "went through"},
    ),
    "the order's time, at the gate": Control(
        Gate._fault,
        "signed.issued_at <= at <= signed.expires_at",
        "True",
        {
            "at the gate, an order that expired": "went through",
            "at the gate, an order from the future": "went through",
            "expired order at the gate": "went through",
        },
    ),
}
