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
MOST_LEFT = 64
_MOST = 2**53 - 1
_BYTES = 2048


class HaveError(BadInput):
    """A message is neither of the two; it names the field and what belongs there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Of the records of an epoch, from the first to the last, those that the station knows as left to a person."""

    first: int
    last: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Have:
    """One epoch of a chain: its key, its newest record with its digest, and up to where all of it is acknowledged.

    `review` is None where nothing of it was ever left to a person.
    """

    kid: str
    epoch: int
    contiguous: int
    last: int
    head: str
    review: Left | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resend:
    """The records of an epoch that the acceptor wants again, from the first to the last; only `numbers`, if any."""

    kid: str
    epoch: int
    first: int
    last: int
    numbers: tuple[int, ...] = ()


def write(message: Have | Resend) -> bytes:
    """The bytes of a message."""
    made: dict[str, Any] = {name: value for name, value in asdict(message).items() if value not in (None, ())}
    return strict_json.write({"resend": made} if isinstance(message, Resend) else made)


def parse_have(raw: bytes) -> Have:
    """What a station says that it has; HaveError where the bytes say no such thing."""
    given = _object(raw)
    root = _exactly(given, "", Have, "review")
    made = Have(
        kid=root.text("kid"),
        epoch=root.whole("epoch", 1, _MOST),
        contiguous=root.whole("contiguous", 0, _MOST),
        last=root.whole("last", 1, _MOST),
        head=digest(root, "head"),
        review=_left(given["review"]) if "review" in given else None,
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
    root = _exactly(made["resend"], "resend", Resend, "numbers")
    asked = Resend(
        kid=root.text("kid"),
        epoch=root.whole("epoch", 1, _MOST),
        first=root.whole("first", 1, _MOST),
        last=root.whole("last", 1, _MOST),
        numbers=_numbers(root) if "numbers" in root else (),
    )
    if asked.first > asked.last or (asked.last - asked.first >= MOST_RECORDS and not asked.numbers):
        raise root.complain("first", f"must be from 1 to last, and at most {MOST_RECORDS} records")
    return asked


def _left(given: Any) -> Left:
    made = _exactly(given, "review", Left)
    return Left(first=made.whole("first", 1, _MOST), last=made.whole("last", 1, _MOST), numbers=_numbers(made))


def _numbers(root: Fields) -> tuple[int, ...]:
    """Numbers between first and last, rising."""
    numbers, least = root.items("numbers"), root.whole("first", 1, _MOST)
    for number in numbers:
        if type(number) is not int or not least <= number <= root.whole("last", 1, _MOST):
            raise root.complain("numbers", "must be whole numbers from first to last, rising")
        least = number + 1
    if len(numbers) > MOST_LEFT:
        raise root.complain("numbers", f"must be at most {MOST_LEFT}")
    return tuple(numbers)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        return strict_json.parse_object(raw, size=_BYTES)
    except strict_json.JsonError as error:
        raise HaveError(str(error)) from error


def _exactly(made: Any, path: str, kind: type[Have] | type[Left] | type[Resend], optional: str = "") -> Fields:
    return Fields(made, path, HaveError).exactly(*kind.__slots__, of="here", optional=(optional,))
