"""What a station knows when a command comes, gathered for judging: its clock, keys, line and storage as they are."""

from collections.abc import Callable, Mapping

from agent.storage import FULL
from agent.support.judging import Facts
from agent.support.state import State
from agent.support.verb import House, Verb
from agent.trust import Trust

_FULL_FOR_S = 10.0  # how long it is believed how full the storage is: looking is dear


class Known:
    """Looks at a house; used by one thread, except for `wanted`."""

    def __init__(self, house: House, keys: Callable[[], Trust], verbs: Mapping[str, Verb]) -> None:
        self._house = house
        self._keys = keys
        self._verbs = verbs
        self._full, self._full_until = False, 0.0

    def wanted(self) -> bool:
        """Whether there is anybody whose commands would be heeded."""
        return any(key.role == "support" and key.revoked is None for key in self._keys().keys.values())

    def full(self, now: float) -> bool:
        """Whether there is no room for anything that is not a record."""
        if now >= self._full_until:
            self._full = self._house.station.storage().share >= FULL
            self._full_until = now + _FULL_FOR_S
        return self._full

    def facts(self, state: State, now: float, *, queued: int, leaving: bool) -> Facts:
        """All that a command is judged by."""
        chain, live = self._house.station.chain, self._house.live
        stamp = chain.stamp()
        return Facts(
            station=chain.station,
            nonce=state.nonce,
            trust=self._keys(),
            verbs=self._verbs,
            earliest=chain.floor,
            synchronised=stamp.wall if stamp.status == "S" else None,
            counters=state.counters,
            rates=state.rates,
            consent=state.consent,
            last_consent=state.last_consent,
            queued=queued,
            line_busy=live is not None and live.running,
            full=self.full(now),
            leaving=leaving,
        )
