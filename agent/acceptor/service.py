"""The acceptor's service: records come in, acceptances go out, and nothing is acknowledged before its commit.

What is not a believable record is counted in the log and let go: it gets no answer. Several services may share one
database and one subscription; the database decides.
"""

import contextlib
import queue
import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from agent import mqtt_link, opening, receipt, record_form, seal
from agent.acceptor.ledger import Answer, Arrival, Ledger, Witnessed
from agent.config_broker import MqttSettings
from agent.mqtt_link import PREFIX, Connected, Lost, Published, Received, Subscribed
from agent.receipt import ReceiptError
from agent.record import RecordError
from agent.trust import PinnedKeys, Trust
from diagnostics.errors import BadConfiguration
from diagnostics.measurement import sanitised

_TICK_S = 1.0
MOST_RECEIPTS = 64
_KINDS = ("record", "receipt")
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
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._ledger = ledger
        self._keys = keys
        self._settings = settings
        mqtt_link.check_settings(settings)
        self._client_id = f"prooflight-{settings.tenant}-acceptor-{name}"
        self._say = say
        self._now = now
        self._events: queue.SimpleQueue[tuple[int, mqtt_link.Event | None]] = queue.SimpleQueue()
        self._link: mqtt_link.Link | None = None
        self._number = 0
        self._failures = 0
        self._unanswered = 0
        self._connect_at = 0.0

    def wake(self) -> None:
        """Look at `stop` now; may be called from any thread and from a signal handler."""
        self._events.put((0, None))

    def run(self, stop: threading.Event) -> None:
        """Serve until `stop` is set; LedgerError where the database fails, with nothing acknowledged that it lacks."""
        try:
            while not stop.is_set():
                self._step()
        finally:
            if self._link is not None:
                self._link.close()

    def _step(self) -> None:
        now = time.monotonic()
        if self._link is None and now >= self._connect_at:
            self._connect()
        wait = _TICK_S if self._link else min(_TICK_S, max(0.01, self._connect_at - now))
        try:
            number, event = self._events.get(timeout=wait)
        except queue.Empty:
            return
        if event is not None and number == self._number:
            self._on_event(event)

    def _connect(self) -> None:
        self._number += 1
        number = self._number
        try:
            self._link = mqtt_link.Link(
                self._settings, client_id=self._client_id, tell=lambda event: self._events.put((number, event))
            )
        except BadConfiguration as error:  # a password file that was right when we started
            self._drop(str(error))

    def _on_event(self, event: mqtt_link.Event) -> None:
        assert self._link is not None
        match event:
            case Connected():
                self._unanswered = len(_KINDS)
                for kind in _KINDS:
                    self._link.subscribe(f"$share/acceptor/{PREFIX}/{self._settings.tenant}/+/{kind}/#")
            case Subscribed(code=code) if code >= 0x80:
                self._drop(f"records and receipts: {mqtt_link.reason_words(code)}")
            case Subscribed():
                self._failures = 0
                self._unanswered -= 1
                if not self._unanswered:
                    self._say("listening")
            case Received(topic=topic) if topic.split("/")[4:5] == ["receipt"]:
                self._take_receipt(event)
                self._link.acknowledge(event)
            case Received():
                for answer in self._answers(event):
                    self._send(answer)
                self._link.acknowledge(event)
            case Published(code=code) if code not in (0, mqtt_link.NO_SUBSCRIBERS):
                self._say(f"an acceptance was not taken: {mqtt_link.reason_words(code)}; it goes out when asked again")
            case Lost(why=why):
                self._drop(why)

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

    def _send(self, answer: Answer) -> None:
        assert self._link is not None
        topic = f"{PREFIX}/{self._settings.tenant}/{answer.station}/in/acceptance"
        self._link.publish(topic, answer.token.encode(), repeat=answer.repeat)

    def _drop(self, why: str) -> None:
        link, self._link = self._link, None
        self._number += 1
        bound = min(_LONGEST_DELAY_S, _FIRST_DELAY_S * (1 << min(self._failures, 16)))
        self._connect_at = time.monotonic() + random.uniform(bound / 2, bound)
        self._failures += 1
        self._say(f"{why}; trying again")
        if link is not None:
            link.close()


def believed(event: Received, trust: Trust, at: datetime) -> Arrival:
    """The record in a message, once its seal, form and station are verified; SealError or RecordError where not.

    Its opening and the receipts behind it come along; what is no opening of this record, or no receipt of a pinned
    reflector, is left out, and will be missing.
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
    made = _opening(hidden, opened.envelope.digest)
    return Arrival(envelope=opened.envelope, record=record, at=at, receipts=tuple(receipts), opening=made)


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
