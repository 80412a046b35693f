"""Replies: what a station says to one command, message by message, sealed by its key; the form, and nothing else.

Messages of one command count from 0 without gaps, so what was lost shows. A body is for the engineer alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from agent import seal
from agent.fields import Fields
from agent.record_form import digest
from agent.support.limits import BODY_BYTES, MESSAGE_BYTES
from agent.support.reasons import WORDS
from agent.trust import Trust
from diagnostics import strict_json
from diagnostics.errors import BadInput

TOPIC = "reply"  # and behind it the digest of the command
Kind = Literal["taken", "refused", "event", "end"]
_KINDS: tuple[str, ...] = get_args(Kind)
_VERSION = 1
_MOST_MESSAGES = 1 << 20
_PART = "part"
_PART_CHARACTERS = 6000  # of up to 4 bytes, and none grows by more than its escape


class ReplyError(BadInput):
    """What was sealed is no reply, or not to this command; the message names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One message to the command with the digest `of`; `reason` of a refusal or an end, `body` a box or empty."""

    of: str
    n: int
    kind: Kind
    reason: str = ""
    body: str = ""


def write(reply: Reply) -> bytes:
    """The bytes of a reply, ready to be sealed."""
    made: dict[str, Any] = {"v": _VERSION, "of": reply.of, "n": reply.n, "kind": reply.kind}
    return strict_json.write(made | {"reason": reply.reason, "body": reply.body})


def from_json(content: Mapping[str, Any]) -> Reply:
    """The reply that a sealed object states; ReplyError names the field that is wrong."""
    root = Fields(dict(content), "", ReplyError).exactly("v", "of", "n", "kind", "reason", "body", of="of a reply")
    root.version(_VERSION)
    kind: Any = root.text("kind", one_of=_KINDS)
    return Reply(
        of=digest(root, "of"),
        n=root.whole("n", 0, _MOST_MESSAGES),
        kind=kind,
        reason=root.text("reason", "", one_of=tuple(WORDS)),
        body=root.text("body", "", longest=MESSAGE_BYTES),
    )


def open_reply(payload: bytes, trust: Trust, *, station: str, of: str) -> Reply:
    """A reply of this station to this command; SealError, ReplyError where it is not."""
    opened = seal.open_sealed(payload.decode("ascii", errors="replace"), typ=seal.REPLY, trust=trust)
    seal.refuse_revoked(opened)
    if opened.key.name != station:
        raise ReplyError(f"the reply is signed by {opened.key.name}, not by {station}")
    made = from_json(opened.content)
    if made.of != of:
        raise ReplyError("of: the reply is to another command")
    return made


def bodies(event: Mapping[str, Any]) -> Iterator[bytes]:
    """The bodies that carry one event: itself, or where it is too long its text in parts; `left` counts down to 0."""
    raw = strict_json.write(event)
    if len(raw) <= BODY_BYTES:
        yield raw
        return
    text = raw.decode()
    pieces = [text[at : at + _PART_CHARACTERS] for at in range(0, len(text), _PART_CHARACTERS)]
    for left, piece in zip(reversed(range(len(pieces))), pieces, strict=True):
        yield strict_json.write({"event": _PART, "left": left, "text": piece})


class Joining:
    """Puts events together again from the bodies that carried them, in their order."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def take(self, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """The event that a body completes; None where more of it is to come. ReplyError where the parts make none."""
        if body.get("event") != _PART:
            self._texts.clear()
            return dict(body)
        part = Fields(dict(body), "", ReplyError).exactly("event", "left", "text", of="of a part")
        if not isinstance(body["text"], str) or len(self._texts) > _MOST_MESSAGES // _PART_CHARACTERS:
            raise part.complain("text", "must be text, and end some time")
        self._texts.append(body["text"])
        if part.whole("left", 0, _MOST_MESSAGES) > 0:
            return None
        text, self._texts = "".join(self._texts), []
        try:
            return strict_json.parse_object(text.encode(), size=_MOST_MESSAGES)
        except strict_json.JsonError as error:
            raise ReplyError(f"a part was lost: {error}") from error
