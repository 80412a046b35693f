"""`have` and its answer: what a station's chain holds, and which of it the acceptor wants once more; pure.

Both are plain words between two who check everything else: a false one makes a record go out that nobody needed, and
decides nothing.
"""

from dataclasses import asdict, dataclass
from typing import Any

from agent.fields import Fields
from agent.record_form import digest
from diagnostics import strict_json
from diagnostics.errors import BadInput

MOST_RECORDS = 500
_MOST = 2**53 - 1
_BYTES = 1024


class HaveError(BadInput):
    """A message is neither of the two; it names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Have:
    """One epoch of a chain: its key, its newest record with its digest, and up to where all of it is acknowledged."""

    kid: str
    epoch: int
    contiguous: int
    last: int
    head: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """The records of an epoch, from the first to the last, that the acceptor lacks."""

    kid: str
    epoch: int
    first: int
    last: int


def write(message: Have | Resend) -> bytes:
    """The bytes of a message."""
    made: dict[str, Any] = asdict(message)
    return strict_json.write({"resend": made} if isinstance(message, Resend) else made)


def parse_have(raw: bytes) -> Have:
    """What a station says that it has; HaveError where the bytes say no such thing."""
    root = _exactly(_object(raw), "", Have)
    made = Have(
        kid=root.text("kid"),
        epoch=root.whole("epoch", 1, _MOST),
        contiguous=root.whole("contiguous", 0, _MOST),
        last=root.whole("last", 1, _MOST),
        head=digest(root, "head"),
    )
    if made.contiguous > made.last:
        raise root.complain("contiguous", "must not be greater than last")
    return made


def is_resend(raw: bytes) -> bool:
    """Whether a message of the acceptor's is no acceptance, which begins otherwise."""
    return raw.startswith(b"{")


def parse_resend(raw: bytes) -> Resend:
    """What the acceptor wants again; HaveError where the bytes say no such thing."""
    made = _object(raw)
    if list(made) != ["resend"]:
        raise HaveError("resend: must be the only field")
    root = _exactly(made["resend"], "resend", Resend)
    asked = Resend(
        kid=root.text("kid"),
        epoch=root.whole("epoch", 1, _MOST),
        first=root.whole("first", 1, _MOST),
        last=root.whole("last", 1, _MOST),
    )
    if asked.first > asked.last or asked.last - asked.first >= MOST_RECORDS:
        raise root.complain("first", f"must be from 1 to last, and at most {MOST_RECORDS} records")
    return asked


def _object(raw: bytes) -> dict[str, Any]:
    try:
        return strict_json.parse_object(raw, size=_BYTES)
    except strict_json.JsonError as error:
        raise HaveError(str(error)) from error


def _exactly(made: Any, path: str, kind: type[Have] | type[Resend]) -> Fields:
    root = Fields(made, path, HaveError)
    for name in sorted(set(made) ^ set(kind.__slots__)):
        raise root.complain(name, "is missing" if name in kind.__slots__ else "is not a field here")
    return root
