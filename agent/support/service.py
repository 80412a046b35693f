"""Remote support as one face: commands are judged, saved, run one at a time and answered, while those on site decide.

Nothing runs before the journal has saved that it was taken. A command that is not surely an engineer's, or beyond the
rate, costs a count and nothing else. Delivery's thread only ever puts a message into a bounded queue here.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from agent.line_place import LinePlace
from agent.support import consent
from agent.support.consent import Consent, ConsentError, Giver
from agent.support.conversation import Conversation, Outlet
from agent.support.diary import Diary
from agent.support.intake import Intake
from agent.support.judging import Judged, Noise, Refused, Taken, judge
from agent.support.known import Known
from agent.support.limits import BROKEN_OFF_S
from agent.support.port import Port
from agent.support.reasons import Ended
from agent.support.runner import Runner, Running, perform
from agent.support.state import State
from agent.support.verb import House, Verb
from agent.support.verbs import VERBS, cancel
from agent.trust import Trust
from agent.watched import Watched

_LEAVE_S = 10.0
_NO_CONSENT = ("withdrawn", "consent_over")


class Support:
    """Remote support of one station; `keys` tells the pinned keys as they are now, `changed` hears of every change."""

    def __init__(
        self,
        house: House,
        place: LinePlace,
        watched: Watched,
        *,
        keys: Callable[[], Trust],
        say: Callable[[str], None] = lambda words: None,
        changed: Callable[[], None] = lambda: None,
        verbs: Mapping[str, Verb] = VERBS,
        monotonic: Callable[[], float] = time.monotonic,
        broken_off_s: float = BROKEN_OFF_S,
    ) -> None:
        self._known = Known(house, keys, verbs)
        self.port = Port(self.take, self._known.wanted, monotonic=monotonic)
        self._house = house
        self._place = place
        self._watched = watched
        self._keys = keys
        self._say = say
        self._changed = changed
        self._monotonic = monotonic
        self._broken_off_s = broken_off_s
        chain = house.station.chain
        self._diary = Diary(chain.journal, chain.stamp)
        self._outlet = Outlet(seal=chain.reply, send=lambda of, token, last: self.port.send(of, token, last=last))
        self._turn = threading.RLock()
        self._state = State()
        self._leaving = False
        self._intake = Intake(self._heed, self._tick, self._time_matters, self._fault)
        self._runner = Runner(self._run)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Judge and run in threads until the block ends; then what runs ends with `station_leaving`."""
        self._intake.start()
        self._runner.start()
        try:
            yield
        finally:
            self._leaving = True
            self._end_all("station_leaving", lambda each: True)
            self._runner.finish(_LEAVE_S)
            self._intake.finish(_LEAVE_S)

    def take(self, payload: bytes, retained: bool) -> None:
        """Have a message judged that came on the topic of commands; returns at once, from any thread."""
        if not self._intake.put(payload, retained):
            with self._turn:
                self._state.hear("flooded")

    def grant(self, kid: str, minutes: int, by: Giver) -> None:
        """Let one person look for some minutes; whoever was let in before is not any more. ConsentError."""
        key = self._keys().keys.get(kid)
        if key is None or key.role != "support" or key.revoked is not None:
            raise ConsentError("kid: must be the key of somebody who is pinned as support")
        made = consent.given(kid, key.name, minutes, by, self._monotonic())
        if not self._diary.note("consent", kid=kid, who=key.name, minutes=minutes, by=by):
            raise ConsentError("nothing can be saved any more, so nobody is let in")
        with self._turn:
            self._state.grant(made)
            self._end_all("withdrawn", lambda each: each.taken.verb.consent and each.taken.key.kid != kid)
        self._tell(f"{key.name} may look for {minutes} minutes, says the {by}")
        self._intake.wake()

    def decline(self, kid: str) -> None:
        """Say no to one who asks."""
        with self._turn:
            asked = self._state.asked.pop(kid, None)
        if asked is not None:
            self._diary.note("declined", kid=kid, who=asked.who, verb=asked.verb)
            self._tell(f"{asked.who} is not let in")

    def withdraw(self) -> None:
        """Let nobody look any more; what runs by consent ends."""
        self._end_consent("withdrawn")

    def stop(self) -> None:
        """End what runs now."""
        running = self._runner.now
        if running is not None:
            running.end("cancelled")
            self._changed()

    def told(self) -> dict[str, Any]:
        """How it stands, for the page and the status: who asks, who may, what runs and waits, what was refused."""
        now, running = self._monotonic(), self._runner.now
        with self._turn:
            made = self._state.to_json(now)
        waiting = [{"who": each.taken.key.name, "verb": each.taken.verb.name} for each in self._runner.waiting()]
        runs = running is not None and running.began is not None and not running.over
        return made | {"running": self._shown(running, now) if running and runs else None, "waiting": waiting}

    def _shown(self, running: Running, now: float) -> dict[str, Any]:
        key, command, passed_s = running.taken.key, running.taken.command, now - (running.began or now)
        told = {"kid": key.kid, "who": key.name, "verb": command.verb, "order": command.order}
        return told | {"arguments": dict(command.arguments), "passed_s": round(passed_s, 1)}

    def _time_matters(self) -> bool:
        with self._turn:
            return bool(self._state.noise or self._state.consent)

    def _fault(self, error: Exception) -> None:
        self._tell(f"a fault of this software: {type(error).__name__}: {error}")

    def _tick(self) -> None:
        now = self._monotonic()
        with self._turn:
            lapsed, noise = self._state.lapsed(now), self._state.noise_due(now)
        if lapsed:
            self._end_consent("consent_over")
        if noise:
            if not self._known.full(now):
                self._diary.note("noise", counts=noise)
            self._tell(f"let go without an answer: {', '.join(f'{reason} {n}' for reason, n in sorted(noise.items()))}")

    def _heed(self, payload: bytes, retained: bool) -> None:
        now = self._monotonic()
        with self._turn:
            self._state.born(self.port.nonce)
            known = replace(self._state)
        facts = self._known.facts(known, now, queued=len(self._runner.waiting()), leaving=self._leaving)
        judged = judge(payload, retained, facts, now)
        if isinstance(judged, Taken) and not self._noted("taken", judged, counter=judged.command.counter):
            who: dict[str, Any] = {"key": judged.key, "digest": judged.digest, "command": judged.command}
            judged = Refused(reason="not_saved", words="", budget="fresh", **who)
        with self._turn:
            self._state.heed(judged, now)
            left = {} if isinstance(judged, Noise) else self._state.rate(judged.key.kid, now)
        self._answer(judged, left)

    def _answer(self, judged: Judged, left: Mapping[str, int]) -> None:
        if isinstance(judged, Noise):
            return
        command, who = judged.command, judged.key.name
        point = (command.x, command.y) if command else None
        conversation = Conversation(self._outlet, judged.digest, point)
        if isinstance(judged, Refused):
            if judged.reason not in ("not_saved", "storage_full"):
                self._noted("refused", judged, reason=judged.reason)
            conversation.refuse(judged.reason, judged.words)
            self._tell(f"{who}: {command.verb if command else 'a command'} refused: {judged.reason}")
            return
        conversation.taken(ahead=sum(not each.over for each in self._runner.all()), **left)
        self._tell(f"{who}: {judged.verb.name}")
        running = Running(judged, conversation, self._why)
        if judged.verb.name == cancel.NAME:
            of = judged.arguments["of"]
            self._end_all("cancelled", lambda each: (each.taken.digest, each.taken.key) == (of, judged.key))
            self._close(running, "")
        else:
            self._runner.put(running)

    def _run(self, running: Running) -> None:
        try:
            running.began = self._monotonic()
            self._changed()
            watch: int | None = None  # its number, once it has the line and the ONT has answered

            def emit(event: Mapping[str, Any]) -> None:
                nonlocal watch
                if running.cancelled() and running.reason in _NO_CONSENT:  # what comes late stays here
                    raise Ended(running.reason)
                if event.get("event") == "watch":
                    watch = self._watched.begin() if watch is None else watch
                    self._watched.add(event, watch)
                running.conversation.emit(event)

            words = perform(running, self._house, self._place, emit)
            if watch is not None:
                self._watched.end(running.reason, watch)
            self._close(running, words)
        except Exception as error:  # a fault outside the verb; the next one runs all the same
            self._fault(error)

    def _close(self, running: Running, words: str) -> None:
        """Say and save that something has ended."""
        running.over = True
        verb, said, reason = running.taken.verb.name, running.conversation, running.reason
        said.end(reason, words)
        with self._turn:
            self._state.ended(running.taken.key.name, verb, reason, self._monotonic())
        self._noted("ended", running.taken, reason=reason, events=said.events, dropped=said.dropped)
        self._tell(f"{running.taken.key.name}: {verb} has ended ({reason or 'done'})")

    def _why(self, running: Running) -> str:
        """Why something that runs is to end now; empty where it may go on."""
        now, given, verb = self._monotonic(), self._state.consent, running.taken.verb
        if self._leaving:
            return "station_leaving"
        if verb.consent and not _covers(given, running.taken.key.kid):
            return "withdrawn"
        if verb.consent and given is not None and given.left_s(now) <= 0:
            return "consent_over"
        if running.began is not None and now > running.began + verb.deadline_s:
            return "deadline"
        return "broken_off" if self.port.alone_s() > self._broken_off_s else ""

    def _end_consent(self, reason: str) -> None:
        with self._turn:
            ended = self._state.end_consent()
            self._end_all(reason, lambda each: each.taken.verb.consent)
        if ended is not None:
            self._diary.note(reason, kid=ended.kid, who=ended.who)
            self._tell(f"{ended.who} may look no longer: {reason}")

    def _end_all(self, reason: str, which: Callable[[Running], bool]) -> None:
        for each in self._runner.all():
            if which(each):
                each.end(reason)

    def _noted(self, what: str, judged: Taken | Refused, **about: Any) -> bool:
        verb = judged.command.verb if judged.command else ""
        key, of = judged.key, judged.digest
        return self._diary.note(what, kid=key.kid, who=key.name, verb=verb, command=of, **about)

    def _tell(self, words: str) -> None:
        self._say(f"support: {words}")
        self._changed()


def _covers(given: Consent | None, kid: str) -> bool:
    return given is not None and given.kid == kid
