"""Tickets that are kept elsewhere, too: our own table decides what is closed, the outbox says who else is told.

A work order's state elsewhere follows only what our table made of it: what comes behind the closing, or under another
content, is told as a test and changes no state.
"""

from collections.abc import Callable

from agent.acceptor.ledger_database import Connection
from agent.acceptor.ledger_outbox import Outbox
from agent.acceptor.message import event_of
from agent.acceptor.tickets import EmbeddedTickets, News
from agent.record import OrderRef

_STATES = ("tmf621", "tmf697")  # systems whose state of a work order or trouble ticket is changed
_TESTS = ("tmf653",)  # systems that keep one test for each attempt
_ATTEMPTS = ("E", "A", "X", "P")  # what ends an attempt


class OutboxTickets(EmbeddedTickets):
    """The embedded table, with an outbox for the systems that `told` names for each event."""

    def __init__(self, connection: Connection, told: Callable[[str], tuple[str, ...]]) -> None:
        super().__init__(connection)
        self._outbox = Outbox(connection)
        self._told = told

    def tell(self, order: OrderRef, news: News) -> None:
        """Enter what each system is to be told."""
        event = event_of(news.tx, news.decision)
        targets = self._told(event)
        ours = bool(targets) and (news.decision == "closed" or self.state(order) == "open")
        for target in targets:
            if (target in _STATES and not ours) or (target in _TESTS and news.tx not in _ATTEMPTS):
                continue
            self._outbox.enter(target, order.id, news.record, event, news.why, news.at, again=news.again)
