"""Everything that goes over MQTT, once: the real delivery, acceptor, reflector and order desk on a real broker.

Only what a line would answer is made up; every byte on the broker comes from the code that sends it in the field.
"""

import contextlib
import itertools
import queue
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent import assignment, enrolment, mqtt_link, opening, opening_key
from agent.acceptor.dispatch import Letter, post, send
from agent.acceptor.issuing import withdraw
from agent.baseline import handed_out
from agent.chain import Chain
from agent.clock import StationClock
from agent.delivery import Delivery
from agent.kit.arrival import heard_of, messages
from agent.kit.courier import TOPIC
from agent.kit.keeper import Keeper
from agent.kit.store import Store
from agent.presence import Presence
from agent.record import OrderRef, Result
from agent.reflector.sender import Sender
from agent.support.asking import Asker, Asking
from agent.support.course import Patience
from agent.support.post import Post
from agent.trust import TrustedKey, load_trust
from diagnostics.child import never
from tests.agent import orders, receipts, samples, visits
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.delivering import PACE, Person, Words, acceptor, running, wait_for_acknowledgements
from tests.agent.kit.making import kit, untried
from tests.agent.support.engineers import engineer, trust_with
from tests.agent.support.stations import served
from tests.agent.test_reviews_lost import decide_all, in_review
from tests.interfaces.recorder import WAIT_S, Recorder, Sent

BASE = "prooflight/v1/north/station-1"
NOTHING: dict[str, Any] = {"first_byte_at": None, "last_byte_at": None, "series": (), "bytes": 0, "min_rtt_us": None}
RECEIPTS: dict[str, dict[str, Any]] = {
    "completed": {},
    "busy": NOTHING | {"state": "busy", "reason": "2 runs are served here at once"},
}


