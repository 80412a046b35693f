"""The acceptor's service: records come in, acceptances go out, and nothing is acknowledged before its commit.

What is not a believable record is counted in the log and let go: it gets no answer. Several services may share one
database and one subscription; the database decides.
"""

import contextlib
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from agent import acknowledgement, have, mqtt_link, opening, receipt, record_form, seal
from agent.acceptor import anti_entropy
from agent.acceptor.later import Later
from agent.acceptor.ledger import Ledger
from agent.acceptor.office import Answer, Arrival, Remembered, Witnessed
from agent.config_broker import MqttSettings
from agent.mqtt_link import PREFIX, Connected, Event, Link, Lost, Published, Received, Subscribed
from agent.mqtt_redial import Redial
from agent.receipt import ReceiptError
from agent.record import RecordError
from agent.trust import PinnedKeys, Trust
from diagnostics.measurement import sanitised

_TICK_S = 1.0
MOST_RECEIPTS = 64
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
        self._redial = Redial(settings, client_id=f"prooflight-{settings.tenant}-acceptor-{name}", pause=_pause)
        self._say = say
        self._now = now
        self._unanswered = 0
        self._later = later or Later()

    def wake(self) -> None:
        """Look at `stop` now; may be called from any thread and from a signal handler."""
        self._redial.wake()

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set; LedgerError where the database fails, with nothing acknowledged that it lacks."""
        try:
            while not stop.is_set():
                event = self._redial.next(_TICK_S)
                if event is not None:
                    self._on_event(event)
                if self._redial.link is not None and not self._unanswered:
                    self._send_later()
        finally:
            self._redial.close()

    def _on_event(self, event: Event) -> None:
        match event:
            case Connected():
                self._unanswered = len(_KINDS)
                self._later.forget()
                for kind in _KINDS:
                    self._link.subscribe(f"$share/acceptor/{PREFIX}/{self._tenant}/+/{kind}/#")
            case Subscribed(code=code) if code >= 0x80:
                self._redial.hang_up()
                self._say(f"records and receipts: {mqtt_link.reason_words(code)}; trying again")
            case Subscribed():
                self._redial.settled()
                self._unanswered -= 1
                if not self._unanswered:
                    self._say("listening")
            case Received(topic=topic) if topic.split("/")[4:5] == ["receipt"]:
                self._take_receipt(event)
                self._link.acknowledge(event)
            case Received(topic=topic) if topic.split("/")[4:] == ["have"]:
                self._compare(event)
                self._link.acknowledge(event)
            case Received():
                for answer in self._answers(event):
                    self._send(answer)
                self._link.acknowledge(event)
            case Published(code=0, mid=mid):
                self._later.handed(self._ledger, mid, self._now())
            case Published(code=code) if code not in (0, mqtt_link.NO_SUBSCRIBERS):
                self._say(f"an answer was not taken: {mqtt_link.reason_words(code)}; it goes out when asked again")
            case Lost(why=why):
                self._say(f"{why}; trying again")

    def _answers(self, event: Received) -> list[Answer]:
        try:
            arrival = believed(event, self._keys.now(), self._now())
        except (seal.SealError, RecordError) as error:
            self._say(f"{sanitised(event.topic, 120)}: not believed: {sanitised(str(error))}")
            return []
        answers = self._ledger.take(arrival)
        for answer in answers:
            place = f"{answer.station} {arrival.record.epoch}/{arrival.record.seq}"
            self._say(f"{place} {arrival.record.tx}: {sanitised(answer.words)}")
        if not answers:
            self._say(f"{arrival.record.station} {arrival.record.epoch}/{arrival.record.seq}: waits for the one before")
        return answers

    def _take_receipt(self, event: Received) -> None:
        try:
            made = witnessed(event.payload.decode("ascii", errors="replace"), self._keys.now(), self._now())
        except (seal.SealError, ReceiptError) as error:
            self._say(f"{sanitised(event.topic, 120)}: not believed: {sanitised(str(error))}")
            return
        if self._ledger.note(made, self._now().isoformat()):
            seen = f"run {made.receipt.run} of order {made.receipt.order[:12]} for {made.receipt.station}"
            self._say(f"receipt of {made.receipt.reflector}: {seen}, {made.receipt.state}")

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
            self._say(f"{station} {asked.epoch}/{asked.first}..{asked.last}: asked for again")
            self._link.publish(f"{PREFIX}/{self._tenant}/{station}/in/acceptance", have.write(asked))

    def _send_later(self) -> None:
        """Send what nobody asked for just now: rulings that waited for the look-up of lines, and reviews of persons."""
        for digest, answer in self._later.due(self._ledger, self._now()):
            self._say(f"{answer.station} record {digest[:12]}: {sanitised(answer.words)}")
            self._later.sent(digest, self._send(answer))

    def _send(self, answer: Answer) -> int | None:
        topic = f"{PREFIX}/{self._tenant}/{answer.station}/in/acceptance"
        return self._link.publish(topic, answer.token.encode(), repeat=answer.repeat)

    @property
    def _link(self) -> Link:
        assert self._redial.link is not None, "an event came out, so its connection stands"
        return self._redial.link


def _pause(failures: int) -> float:
    bound = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * (1 << min(failures, 16)))
    return random.uniform(bound / 2, bound)


def believed(event: Received, trust: Trust, at: datetime) -> Arrival:
    """The record in a message, once its seal, form and station are verified; SealError or RecordError where not.

    Its opening, the receipts behind it and the acceptance that the station holds already come along; what is no opening
    of this record, or not signed by a pinned reflector or acceptor, is left out, and will be missing.
    """
    first, *others = event.payload.decode("ascii", errors="replace").split("\n")
    token, _, hidden = first.partition("~")
    opened = seal.open_sealed(token, typ=seal.RECORD, trust=trust, at=at)
    record = record_form.from_json(opened.content)
    if record.station != opened.key.name:
        raise RecordError(f"station: {record.station} is not {opened.key.name}, whose key signed it")
    receipts = []
    for other in others[:MOST_RECEIPTS]:
        with contextlib.suppress(seal.SealError, ReceiptError):
            receipts.append(witnessed(other, trust, at))
    digest = opened.envelope.digest
    return Arrival(
        envelope=opened.envelope,
        record=record,
        at=at,
        receipts=tuple(receipts),
        opening=_opening(hidden, digest),
        remembered=_remembered(others[-1], digest, trust, at) if others else None,
    )


def _remembered(token: str, of: str, trust: Trust, at: datetime) -> Remembered | None:
    """The acceptance of this very record that one of our own keys signed; anything else is nothing."""
    try:
        opened = seal.open_sealed(token, typ=seal.ACCEPTANCE, trust=trust, at=at)
        made = acknowledgement.from_json(opened.content)
    except (seal.SealError, acknowledgement.AcceptanceError):
        return None
    return Remembered(acceptance=made, token=token) if made.record == of else None


def _opening(token: str, of: str) -> str | None:
    """An opening that says to be of this record; nothing in it is believed before it is opened."""
    try:
        return token if opening.read(token).of == of else None
    except opening.OpeningError:
        return None


def witnessed(token: str, trust: Trust, at: datetime) -> Witnessed:
    """A reflector's receipt, once its seal and form are verified; SealError or ReceiptError where they are not."""
    opened = seal.open_sealed(token, typ=seal.RECEIPT, trust=trust, at=at)
    made = receipt.from_json(opened.content)
    if made.reflector != opened.key.name:
        raise ReceiptError(f"reflector: {made.reflector} is not {opened.key.name}, whose key signed it")
    return Witnessed(receipt=made, token=token)
