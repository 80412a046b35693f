"""The course of one command: from its sending to its end, by what happens and by the clock; it does nothing itself.

Pure: happenings and monotonic seconds come in, what the engineer is told comes out. It always ends: whoever stays
silent, broker or station, there is a moment (`due_at`) from which on `overdue` tells the end and what is known.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from agent.mqtt_link import NO_SUBSCRIBERS, Lost, Published, reason_words
from agent.support.listener import GAP_S, Heard, Listener
from agent.support.post import Birth, Happening, Reply
from agent.support.told import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How many seconds each thing may take before it is given up; tests bring their own."""

    broker_s: float = 30.0  # until the broker listens, at first
    birth_s: float = 5.0  # what the broker keeps of a station comes at once
    answer_s: float = 20.0  # until the station's first word
    turn_s: float = 300.0  # from then until the first event: others may be before us, and an ONT is slow
    silence_s: float = 120.0  # between two events
    away_s: float = 90.0  # while broker or station are away: a station's will comes after 45 s
    cancel_s: float = 10.0
    gap_s: float = GAP_S


class Course:
    """One command under way; `birth` is that of the station as the command names it."""

    def __init__(self, token: str, listener: Listener, birth: Birth, patience: Patience, now: float) -> None:
        self.token = token
        self.listener = listener
        self.birth = birth
        self.ended = False
        self.sent = self.taken_by_broker = False
        self.due_to_send = True
        self._again = self._unheard = self._repeated = False
        self._patience = patience
        self._since = now  # the last step forward
        self._answered = self._running = False
        self._away = ""
        self._until: float | None = None
        self._doubted = False
        self._mid: int | None = None

    def send(self, mid: int, now: float) -> None:
        """The command goes out now, in a message of this number."""
        self._mid = mid
        self._repeated = self.sent
        self.sent, self.due_to_send, self._since = True, False, now

    def hurry(self, until: float) -> None:
        """Wait no longer than until then."""
        self._until = until

    @property
    def due_at(self) -> float:
        """When to call `overdue`, if nothing happens before."""
        times = (self._since + self._patience_now(), self._until, self.listener.due_at)
        return min(time for time in times if time is not None)

    def overdue(self, now: float) -> Iterator[Told]:
        """What there is to tell because so much time has passed."""
        for heard in self.listener.overdue(now):
            yield from self._tell(heard, now)
        if not self.ended and now >= min(self._since + self._patience_now(), self._until or now + 1):
            yield self._over()

    def heed(self, happened: Happening, now: float) -> Iterator[Told]:
        """What there is to tell because of something that happened."""
        if self._away == "broker" and not isinstance(happened, Lost):
            self._away, self._since = "", now  # what waited for us comes before the broker's answer to anything
            yield Told(kind="note", code="broker_back")
        if isinstance(happened, Reply):
            yield from self._reply(happened, now)
        elif isinstance(happened, Birth):
            yield from self._birth(happened, now)
        elif isinstance(happened, Lost):
            self.due_to_send = not (self.taken_by_broker or self._answered)  # it may have been lost on the way
            self._again = True
            if self._away != "broker":
                self._away, self._since = "broker", now
                yield Told(kind="note", code="broker_lost", about={"why": happened.why})
        elif isinstance(happened, Published) and happened.mid == self._mid:
            yield from self._published(happened)

    def _patience_now(self) -> float:
        """How many seconds after the last step forward it is given up."""
        known = self._patience
        if self._away:
            return known.away_s
        if not self.sent:
            return known.broker_s
        return known.silence_s if self._running else known.turn_s if self._answered else known.answer_s

    def _over(self) -> Told:
        code = f"{self._away}_gone" if self._away else "broker_away" if not self.sent else "silent"
        if self._until is not None:
            code = "cancel_unheard"
        elif code == "silent" and not self._answered:
            code = "no_answer"
        return self._end(code, taken_by_broker=self.taken_by_broker, version=self.birth.version)

    def _end(self, code: str, **about: Any) -> Told:
        self.ended = True
        return Told(kind="end", code=code, own=True, about=self._counts() | about)

    def _counts(self) -> dict[str, Any]:
        made = {"lost": self.listener.lost, "unbelieved": self.listener.unbelieved}
        return {name: count for name, count in made.items() if count}

    def _published(self, answer: Published) -> Iterator[Told]:
        if answer.code == NO_SUBSCRIBERS and self._again:
            self._unheard = True  # of a broker that forgot: the station is on its way back to it as we were
        elif answer.code == NO_SUBSCRIBERS:
            yield self._end("nobody_there")
        elif answer.code:
            yield self._end("broker_refuses", why=reason_words(answer.code))
        else:
            self.taken_by_broker = True

    def _birth(self, said: Birth, now: float) -> Iterator[Told]:
        if said.on and said.nonce != self.birth.nonce:
            yield self._end("restarted", version=said.version)
        elif not said.on and said.number >= self.birth.number and self._away != "station":
            self._away, self._since = "station", now
            yield Told(kind="note", code="station_left")
        elif said.on:
            self.birth = said
            self.due_to_send, self._unheard = self.due_to_send or self._unheard, False
            if self._away == "station":
                self._away, self._since = "", now
                yield Told(kind="note", code="station_back")

    def _reply(self, message: Reply, now: float) -> Iterator[Told]:
        if message.digest != self.listener.of:
            return
        for heard in self.listener.take(message.payload, now):
            yield from self._tell(heard, now)
        if self.listener.unbelieved and not self._doubted:
            self._doubted = True  # told once: a stranger who writes there may do so a thousand times
            yield Told(kind="note", code="unbelieved", about={"why": self.listener.why})

    def _tell(self, heard: Heard, now: float) -> Iterator[Told]:
        self._since, self._answered = now, True
        if self._away == "station":
            self._away = ""  # it speaks, whatever the broker says of it
        if heard.lost:
            yield Told(kind="note", code="gap", about={"lost": heard.lost})
        about = {name: value for name, value in heard.body.items() if name != "event"}
        if heard.kind == "taken":
            yield Told(kind="note", code="taken", about=about)
        elif heard.kind == "event":
            self._running = True
            if heard.body:
                yield Told(kind="event", about=heard.body)
        else:
            if heard.reason == "replayed" and self._repeated:
                self.listener.reopen()  # so the first one had come: only its answer was lost
                yield Told(kind="note", code="gap", about={"lost": 1})
                return
            self.ended = True
            kind: Literal["refused", "end"] = "refused" if heard.kind == "refused" else "end"
            yield Told(kind=kind, code=heard.reason, own=heard.own, about=about | self._counts())