@dataclass
class Story:
    """Who takes part, and what each of them does once."""

    folder: Path
    broker: Broker
    ring: Ring
    station: Chain
    heard: Recorder
    inbox: "queue.SimpleQueue[bytes]" = field(default_factory=queue.SimpleQueue)
    shown: list[dict[str, Any]] = field(default_factory=list)  # how remote support stood, again and again

    def play(self) -> None:
        """All of it, one act after the other."""
        self.steps_of_every_kind_are_recorded()
        with acceptor(self.folder, self.broker, self.ring), running(self._delivery().run):
            wait_for_acknowledgements(self.station)
        self.an_order_goes_out_and_is_withdrawn()
        self.what_a_ledger_lost_is_asked_for()
        self.the_same_record_is_answered_twice()
        self.a_person_decides()
        self.a_reflector_hands_over_receipts()
        self.an_engineer_asks()
        self.a_kit_comes_into_force()
        self.a_station_dies()

    def steps_of_every_kind_are_recorded(self) -> None:
        """Attempts that end in each way that there is; one with receipts, one with an opening, one with a visit."""
        anchor = orders.signed_for_samples(self.ring.order)
        ref = OrderRef(id="WO-S", digest=orders.read(anchor).order_digest, anchor=anchor.digest)
        receipts.witnessed_visit(self.station, ref, self.ring.reflector)
        for tx in ("A", "X"):
            self.station.abandon(self._opened(7), tx, "stopped on the page", {})  # type: ignore[arg-type]
        self._opened(7)
        self.station = Chain(self.station.journal, key=self.ring.station, station="station-1", clock=StationClock())
        pinned = self._pinned()
        hidden = replace(_stated(samples.result()), opening=pinned.kid)
        self.station.finish(self._opened(1), hidden, {}, lambda of: opening.seal(of, (samples.SERIAL,), pinned))
        visits.attempt(self.station, samples.order(5))
        visits.closing(self.station)

    def an_order_goes_out_and_is_withdrawn(self) -> None:
        """The back office sends a signed order, with the line's installation, and its revocation; both are taken in."""
        made = orders.signed(self.ring.order)
        result = next(link for link in self.station.links if link.tx == "E")
        before = handed_out(self.station.token(result), self.station.receipt(result) or "")
        order = assignment.write(made.token, orders.told(), orders.work_order().raw, before)
        withdrawn = withdraw(made.digest, "wrong house", key=self.ring.order, at=datetime.now(UTC)).token
        with running(self._delivery().run):
            for raw in (order, assignment.write_withdrawal(withdrawn)):
                send(self.broker.settings, {"station-1": raw}, expiry_s=3600)
                assert self.inbox.get(timeout=WAIT_S) == raw

    def what_a_ledger_lost_is_asked_for(self) -> None:
        """An acceptor with an empty ledger asks for everything again, and gets it with what it had answered."""
        (self.folder / "ledger").unlink()
        last = f"{BASE}/record/1/{self.station.links[-1].seq}"
        with acceptor(self.folder, self.broker, self.ring), running(self._delivery().run):
            self.heard.wait(lambda sent: sent.topic == last, 2)

    def the_same_record_is_answered_twice(self) -> None:
        """A record comes once more, as when its acceptance was lost on the way."""
        with acceptor(self.folder, self.broker, self.ring):
            person = Person(self.broker, "prooflight-north-station-1")
            person.expect(mqtt_link.Connected)
            person.link.publish(f"{BASE}/record/1/1", self.station.token(self.station.links[0]).encode())
            self.heard.wait(lambda sent: sent.user == (("dup", "1"),))
            person.link.close()

    def a_person_decides(self) -> None:
        """What was left to a person is decided, and the acceptor tells the station."""
        in_review(self.folder, self.broker, self.ring, self.station, 1)
        decide_all(self.folder, self.ring)
        answers = self.heard.count(_is_answer)
        with acceptor(self.folder, self.broker, self.ring):
            self.heard.wait(_is_answer, answers + 1)

    def a_reflector_hands_over_receipts(self) -> None:
        """A reflector's sender works off its folder."""
        folder = self.folder / "receipts"
        folder.mkdir()
        for name, changes in RECEIPTS.items():
            token = receipts.sealed(receipts.made(**changes), self.ring.reflector)
            (folder / f"{name}.jws").write_text(token)
        sender = Sender(self.broker.settings, name="reflector-1", folder=folder, say=lambda words: None)
        with running(sender.run):
            self.heard.wait(lambda sent: "/receipt/" in sent.topic, len(RECEIPTS))

    def an_engineer_asks(self) -> None:
        """Somebody far away is refused, let in, and told; every kind of answer comes."""
        wang = engineer(self.folder / "engineers")
        trust = trust_with(self.ring, wang)
        numbers = itertools.count(1)
        asker = Asker(key=wang.key, trust=trust, next_number=lambda: next(numbers), now=lambda: datetime.now(UTC))
        (self.folder / "served").mkdir()
        births = self.heard.count(_is_birth)
        with served(self.folder / "served", self.broker, self.ring, self.station, wang) as at:
            self.heard.wait(_is_birth, births + 1)
            with self._asking(asker, Patience(answer_s=8.0)) as asking:
                while list(asking.ask("held", {}, "WO-1"))[-1].code != "no_consent":
                    pass  # it listens a moment after its birth
            self.shown.append(at.support.told())
            at.support.grant(wang.key.kid, 5, "customer")
            with self._asking(asker, Patience(answer_s=WAIT_S)) as asking:
                answers = asking.ask("held", {}, "WO-1")
                while next(answers).code != "taken":
                    pass
                at.verbs["held"].wait()
                self.shown.append(at.support.told())
                at.verbs["held"].say(event="seen", value=1)
                at.verbs["held"].finish()
                assert list(answers)[-1].code == ""
            self.shown.append(at.support.told())

    def a_kit_comes_into_force(self) -> None:
        """A kit is sent, arrives, and stands in the next birth."""
        store = Store(folder=self.folder / "kits", trust=lambda: self.ring.trust)
        births, said, born = self.folder / "births", Words(), self.heard.count(_is_birth)
        kits = heard_of(self.folder, store)
        station = Delivery(self.station, self.ring.trust, self.broker.settings, births=births, kits=kits, say=said)
        letters = [Letter(station="station-1", topic=TOPIC, payload=raw) for raw in messages(kit(self.ring, 7))]
        with running(station.run):
            self.heard.wait(_is_birth, born + 1)  # which comes behind its subscriptions
            post(self.broker.settings, letters, who="kits", expiry_s=3600)
            said.wait("has arrived", wait_s=WAIT_S)
            assert Keeper(store, self.station, say=said, trial=untried).step(never)
            station.courier.renew()
            self.heard.wait(lambda sent: b'"kit":"north 7"' in sent.payload)

    def a_station_dies(self) -> None:
        """The station's connection breaks without a word, and the broker says its will."""
        will = replace(Presence(self.station, BASE, self.folder / "births").will(), delay_s=0)
        dying = Person(self.broker, "prooflight-north-station-1", will)
        dying.expect(mqtt_link.Connected)
        told = self.heard.count(lambda sent: sent.payload == will.payload)
        dying.cut_off()
        self.heard.wait(lambda sent: sent.payload == will.payload, told + 1)

    @contextlib.contextmanager
    def _asking(self, asker: Asker, patience: Patience) -> Iterator[Asking]:
        """Somebody on the broker who has found the station."""
        post = Post(self.broker.settings, client_id=f"prooflight-north-support-{patience.answer_s:.0f}")
        asking = Asking(post, "station-1", asker, patience)
        try:
            assert [told.code for told in asking.find()] == ["found"]
            yield asking
        finally:
            post.close()

    def _delivery(self) -> Delivery:
        births, settings = self.folder / "births", self.broker.settings
        return Delivery(self.station, self.ring.trust, settings, births=births, pace=PACE, take_order=self.inbox.put)

    def _opened(self, number: int) -> Any:
        return self.station.open(
            samples.order(number), ordered=samples.ORDERED, criteria=samples.CRITERIA, environment={"software": "1"}
        )

    def _pinned(self) -> TrustedKey:
        key, path = opening_key.new_private(self.folder / "opening.key"), self.folder / "opening.jwks"
        enrolment.enrol(path, enrolment.request(key), role="opening", name="privacy officer")
        return load_trust(path).keys[key.kid]


def _stated(result: Result) -> Result:
    """A sample's result as a station states it."""
    findings = [{n: v for n, v in each.items() if n not in ("measured", "demanded")} for each in result.findings]
    return replace(result, findings=tuple(findings))


def _is_answer(sent: Sent) -> bool:
    return sent.topic == f"{BASE}/in/acceptance"


def _is_birth(sent: Sent) -> bool:
    return sent.topic == f"{BASE}/state" and b"boot_nonce" in sent.payload
