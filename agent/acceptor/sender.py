"""The sender: works off the outbox for one ticket system, one row after the other, for ever and without hurry.

What may pass is tried again, later each time; a server that is down is left alone. A message that we cannot even make
is set aside, so that it never stops those behind it.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from agent import acknowledgement, record_form, seal
from agent.acceptor.http_exchange import Trouble
from agent.acceptor.ledger_database import Database, LedgerError
from agent.acceptor.ledger_outbox import Notice, Outbox
from agent.acceptor.message import Message
from agent.acceptor.patience import Circuit, next_delay_s
from agent.acceptor.ticket_systems import TicketSystem, Told
from diagnostics import strict_json
from diagnostics.measurement import sanitised

IDLE_S = 1.0


class Sender:
    """One system's sender; several, in several processes, may share one outbox."""

    def __init__(
        self,
        target: str,
        system: TicketSystem,
        open_database: Callable[[], Database],
        *,
        lease_s: float,
        say: Callable[[str], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._target = target
        self._system = system
        self._open_database = open_database
        self._database: Database | None = None
        self._lease = timedelta(seconds=lease_s)
        self._tell = say
        self._now = now
        self._clock = clock
        self._chance = chance
        self._circuit = Circuit()
        self._said = ""

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; a database that is away is waited for."""
        while not stop.is_set():
            try:
                wait_s = self.step()
            except LedgerError as error:
                self._let_go()
                self._say(str(error))
                wait_s = IDLE_S
            stop.wait(wait_s)
        self._let_go()

    def step(self) -> float:
        """Send one row, if one is due and the server may be asked; how many seconds to wait then."""
        rest_s = self._circuit.rest_s(self._clock())
        if rest_s:
            return min(rest_s, IDLE_S)
        if self._database is None:
            self._database = self._open_database()
        database, outbox = self._database, Outbox(self._database)
        now = self._now()
        notice = database.transact(lambda: outbox.claim(self._target, now, now + self._lease))
        if notice is None:
            return IDLE_S
        tokens, links = database.transact(lambda: (outbox.tokens(notice.digest), outbox.links(notice.order_id)))
        outcome = self._outcome(notice, tokens, links)
        self._note_health(outcome)
        settled = self._settled(outbox, notice, outcome)
        database.transact(settled)
        return 0.0

    def _outcome(self, notice: Notice, tokens: tuple[str, str] | None, links: Mapping[str, str]) -> Told | Trouble:
        if tokens is None:
            return Trouble(words="the ledger no longer holds the record", final=True, refused=True)
        try:
            return self._system.tell(_message(notice, *tokens, links))
        except Exception as error:  # our own fault: it must not stop the rows behind this one
            return Trouble(words=f"our own fault: {type(error).__name__}: {error}", final=True, refused=True)

    def _note_health(self, outcome: Told | Trouble) -> None:
        if isinstance(outcome, Told) or outcome.refused:
            self._circuit = self._circuit.succeeded()
        else:
            self._circuit = self._circuit.failed(self._clock(), self._chance(), outcome.least_s)

    def _settled(self, outbox: Outbox, notice: Notice, outcome: Told | Trouble) -> Callable[[], None]:
        """What is to be noted of an outcome, which is told now."""
        words = sanitised(outcome.words, 500)
        if isinstance(outcome, Told):
            self._say("")
            return lambda: _note_told(outbox, notice, words, outcome.links)
        if outcome.final:
            self._tell(f"tickets, {self._target}: {notice.order_id} {notice.event} is set aside: {words}")
            return lambda: outbox.set_aside(notice.number, words)
        self._say(f"{words}; trying again")
        until = self._now() + timedelta(seconds=next_delay_s(notice.attempts, self._chance(), outcome.least_s))
        return lambda: outbox.postpone(notice.number, words, until)

    def _let_go(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            database.close()

    def _say(self, words: str) -> None:
        """Tell what is the matter, once until it changes."""
        if words and words != self._said:
            self._tell(f"tickets, {self._target}: {words}")
        elif self._said and not words:
            self._tell(f"tickets, {self._target}: is told again")
        self._said = words


def _note_told(outbox: Outbox, notice: Notice, said: str, links: Mapping[str, str]) -> None:
    outbox.link(notice.order_id, links)
    outbox.told(notice.number, said)


def _message(notice: Notice, record: str, acceptance: str, links: Mapping[str, str]) -> Message:
    stated = strict_json.parse_object(seal.read(acceptance, typ=seal.ACCEPTANCE).payload)
    return Message(
        key=notice.key,
        event=notice.event,
        why=notice.why,
        at=notice.decided_at,
        record=record_form.parse(seal.read(record, typ=seal.RECORD).payload),
        acceptance=acknowledgement.from_json(stated),
        token=acceptance,
        repeated=notice.attempts > 1,
        links=links,
    )
