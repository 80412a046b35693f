"""What a station answers to one command, as the engineer may believe it: in its order, each message once, gaps told.

Pure: payloads and seconds come in. A message that is not by the station's key, not to this command or not for our
one-time key changes nothing and is counted; what the broker doubles or reorders is put right.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from agent.opening_key import OpeningKey
from agent.support import box, reply
from agent.support.limits import MESSAGE_BYTES, TOTAL_BYTES
from agent.support.reply import Joining, Kind, Reply
from agent.trust import Trust
from diagnostics.errors import BadInput

GAP_S = 3.0  # how long a message that was overtaken is waited for
_MOST_AHEAD = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing that the station said, its body opened; `lost` messages before it never came.

    `own` is true of an end that we made ourselves, since the station would not.
    """

    kind: Kind
    reason: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    lost: int = 0
    own: bool = False


class Listener:
    """All replies to one command; `ended` once there is nothing more to come."""

    def __init__(self, of: str, *, station: str, trust: Trust, key: OpeningKey, gap_s: float = GAP_S) -> None:
        self.of = of
        self.ended = False
        self.lost = 0
        self.unbelieved, self.why = 0, ""  # how many messages, and why the last one
        self._station = station
        self._trust = trust
        self._key = key
        self._gap_s = gap_s
        self._next = 0
        self._ahead: dict[int, Reply] = {}
        self._behind_since = 0.0
        self._bytes = 0
        self._joining = Joining()

    def take(self, payload: bytes, now: float) -> list[Heard]:
        """What a message makes known; nothing where it is not believed, or has come before."""
        try:
            made = self._opened(payload)
        except BadInput as error:
            self._doubt(error)
            return []
        if self.ended or made.n < self._next or made.n in self._ahead:
            return []
        if not self._ahead:
            self._behind_since = now
        self._ahead[made.n] = made
        return list(self._in_order(now))

    def overdue(self, now: float) -> list[Heard]:
        """What may be told now that a message before it was waited for long enough."""
        return list(self._in_order(now))

    def reopen(self) -> None:
        """Go on listening: what seemed to be the end was none."""
        self.ended = False
        self.lost += 1

    @property
    def due_at(self) -> float | None:
        """When `overdue` has something to say; None where nothing was overtaken."""
        return self._behind_since + self._gap_s if self._ahead else None

    def _doubt(self, error: BadInput) -> None:
        self.unbelieved, self.why = self.unbelieved + 1, str(error)

    def _opened(self, payload: bytes) -> Reply:
        if len(payload) > MESSAGE_BYTES:
            raise BadInput(f"a reply of more than {MESSAGE_BYTES} bytes")
        made = reply.open_reply(payload, self._trust, station=self._station, of=self.of)
        self._bytes += len(payload)
        return made

    def _in_order(self, now: float) -> Iterator[Heard]:
        while self._ahead and not self.ended:
            first, lost = min(self._ahead), 0
            if first > self._next:
                if now < self._behind_since + self._gap_s and len(self._ahead) < _MOST_AHEAD:
                    return
                lost = first - self._next
                self.lost += lost
                self._joining = Joining()  # the parts of an event are all there, or it is none
            self._next, self._behind_since = first + 1, now
            made = self._read(self._ahead.pop(first), lost)
            if made is not None:
                self.ended = made.kind in ("refused", "end")
                yield made

    def _read(self, made: Reply, lost: int) -> Heard | None:
        """A message with its body opened; None where more of it is to come."""
        if self._bytes > 2 * TOTAL_BYTES:  # the station's own bound is the half: this one is ours
            return Heard(kind="end", reason="too_long", lost=lost, own=True)
        try:
            body = box.opened(made.body, self._key) if made.body else {}
            event: Mapping[str, Any] | None = self._joining.take(body) if made.kind == "event" else body
        except BadInput as error:
            self._doubt(error)
            event, unread = {}, int(made.kind == "event")
            lost, self.lost = lost + unread, self.lost + unread
        if event is None and not lost:
            return None
        return Heard(kind=made.kind, reason=made.reason, body=event or {}, lost=lost)
