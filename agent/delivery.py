"""Delivery: every record that the acceptor has not acknowledged goes to the broker, until it has.

What is to be sent is derived from the journal alone. A broker's word ends nothing; only an acceptance that is verified,
names the record's very digest and is saved in the journal does.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent import acknowledgement, have, mqtt_link, record_message, seal
from agent.anti_entropy import EVERY_S, AntiEntropy
from agent.chain import Chain
from agent.config_broker import MqttSettings
from agent.kit.courier import Courier, Kits
from agent.link import Link
from agent.mqtt_link import PREFIX, Connected, Lost, Published, Received, Subscribed
from agent.mqtt_redial import Redial
from agent.outbox import RESEND_AFTER_S, Outbox, State, next_delay
from agent.presence import Presence
from agent.support.mail import Mail
from agent.support.port import Port
from agent.trust import Trust
from diagnostics.errors import NotAvailable
from diagnostics.measurement import sanitised

_TICK_S = 1.0
_ORDER_BYTES = 2 << 20
_HEADER_BYTES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How patient a delivery is; tests bring their own."""

    resend_after_s: float = RESEND_AFTER_S
    have_every_s: float = EVERY_S
    chance: Callable[[], float] = random.random


class Delivery:
    """Hands the chain's unacknowledged records to one broker; used by one thread at a time."""

    def __init__(
        self,
        chain: Chain,
        trust: Trust,
        settings: MqttSettings,
        *,
        births: Path,
        pace: Pace | None = None,
        say: Callable[[str], None] = lambda words: None,
        take_order: Callable[[bytes], None] | None = None,
        kits: Kits | None = None,
        port: Port | None = None,
    ) -> None:
        self._chain = chain
        self._trust = trust
        self._pace = pace or Pace()
        self._tell = say
        self._take_order = take_order
        self._said = ""
        self._base = f"{PREFIX}/{settings.tenant}/{chain.station}"
        self._outbox = Outbox(resend_after_s=self._pace.resend_after_s)
        kits = kits or Kits()
        self._presence = Presence(chain, self._base, births, kits.told)
        self._anti_entropy = AntiEntropy(chain, every_s=self._pace.have_every_s)
        self._redial = Redial(
            settings,
            client_id=f"prooflight-{settings.tenant}-{chain.station}",
            pause=lambda failures: next_delay(failures, self._pace.chance()),
            will=self._presence.will,
        )
        self._ready = False
        self._window = self._largest = 0
        self._mids: dict[int, str] = {}
        self.courier = Courier(kits, self._base, wake=self.wake, say=self._say)
        self._mail = Mail(port, self._base, wake=self.wake, say=self._say)
        chain.journal.watch(lambda entry: self.wake())

    def wake(self) -> None:
        """Look for new records now; may be called from any thread."""
        self._redial.wake()

    def resend(self, links: Sequence[Link]) -> None:
        """Send these records once more, also acknowledged ones; may be called from any thread."""
        self._anti_entropy.want(links)
        self.wake()

    @property
    def connected(self) -> bool:
        """Whether the broker listens to us now; may be asked from any thread."""
        return self._ready

    def state(self, digest: str) -> State | None:
        """Where a record stands on its way; None where it left the outbox, or has not been looked at yet."""
        return self._outbox.state(digest)

    def run(self, stop: threading.Event) -> None:
        """Deliver until `stop` is set; notices it within a second, at once after `wake`.

        JournalError where an acceptance can no longer be saved: then the station must end.
        """
        self._work(stop.is_set)

    def deliver(self, deadline_s: float) -> bool:
        """Deliver what there is; True when all of it is acknowledged, False when the time is over before."""
        end = time.monotonic() + deadline_s
        self._work(lambda: not (self._chain.pending() or self._anti_entropy.asked) or time.monotonic() >= end)
        return not self._chain.pending()

    def _work(self, done: Callable[[], bool]) -> None:
        try:
            while not done():
                self._step()
        finally:
            self._leave()

    def _open(self) -> dict[str, Link]:
        """The records that are to go out, oldest first: what nobody acknowledged, and what was asked for again."""
        links = {link.digest: link for link in self._chain.pending()}
        if not self._anti_entropy.asked:
            return links
        links |= self._anti_entropy.asked
        return dict(sorted(links.items(), key=lambda item: (item[1].epoch, item[1].seq)))

    def _step(self) -> None:
        again = self._anti_entropy.taken_up()
        links = self._open()
        self._outbox.follow(links)
        self._outbox.hurry(again)
        now = time.monotonic()
        if self._ready:
            if self.courier.birth_is_due():
                self._presence.tell_birth(self._link)
            self._send(links, now)
            self._tell_have(now)
            if not self._outbox.waits(now):
                self._mail.send(self._link, len(self._mids))
        event = self._redial.next(self._patience(now))
        if event is not None:
            self._on_event(event)

    def _patience(self, now: float) -> float:
        if not self._ready:
            return _TICK_S
        due = [self._outbox.next_due(), self._anti_entropy.due_at if self._outbox.idle(now) else None]
        return min([_TICK_S, *(max(0.01, at - now) for at in due if at is not None)])

    def _send(self, links: dict[str, Link], now: float) -> None:
        for digest in self._outbox.due(now, self._mail.left_of(self._window)):
            link = links[digest]
            topic = f"{self._base}/record/{link.epoch}/{link.seq}"
            payload = record_message.payload(self._chain, link)
            if len(topic) + len(payload) + _HEADER_BYTES > self._largest:
                self._refused(digest, mqtt_link.TOO_LARGE)  # the broker would hang up, and take all others with it
                continue
            mid = self._link.publish(topic, payload)
            if mid is None:
                return
            self._mids[mid] = digest
            self._outbox.sent(digest)

    def _tell_have(self, now: float) -> None:
        """Say what we have once all of it has gone out, so that nothing is asked for that is on its way."""
        if self._outbox.idle(now):
            if 0.0 < self._anti_entropy.due_at <= now:  # not with the first one, which follows the birth
                self._presence.tell_birth(self._link)
            for told in self._anti_entropy.tell(now):
                self._link.publish(f"{self._base}/have", have.write(told))

    def _on_event(self, event: mqtt_link.Event) -> None:
        if self._mail.heed(event, self._redial.link) or self.courier.heed(event, self._redial.link):
            return
        match event:
            case Connected():
                self._greet(event)
            case Subscribed(code=code) if code >= 0x80:
                self._redial.hang_up()
                self._lost(f"{self._base}/in: {mqtt_link.reason_words(code)}")
            case Subscribed():
                self._ready = True
                self._redial.settled()
            case Published():
                self._note(event)
            case Received() if event.topic == f"{self._base}/in/order":
                self._hand_on(event)
            case Received() if have.is_resend(event.payload):
                self._heed(event)
            case Received():
                self._take(event)
            case Lost(why=why):
                self._lost(why)

    def _greet(self, event: Connected) -> None:
        self._window = min(mqtt_link.RECEIVE_MAXIMUM, event.receive_maximum)
        self._largest = event.largest_packet
        self._anti_entropy.connected()
        if not event.session_present:
            self._outbox.session_lost()
        self._link.subscribe(f"{self._base}/in/acceptance")  # first: nothing goes out before it is answered
        if self._take_order is not None:
            self._link.subscribe(f"{self._base}/in/order")
        self.courier.greet(self._link)
        self._presence.tell_birth(self._link)
        self._mail.born(self._presence.nonce, event.receive_maximum)

    def _note(self, event: Published) -> None:
        digest = self._mids.pop(event.mid, None)
        if digest is None:
            return
        now = time.monotonic()
        if event.code == 0:
            self._outbox.handed(digest, now)
            self._anti_entropy.handed(digest)
            self._say("results handed to the broker; waiting for the acceptor")
        else:
            self._refused(digest, event.code)

    def _refused(self, digest: str, code: int) -> None:
        self._outbox.refused(digest, time.monotonic(), self._pace.chance())
        self._say(f"{self._base}/record: {mqtt_link.reason_words(code)}; will try again")

    def _hand_on(self, event: Received) -> None:
        """Save what the ticket service sent, then tell the broker that we have it; the inbox looks into it."""
        if event.retained or len(event.payload) > _ORDER_BYTES or self._take_order is None:
            self._say("an order was let go: it was retained, or larger than an order is")
        else:
            try:
                self._take_order(event.payload)
            except NotAvailable as error:
                self._say(f"{error}; the broker keeps it")
                return
        self._link.acknowledge(event)

    def _take(self, event: Received) -> None:
        """Save a verified acceptance, then tell the broker that we have it; anything else is told and let go."""
        try:
            token = event.payload.decode("ascii", errors="replace")
            opened = seal.open_sealed(token, typ=seal.ACCEPTANCE, trust=self._trust)
            made = acknowledgement.from_json(opened.content)
            # The acceptor's clock is the one that counts; ours may stand in 1970 or in 2099, and says nothing.
            seal.check_validity(opened, max(made.issued_at, self._chain.floor))
            seal.refuse_revoked(opened)
        except (seal.SealError, acknowledgement.AcceptanceError) as error:
            self._say(f"an acceptance is not believed: {sanitised(str(error))}")
        else:
            link = next((link for link in self._chain.links if link.digest == made.record), None)
            if link is not None:
                self._chain.acknowledge(link, token, made.issued_at)
        self._link.acknowledge(event)

    def _heed(self, event: Received) -> None:
        """Send again what the acceptor lacks; a request that was kept by the broker is of another time."""
        try:
            again = [] if event.retained else self._anti_entropy.heed(have.parse_resend(event.payload))
        except have.HaveError as error:
            self._say(f"a request of the acceptor is not understood: {sanitised(str(error))}")
        else:
            self._outbox.hurry(again)
            if again:
                self._say(f"the acceptor asked for {len(again)} records again")
        self._link.acknowledge(event)

    def _lost(self, why: str) -> None:
        self._forget_connection()
        self._say(f"{why}; results wait in the journal")

    def _forget_connection(self) -> None:
        self._ready = False
        self._mids.clear()
        self._mail.lost()
        self._outbox.connection_lost()

    def _leave(self) -> None:
        if self._ready and self._mail.drain(self._link, self._redial.next, len(self._mids)):
            self._presence.tell_death(self._link)
        self._forget_connection()
        self._redial.close()

    @property
    def _link(self) -> mqtt_link.Link:
        assert self._redial.link is not None, "an event came out, so its connection stands"
        return self._redial.link

    def _say(self, words: str) -> None:
        if words != self._said:
            self._said = words
            self._tell(words)
