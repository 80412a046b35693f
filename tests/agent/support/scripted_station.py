"""A station that answers commands by a script, over a real broker, with a real key; and an engineer who asks it."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from agent import seal
from agent.keys import PrivateKey, new_private
from agent.mqtt_link import Connected, Lost, Published, Received, Subscribed
from agent.support import box, command, reply
from agent.support.asking import Asker, Asking
from agent.support.command import Command
from agent.support.command_counter import next_number
from agent.support.course import Patience
from agent.support.insisting import insist
from agent.support.post import Post
from agent.support.reply import Kind, Reply
from agent.support.told import Told
from agent.trust import Trust, TrustedKey
from diagnostics import strict_json
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.delivering import WAIT_S, Person

STATION = "station-1"
BASE = f"prooflight/v1/north/{STATION}"
PATIENT = Patience(broker_s=60, birth_s=60, answer_s=60, turn_s=60, silence_s=60, away_s=60, cancel_s=60)


@dataclass
class Asked:
    """A command that came, and the answers to it, message by message."""

    station: "ScriptedStation"
    command: Command
    of: str
    n: int = 0
    sent: list[bytes] = field(default_factory=list)

    def sealed(self, kind: Kind, body: Mapping[str, Any] | None = None, reason: str = "", **other: Any) -> bytes:
        """The bytes of the next answer, not sent; `other` puts fields and keys in the place of the right ones."""
        closed = "" if body is None else box.close(strict_json.write(body), self.command.x, self.command.y)
        made = Reply(of=other.get("of", self.of), n=other.get("n", self.n), kind=kind, reason=reason, body=closed)
        self.n += 1
        key, typ = other.get("key", self.station.key), other.get("typ", seal.REPLY)
        token = seal.seal(other.get("raw", reply.write(made)), typ=typ, key=key).token.encode()
        self.sent.append(token)
        return token

    def send(self, payload: bytes) -> None:
        """Publish bytes where the answers to this command belong."""
        self.station.person.link.publish(f"{BASE}/reply/{self.of}", payload)

    def say(self, kind: Kind, body: Mapping[str, Any] | None = None, reason: str = "", **other: Any) -> None:
        """Publish the next answer."""
        self.send(self.sealed(kind, body, reason, **other))

    def watch(self, passed_s: float, dbm: float) -> None:
        """One second of a watch."""
        self.say("event", {"event": "watch", "passed_s": passed_s, "values": {"ont_rx_power_dbm": dbm}, "failures": {}})

    def answer(self, *events: Mapping[str, Any], reason: str = "") -> None:
        """Take it, tell these events, end."""
        self.say("taken")
        for event in events:
            self.say("event", event)
        self.say("end", {"events": len(events)}, reason)


Script = Callable[[Asked], None]


class ScriptedStation:
    """It is on the broker with its birth, hears commands, and does what its script says, in a thread of its own."""

    def __init__(self, broker: Broker, key: PrivateKey, trust: Trust, script: Script) -> None:
        self.person = Person(broker, f"prooflight-north-{STATION}")
        self.key = key
        self.asked: list[Asked] = []
        self.news = threading.Condition()
        self._trust = trust
        self._script = script
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self, *, listens: bool = True) -> None:
        self.person.expect(Connected)
        if listens:
            self.person.link.subscribe(f"{BASE}/in/command")
            self.person.expect(Subscribed)
        self.birth()
        self.person.expect(Published)
        if listens:
            self._thread.start()

    def reconnect(self, broker: Broker, number: int = 2) -> None:
        """Come back to a broker that forgot everything."""
        if self._thread.ident:
            self._thread.join(WAIT_S)
        self._thread = threading.Thread(target=self._work, daemon=True)
        self.person = Person(broker, f"prooflight-north-{STATION}")
        self.person.expect(Connected)
        self.person.link.subscribe(f"{BASE}/in/command")
        self.person.expect(Subscribed)
        self._thread.start()
        self.birth(number=number)

    def birth(self, nonce: str = "first", number: int = 1) -> None:
        made = {"on": True, "bd": number, "boot_nonce": nonce, "version": "0.1.0", "epoch": 1, "seq": 0}
        self.person.link.publish(f"{BASE}/state", strict_json.write(made), retain=True)

    def death(self, number: int = 1) -> None:
        self.person.link.publish(f"{BASE}/state", strict_json.write({"on": False, "bd": number}), retain=True)

    def wait_for(self, count: int) -> None:
        """Return when so many commands have come."""
        with self.news:
            assert self.news.wait_for(lambda: len(self.asked) >= count, WAIT_S), f"only {len(self.asked)} commands came"

    def _work(self) -> None:
        while True:
            event = self.person.events.get()
            if event is None or isinstance(event, Lost):
                return
            if isinstance(event, Received):
                self.person.link.acknowledge(event)
                opened = command.open_command(event.payload, self._trust)
                asked = Asked(station=self, command=command.from_json(opened.content), of=opened.envelope.digest)
                with self.news:
                    self.asked.append(asked)
                    self.news.notify_all()
                self._script(asked)

    def stop(self) -> None:
        self.person.events.put(None)  # type: ignore[arg-type]
        if self._thread.ident:
            self._thread.join(WAIT_S)
        self.person.link.close()


@dataclass
class Engineer:
    """A person with a key of role support, a counter, and the keys that are pinned."""

    key: PrivateKey
    folder: Path
    trust: Trust
    name: str = "lin"
    clock_is_off: timedelta = timedelta(0)

    def asker(self) -> Asker:
        return Asker(
            key=self.key,
            trust=self.trust,
            next_number=lambda: next_number(self.folder / f"{self.name}.counter", 1),
            now=lambda: datetime.now(UTC) + self.clock_is_off,
        )

    @contextlib.contextmanager
    def asking(self, broker: Broker, patience: Patience = PATIENT) -> Iterator[Asking]:
        """Somebody at the broker who may ask the station."""
        post = Post(broker.settings, client_id=f"support-{self.name}-{os.urandom(4).hex()}")
        try:
            yield Asking(post, STATION, self.asker(), patience)
        finally:
            post.close()

    def ask(self, broker: Broker, verb: str = "status", patience: Patience = PATIENT, **insisting: Any) -> list[Told]:
        """All that is told of one command."""
        with self.asking(broker, patience) as asking:
            found = list(asking.find())
            if found[-1].kind == "end":
                return found
            return list(insist(asking, verb, {}, "", **{"wait_s": 0.0, **insisting}))


def engineer(ring: Ring, folder: Path, name: str = "lin") -> Engineer:
    """A new person whose key is pinned beside those of the ring."""
    keys = folder / "engineers"
    keys.mkdir(mode=0o700, exist_ok=True)
    key = new_private(keys / f"{name}.jwk")
    pinned = TrustedKey(kid=key.kid, x=key.x, role="support", name=name)
    return Engineer(key=key, folder=keys, trust=Trust(keys={**ring.trust.keys, key.kid: pinned}), name=name)


@contextlib.contextmanager
def station_with(
    broker: Broker, ring: Ring, trust: Trust, script: Script, *, listens: bool = True
) -> Iterator[ScriptedStation]:
    """A station that answers so."""
    made = ScriptedStation(broker, ring.station, trust, script)
    made.start(listens=listens)
    try:
        yield made
    finally:
        made.stop()


def codes(told: list[Told], *kinds: str) -> list[str]:
    """What was told, by its codes; events by their names."""
    wanted = [one for one in told if not kinds or one.kind in kinds]
    return [str(one.about.get("event")) if one.kind == "event" else one.code for one in wanted]
