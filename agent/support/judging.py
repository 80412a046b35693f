"""Judging a command: one pure function of what the station knows, the bytes that came and the time; it changes nothing.

The order is fixed: size, typ, signature, role, station, birth, counter, verb and arguments, consent, what is busy, and
over all of it the rate. What is not surely from an engineer, or beyond the rate, is noise: it gets no answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from agent import seal
from agent.fields import Fields
from agent.support.command import Command, CommandError, from_json, open_command
from agent.support.consent import Consent
from agent.support.limits import QUEUE
from agent.support.rate import STALE, Rate
from agent.support.verb import Verb
from agent.trust import Trust, TrustedKey
from diagnostics.errors import BadInput
from diagnostics.measurement import sanitised

Budget = Literal["fresh", "stale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the station knows when a command comes.

    `counters` are the highest of each issuer since the birth `nonce`; `earliest` is a time that surely has passed,
    `synchronised` the wall time where it is one that may be believed.
    """

    station: str
    nonce: str
    trust: Trust
    verbs: Mapping[str, Verb]
    earliest: datetime
    synchronised: datetime | None = None
    counters: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[tuple[str, Budget], Rate] = field(default_factory=dict)
    consent: Consent | None = None
    last_consent: str = ""  # the key that had the one before, which is over
    queued: int = 0
    line_busy: bool = False
    full: bool = False
    leaving: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """No answer and nothing saved: counted by `reason`; of whom, where that is sure."""

    reason: str
    key: TrustedKey | None = None
    command: Command | None = None
    budget: Budget = "stale"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A signed answer with a reason; without a command where its form was not that of one."""

    reason: str
    words: str
    key: TrustedKey
    digest: str
    command: Command | None
    budget: Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """To be run, with arguments whose defaults are filled."""

    key: TrustedKey
    digest: str
    command: Command
    verb: Verb
    arguments: Mapping[str, Any]
    budget: Budget = "fresh"


Judged = Noise | Refused | Taken


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A command on its way through the steps."""

    command: Command
    key: TrustedKey
    facts: Facts
    now: float

    @property
    def verb(self) -> Verb | None:
        return self.facts.verbs.get(self.command.verb)


def judge(payload: bytes, retained: bool, facts: Facts, now: float) -> Judged:
    """What is to become of the bytes that came on the topic of commands; `now` is of the monotonic clock."""
    if retained:
        return Noise(reason="retained")
    try:
        opened = open_command(payload, facts.trust)
        _believed(opened, facts)
    except seal.SealError as error:
        return Noise(reason=error.reason)
    reason, words, command, arguments = _examined(opened, facts, now)
    budget: Budget = "stale" if reason in STALE else "fresh"
    exceeded = facts.rates.get((opened.key.kid, budget), Rate()).exceeded(now)
    if exceeded:
        return Noise(reason=exceeded, key=opened.key, command=command, budget=budget)
    who: dict[str, Any] = {"key": opened.key, "digest": opened.envelope.digest}
    if reason or command is None:
        return Refused(reason=reason, words=words, command=command, budget=budget, **who)
    return Taken(command=command, verb=facts.verbs[command.verb], arguments=arguments, **who)


def _believed(opened: seal.Opened, facts: Facts) -> None:
    """Refuse a key that was revoked, or is surely out of its time; who has no clock only knows what has passed."""
    seal.refuse_revoked(opened)
    if facts.synchronised is not None:
        seal.check_dates(opened.key, max(facts.synchronised, facts.earliest))
    elif opened.key.not_after and facts.earliest > opened.key.not_after:
        seal.check_dates(opened.key, facts.earliest)


def _examined(opened: seal.Opened, facts: Facts, now: float) -> tuple[str, str, Command | None, Mapping[str, Any]]:
    """The first reason against a command and words to it, empty where there is none; the command and its arguments."""
    try:
        command = from_json(opened.content)
    except CommandError as error:
        return "bad_form", sanitised(str(error)), None, {}
    asked = _Asked(command=command, key=opened.key, facts=facts, now=now)
    for step in _BEFORE_ARGUMENTS:
        if reason := step(asked):
            return reason, "", command, {}
    assert asked.verb is not None
    try:
        arguments = asked.verb.read(Fields(dict(command.arguments), "arguments", CommandError))
    except BadInput as error:
        return "bad_arguments", sanitised(str(error)), command, {}
    reason = next((reason for step in _AFTER_ARGUMENTS if (reason := step(asked))), "")
    return reason, "", command, arguments


def _station(asked: _Asked) -> str:
    return "" if asked.command.station == asked.facts.station else "wrong_station"


def _birth(asked: _Asked) -> str:
    return "" if asked.facts.nonce and asked.command.boot_nonce == asked.facts.nonce else "stale_boot"


def _counter(asked: _Asked) -> str:
    return "" if asked.command.counter > asked.facts.counters.get(asked.key.kid, 0) else "replayed"


def _verb(asked: _Asked) -> str:
    return "" if asked.verb else "unknown_verb"


def _order(asked: _Asked) -> str:
    return "no_order" if asked.verb and asked.verb.needs_order and not asked.command.order else ""


def _consent(asked: _Asked) -> str:
    if asked.verb is None or not asked.verb.consent:
        return ""
    given = asked.facts.consent
    if given is not None and given.left_s(asked.now) > 0:
        return "" if given.kid == asked.key.kid else "consent_other"
    last = given.kid if given else asked.facts.last_consent
    return "consent_over" if last == asked.key.kid else "no_consent"


def _leaving(asked: _Asked) -> str:
    return "station_leaving" if asked.facts.leaving else ""


def _line(asked: _Asked) -> str:
    return "line_busy" if asked.verb and asked.verb.line and asked.facts.line_busy else ""


def _queue(asked: _Asked) -> str:
    return "queue_full" if asked.facts.queued >= QUEUE else ""


def _room(asked: _Asked) -> str:
    return "storage_full" if asked.facts.full else ""


_Step = Callable[[_Asked], str]
_BEFORE_ARGUMENTS: tuple[_Step, ...] = (_station, _birth, _counter, _verb)
_AFTER_ARGUMENTS: tuple[_Step, ...] = (_order, _consent, _leaving, _line, _queue, _room)
