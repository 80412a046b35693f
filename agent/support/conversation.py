"""The conversation about one command: every message of the station's to it, counted, encrypted, sealed and bounded.

Once it has ended nothing more is said. It knows nothing of verbs, and never waits for a broker.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.support import box, reply
from agent.support.limits import TOTAL_BYTES
from agent.support.reasons import WORDS, Ended
from agent.support.reply import Kind, Reply
from diagnostics import strict_json

_FOR_THE_END = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """How a conversation reaches the world: the station's seal, and a post that may have no room."""

    seal: Callable[[bytes], str]
    send: Callable[[str, bytes, bool], bool]  # digest of the command, token, whether it is the last one


class Conversation:
    """All that is said to the command with the digest `of`; `point` is what answers are encrypted to, or None."""

    def __init__(self, outlet: Outlet, of: str, point: tuple[str, str] | None) -> None:
        self.of = of
        self.events = 0  # messages of kind event, also those that found no room
        self.dropped = 0
        self._outlet = outlet
        self._point = point
        self._n = 0
        self._bytes = 0

    def taken(self, **about: int) -> None:
        """Say that the command is queued."""
        self._say("taken", strict_json.write({"event": "taken", **about}))

    def refuse(self, reason: str, words: str = "") -> None:
        """Say that it is not done, and why; the only message there is."""
        body = strict_json.write({"event": "refused", "words": words or WORDS[reason]})
        self._say("refused", body, reason, last=True)

    def emit(self, event: Mapping[str, Any]) -> None:
        """Say one event. Raises Ended where the answer would grow too long."""
        for body in reply.bodies(event):
            self.events += 1
            if not self._say("event", body):
                self.dropped += 1

    def end(self, reason: str = "", words: str = "") -> None:
        """Say that there is no more, and why; how many events there were, so that what was lost shows."""
        body = {"event": "end", "events": self.events, "dropped": self.dropped, "words": words or WORDS[reason]}
        self._say("end", strict_json.write(body), reason, last=True)

    def _say(self, kind: Kind, body: bytes, reason: str = "", *, last: bool = False) -> bool:
        closed = box.close(body, *self._point) if self._point else ""
        made = Reply(of=self.of, n=self._n, kind=kind, reason=reason, body=closed)
        token = self._outlet.seal(reply.write(made)).encode()
        if not last and self._bytes + len(token) > TOTAL_BYTES - _FOR_THE_END:
            raise Ended("too_long")
        self._n += 1
        self._bytes += len(token)
        return self._outlet.send(self.of, token, last)
