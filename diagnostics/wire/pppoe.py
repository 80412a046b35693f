"""Dials: PPPoE discovery, the PPP session, its packets moved to a TUN device, until the station or the peer ends it.

The line that names the session comes as soon as the peer gave it, so that somebody else can end it if we cannot. What
is yielded holds neither the password nor the account, also where the peer repeats them.
"""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from diagnostics.ppp.packet import Frame
from diagnostics.ppp.session import Session
from diagnostics.wire import pppoe_frames as frames
from diagnostics.wire.pppoe_discovery import Discovering, Line
from diagnostics.wire.pppoe_frames import Discovery
from diagnostics.wire.pppoe_port import Link, Port
from diagnostics.wire.pppoe_relay import Relay
from diagnostics.wire.pppoe_release import release

# Seconds that a stage may take; networks that ask a far authentication server are slow there.
LONGEST_S = {"offer": 5.0, "session": 5.0, "lcp": 6.0, "authentication": 15.0, "ipcp": 10.0}
# Seconds until a stage's request is repeated; doubled each time. An authentication server is not to be hurried.
_AGAIN_S = {"lcp": 0.3, "authentication": 3.0, "ipcp": 0.3}
_PEERS_TEXT = ("words", "name", "services")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """What to dial with, and how long to wait; `password` None means that none is known.

    `longest_s` overrides `LONGEST_S` by stage; `most_offers` ends the listening for others before `gather_s` does.
    """

    account: str
    password: str | None
    tunnel: str
    routes: list[str]
    service: str = ""
    gather_s: float = 0.5
    most_offers: int = 32
    longest_s: dict[str, float] = field(default_factory=dict)
    linger_s: float = 1.0  # for the echo and for IPv6, once the session is up


def run(interface: str, **request: Any) -> Iterator[Line]:
    """Yield what each stage came to, then hold the session up; ends with `ended` where it did not last."""
    dial = Dial(**request)
    hidden = [(word, cover) for word, cover in ((dial.password, "<secret>"), (dial.account, "<account>")) if word]
    try:
        with Port(interface) as port:
            for line in _dialled(port, dial):
                yield _covered(line, hidden)
    except PermissionError:
        raise
    except OSError as error:
        detail = f"interface {interface}: {error.strerror}; check [line] interface"
        yield {"failure": {"kind": "instrument_limit", "stage": "pppoe", "detail": detail}}


def _covered(line: Line, hidden: list[tuple[str, str]]) -> Line:
    """A line with every word that must not be seen covered, wherever the peer's own text stands in it."""
    (name, facts), *_ = line.items()
    if not isinstance(facts, dict):
        return line
    return {name: {key: _cover(value, hidden) if key in _PEERS_TEXT else value for key, value in facts.items()}}


def _cover(text: Any, hidden: list[tuple[str, str]]) -> Any:
    if isinstance(text, list):
        return [_cover(part, hidden) for part in text]
    for word, cover in hidden:
        text = text.replace(word, cover)
    return text


def _dialled(port: Port, dial: Dial) -> Iterator[Line]:
    discovering = Discovering(port, dial.service, dial.most_offers)
    longest = LONGEST_S | dial.longest_s
    offer = yield from discovering.discover(gather_s=dial.gather_s, longest_s=longest["offer"])
    requested = (yield from discovering.request(offer, longest_s=longest["session"])) if offer else None
    if requested is None:
        return
    link, mru = requested
    conversation = _Conversation(link, discovering, dial, mru)
    try:
        yield from conversation.establish(longest)
        yield from conversation.linger(dial.linger_s)
        yield from conversation.hold(dial)
    finally:
        release(link)
    yield {"released": True}


class _Conversation:
    """The PPP session on its link, from the first LCP packet on."""

    def __init__(self, link: Link, discovering: Discovering, dial: Dial, mru: int) -> None:
        self.session = Session(
            account=dial.account,
            password=dial.password,
            magic=secrets.token_bytes(4),
            interface_id=b"\x02" + secrets.token_bytes(7),
            mru=mru,
        )
        self._link, self._discovering = link, discovering
        self._mru = mru
        self._facts: dict[str, Any] = {}

    def establish(self, longest: dict[str, float]) -> Iterator[Line]:
        """Go through the stages until the session is up or over, and yield what each came to with its time."""
        stage, begin = self.session.stage, time.monotonic()
        again, pause = begin, _AGAIN_S[stage]
        while self.session.stage not in ("up", "ended"):
            now = time.monotonic()
            if now >= begin + longest[stage]:
                self.session.expire()
            elif now >= again:
                self._link.send(self.session.requests())
                again, pause = now + pause, 2 * pause
            yield from self._hear(min(again, begin + longest[stage]))
            yield from self._told(begin)
            if self.session.stage in _AGAIN_S and self.session.stage != stage:
                stage, begin = self.session.stage, time.monotonic()
                again, pause = begin + _AGAIN_S[stage], 2 * _AGAIN_S[stage]

    def linger(self, longest_s: float) -> Iterator[Line]:
        """Time an LCP echo, and give IPv6CP, which nobody must wait for, a moment."""
        if not self._up:
            return
        begin = time.monotonic()
        echoed: float | None = None
        self._link.send(self.session.echo(1) + self.session.requests())
        until = begin + longest_s
        while self._up and time.monotonic() < until and (echoed is None or "ipv6cp" not in self._facts):
            yield from self._hear(until)
            yield from self._told(begin)
            if echoed is None and self.session.echoed:
                echoed = time.monotonic() - begin
                yield {"echo": {"ms": round(echoed * 1000, 3)}}

    def hold(self, dial: Dial) -> Iterator[Line]:
        """Move packets until the session ends; only its own kind of packet passes."""
        if not self._up:
            return
        mtu = min(self._mru, self._facts["lcp"]["mru"])
        relay = Relay(self._link, dial.tunnel)
        with relay:
            words = relay.plug(self._facts["ipcp"]["address"], mtu, dial.routes)
            yield {"up": {"mtu": mtu, "words": words}}
            begin = time.monotonic()
            for seen in relay.move():
                if isinstance(seen, dict):
                    yield seen
                else:
                    yield from self._take(seen)
                yield from self._told(begin)
                if not self._up:
                    return

    @property
    def _up(self) -> bool:
        return self.session.stage == "up"

    def _hear(self, until: float) -> Iterator[Line]:
        seen = self._link.receive(until)
        if seen is not None:
            yield from self._take(seen)

    def _take(self, seen: Frame | Discovery) -> Iterator[Line]:
        if not isinstance(seen, Discovery):
            self._link.send(self.session.receive(*seen))
        elif seen.code == frames.PADT and (seen.source, seen.session) == (self._link.peer, self._link.number):
            self.session.hang_up(f"PADT {seen.errors()}".strip())
        else:
            yield from self._discovering.offer(seen)

    def _told(self, begin: float) -> Iterator[Line]:
        for name, facts in self.session.events():
            self._facts[name] = facts
            yield {name: {**facts, "ms": round((time.monotonic() - begin) * 1000, 3)}}
