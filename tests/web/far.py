"""An engineer far away, on the same broker as a station: asks by signed commands, and reads the answers."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from agent.mqtt_link import NO_SUBSCRIBERS, Connected, Published, Received, Subscribed
from agent.support import box, reply
from agent.support.reply import Joining, Reply
from agent.trust import Trust, load_trust
from diagnostics import strict_json
from tests.agent.delivering import Person
from tests.agent.support.engineers import Engineer
from tests.web.house import House

BASE = "prooflight/v1/demo/demo-station"


@dataclass
class Far:
    """Their place on the broker."""

    who: Engineer
    person: Person
    trust: Trust
    nonce: str = ""
    told: dict[str, list[Reply]] = field(default_factory=dict)

    def ask(self, verb: str, **arguments: Any) -> str:
        """Ask for something; the command's digest."""
        while not self.nonce:
            self._hear(self.person.expect(Received))
        made = {"station": "demo-station", "boot_nonce": self.nonce, "arguments": arguments}
        token = self.who.asks(verb, **made)
        while True:
            mid = self.person.link.publish(f"{BASE}/in/command", token)
            while not isinstance(event := self.person.events.get(timeout=60), Published) or event.mid != mid:
                if isinstance(event, Received):
                    self._hear(event)
            if event.code != NO_SUBSCRIBERS:
                return hashlib.sha256(token).hexdigest()

    def until(self, of: str, kind: str) -> Reply:
        """The first answer of a kind to a command."""
        while not (found := [each for each in self.told.get(of, []) if each.kind == kind]):
            self._hear(self.person.expect(Received))
        return found[0]

    def watched(self, of: str) -> list[dict[str, Any]]:
        """What the events of a command told until now."""
        joining = Joining()
        events = [each for each in self.told.get(of, []) if each.kind == "event"]
        joined = [joining.take(box.opened(each.body, self.who.answers)) for each in events]
        return [each for each in joined if each is not None]

    def _hear(self, event: Received) -> None:
        self.person.link.acknowledge(event)
        _, _, last = event.topic.rpartition("/")
        if last == "state":
            self.nonce = strict_json.parse_object(event.payload).get("boot_nonce", "")
            return
        made = reply.open_reply(event.payload, self.trust, station="demo-station", of=last)
        if made not in self.told.setdefault(last, []):  # at least once is what is promised
            self.told[last].append(made)


@contextmanager
def far_away(house: House) -> Iterator[Far]:
    """The engineer whose key the house's station knows."""
    person = Person(house.broker, "far-away")
    person.expect(Connected)
    try:
        for topic in ("reply/#", "state"):
            person.link.subscribe(f"{BASE}/{topic}")
            person.expect(Subscribed)
        yield Far(house.engineer, person, load_trust(house.demo.folder / "trust.json"))
    finally:
        person.link.close()
