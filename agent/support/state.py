"""What remote support remembers between two commands: counters, rates, consent, who asked, what was refused; pure.

Times are of the monotonic clock and come in as arguments. Nothing of it outlives the station's process.
"""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from agent.support.consent import Consent
from agent.support.judging import Budget, Judged, Noise, Refused
from agent.support.rate import Rate

_ASKED_S = 600.0
_MOST_ASKED = 8
_MOST_RECENT = 20
_NOISE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who waits for consent, with what they asked for last."""

    kid: str
    who: str
    verb: str
    order: str
    at: float


@dataclass(slots=True)
class State:
    """Changed under the lock of its owner."""

    nonce: str = ""
    counters: dict[str, int] = field(default_factory=dict)
    rates: dict[tuple[str, Budget], Rate] = field(default_factory=dict)
    consent: Consent | None = None
    last_consent: str = ""
    asked: dict[str, Asked] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    recent: deque[tuple[str, str, str, float]] = field(default_factory=lambda: deque(maxlen=_MOST_RECENT))
    noise: Counter[str] = field(default_factory=Counter)
    noise_at: float = 0.0  # when it was told last

    def born(self, nonce: str) -> None:
        """Another birth: counters begin again, since no command of before counts any more."""
        if nonce != self.nonce:
            self.nonce, self.counters = nonce, {}

    def heed(self, judged: Judged, now: float) -> None:
        """Remember what came of one command: its counter is used, whatever became of it, and so is its rate."""
        if judged.command is not None and judged.key is not None and judged.budget == "fresh":
            self.counters[judged.key.kid] = judged.command.counter
        if isinstance(judged, Noise):
            self.hear(judged.reason)
            return
        rated: tuple[str, Budget] = (judged.key.kid, judged.budget)
        self.rates[rated] = self.rates.get(rated, Rate()).one_more(now)
        if isinstance(judged, Refused):
            self.refused[judged.reason] += 1
            if judged.reason in ("no_consent", "consent_over", "consent_other") and judged.command is not None:
                self._ask(judged, now)

    def hear(self, reason: str) -> None:
        """Count what gets no answer."""
        self.noise[reason] += 1
        self.refused[reason] += 1

    def noise_due(self, now: float) -> dict[str, int]:
        """What was heard since it was told last, if it is time to tell it again."""
        if not self.noise or now < self.noise_at + _NOISE_S:
            return {}
        told, self.noise, self.noise_at = dict(self.noise), Counter(), now
        return told

    def rate(self, kid: str, now: float) -> dict[str, int]:
        """What is left of somebody's rate."""
        rate = self.rates.get((kid, "fresh"), Rate())
        return {"left_minute": rate.left_minute(now), "left_hour": rate.left_hour(now)}

    def grant(self, consent: Consent) -> None:
        """Those on site have agreed; whoever had their consent before has it no more."""
        self.asked.pop(consent.kid, None)
        self.consent = consent

    def end_consent(self) -> Consent | None:
        """Nobody has consent any more; whose it was."""
        ended, self.consent = self.consent, None
        self.last_consent = ended.kid if ended else self.last_consent
        return ended

    def lapsed(self, now: float) -> bool:
        """Whether the consent has just run out."""
        return self.consent is not None and self.consent.left_s(now) <= 0

    def ended(self, who: str, verb: str, reason: str, now: float) -> None:
        """Remember how something ended."""
        self.recent.appendleft((who, verb, reason, now))

    def _ask(self, refused: Refused, now: float) -> None:
        assert refused.command is not None
        kid, command = refused.key.kid, refused.command
        self.asked.pop(kid, None)
        while len(self.asked) >= _MOST_ASKED:
            del self.asked[next(iter(self.asked))]
        self.asked[kid] = Asked(kid=kid, who=refused.key.name, verb=command.verb, order=command.order, at=now)

    def to_json(self, now: float) -> dict[str, Any]:
        """What a page shows of it."""
        waiting = [each for each in self.asked.values() if now - each.at < _ASKED_S]
        return {
            "asked": [
                {"kid": each.kid, "who": each.who, "verb": each.verb, "order": each.order}
                | {"since_s": round(now - each.at, 1)}
                for each in waiting
            ],
            "granted": self.consent.to_json(now) if self.consent and self.consent.left_s(now) > 0 else None,
            "recent": [
                {"who": who, "verb": verb, "ended": reason, "ago_s": round(now - at, 1)}
                for who, verb, reason, at in self.recent
            ],
            "refused": dict(self.refused),
        }
