"""The acceptor's service: records come in, acceptances go out, and nothing is acknowledged before its commit.

What has arrived is entered together, so that one sync serves many. A database that is away is waited for. Several
services may share one database and one subscription; the database decides.
"""

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from agent import have, mqtt_link
from agent.acceptor import anti_entropy
from agent.acceptor.intake import Intake
from agent.acceptor.later import Later
from agent.acceptor.ledger import Ledger
from agent.acceptor.ledger_database import LedgerAway
from agent.acceptor.office import Answer
from agent.config_broker import MqttSettings
from agent.mqtt_link import PREFIX, Connected, Event, Link, Lost, Published, Received, Subscribed
from agent.mqtt_redial import Redial
from agent.trust import PinnedKeys
from diagnostics.measurement import sanitised

MOST_TOGETHER = 64  # messages in one transaction, and so on their way to us without an answer
_TICK_S = 1.0
_KINDS = ("record", "receipt", "have")
_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.2, 30.0


class Service:
    """Consumes records from one broker into a ledger, until it is told to stop."""

    def __init__(
        self,
        ledger: Ledger,
        keys: PinnedKeys,
        settings: MqttSettings,
        *,
        name: str,
        say: Callable[[str], None],
        later: Later | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._keys = keys
        self._tenant = settings.tenant
        self._redial = Redial(
            settings,
            client_id=f"prooflight-{settings.tenant}-acceptor-{name}",
            pause=pause,
            receive_maximum=MOST_TOGETHER,
        )
        self._say = say
        self._now = now
        self._intake = Intake(ledger, keys, say=say, now=now)
        self._held: list[Received] = []
        self._failures = 0
        self._settle_at = 0.0
        self._unanswered = 0
        self._later = later or Later()

    def wake(self) -> None:
        """Look at `stop` now; may be called from any thread and from a signal handler."""
        self._redial.wake()

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set; LedgerError where the database fails, with nothing acknowledged that it lacks."""
        try:
            while not stop.is_set():
                event = self._redial.next(self._patience())
                while event is not None:
                    self._on_event(event)
                    event = self._redial.next(0) if len(self._held) < MOST_TOGETHER else None
                if self._held and time.monotonic() >= self._settle_at:
                    self._settle()
                if self._redial.link is not None and not self._unanswered:
                    self._send_later()
        finally:
            self._redial.close()

    def _patience(self) -> float:
        """How long to wait for news; less where what is held is to be tried again."""
        return min(_TICK_S, max(0.0, self._settle_at - time.monotonic())) if self._held else _TICK_S

    def _on_event(self, event: Event) -> None:
        match event:
            case Connected():
                self._unanswered = len(_KINDS)
                self._later.forget()
                for kind in _KINDS:
                    self._link.subscribe(f"$share/acceptor/{PREFIX}/{self._tenant}/+/{kind}/#")
            case Subscribed(code=code) if code >= 0x80:
                self._redial.hang_up()
                self._let_go()
                self._say(f"records, receipts, have: {mqtt_link.reason_words(code)}; trying again")
            case Subscribed():
                self._redial.settled()
                self._unanswered -= 1
                if not self._unanswered:
                    self._say("listening")
            case Received():
                self._held.append(event)
                if not _is_have(event):
                    self._intake.add(event)
            case Published(code=0, mid=mid):
                self._later.handed(self._ledger, mid, self._now())
            case Published(code=code) if code not in (0, mqtt_link.NO_SUBSCRIBERS):
                self._say(f"an answer was not taken: {mqtt_link.reason_words(code)}; it goes out when asked again")
            case Lost(why=why):
                self._let_go()
                self._say(f"{why}; trying again")

    def _settle(self) -> None:
        """Enter what is held, answer it and acknowledge it; all of it stays held where the database is away."""
        try:
            answers = self._intake.enter()
            for event in filter(_is_have, self._held):
                self._compare(event)
        except LedgerAway as error:
            self._settle_at = time.monotonic() + pause(self._failures)
            self._failures += 1
            self._say(f"{error}; {len(self._held)} messages wait, trying again")
            return
        self._failures = 0
        for answer in answers:
            self._send(answer)
        for event in self._held:
            self._link.acknowledge(event)
        self._held.clear()

    def _let_go(self) -> None:
        """Forget what is held: its connection is gone, and the broker sends it again."""
        self._held.clear()
        self._intake.forget()

    def _compare(self, event: Received) -> None:
        """Ask for what the ledger lacks of what a station says it has."""
        station = event.topic.split("/")[3]
        try:
            told = have.parse_have(event.payload)
        except have.HaveError as error:
            self._say(f"{sanitised(event.topic, 120)}: not understood: {sanitised(str(error))}")
            return
        pinned = self._keys.now().keys.get(told.kid)
        if pinned is None or (pinned.role, pinned.name) != ("station", station):
            self._say(f"{sanitised(event.topic, 120)}: not believed: {told.kid} is no key of this station")
            return
        self._ledger.hear(told.kid, station, self._now())
        known = self._ledger.chains.newest(told.kid, told.epoch)
        if words := anti_entropy.doubt(told, known):
            self._say(f"{station}: {words}")
        if asked := anti_entropy.answer(told, known):
            self._ask(station, asked, f"{asked.first}..{asked.last}")
        if asked := anti_entropy.answer_reviews(told, self._ledger.reviews.awaited(told)):
            self._ask(station, asked, ", ".join(map(str, asked.numbers)))
        for answer in self._ledger.reviews.missed(told):
            self._say(f"{station} {answer.place}: {answer.words}; sent again")
            self._send(answer)

    def _ask(self, station: str, asked: have.Resend, which: str) -> None:
        self._say(f"{station} {asked.epoch}/{which}: asked for again")
        self._link.publish(f"{PREFIX}/{self._tenant}/{station}/in/acceptance", have.write(asked))

    def _send_later(self) -> None:
        """Send what nobody asked for just now: rulings that waited for the look-up of lines, and reviews of persons."""
        for digest, answer in self._later.due(self._ledger, self._now(), self._say):
            self._say(f"{answer.station} record {digest[:12]}: {sanitised(answer.words)}")
            self._later.sent(digest, self._send(answer))

    def _send(self, answer: Answer) -> int | None:
        topic = f"{PREFIX}/{self._tenant}/{answer.station}/in/acceptance"
        return self._link.publish(topic, answer.token.encode(), repeat=answer.repeat)

    @property
    def _link(self) -> Link:
        assert self._redial.link is not None, "an event came out, so its connection stands"
        return self._redial.link


def _is_have(event: Received) -> bool:
    return event.topic.split("/")[4:] == ["have"]


def pause(failures: int) -> float:
    """How many seconds to wait for a broker or a database that has failed so many times in a row."""
    bound = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * (1 << min(failures, 16)))
    return random.uniform(bound / 2, bound)
