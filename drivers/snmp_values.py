"""What SNMP answers are made of: values as text, and the columns of a walk, which must increase; pure."""

from typing import Any

from diagnostics.measurement import Failure
from drivers.profile import COUNTER32, GET, WALK
from drivers.session import Answer

ROWS = 2000
NOT_THERE = ("NoSuchObject", "NoSuchInstance", "EndOfMibView")


class Column:
    """One column of a walk: what came so far, and whether it is over."""

    def __init__(self, root: str) -> None:
        self.root, self.last, self.ended = root, root, False
        self._lines: list[str] = []
        self._failure: Failure | None = None

    def take(self, oid: str, value: Any) -> None:
        """The next object behind `last`; one that lies outside the column ends it."""
        if self.ended or type(value).__name__ in NOT_THERE:
            self.ended = True
        elif _key(oid) <= _key(self.last):
            self._fail("the walk does not increase")
        elif not oid.startswith(self.root + "."):
            self.ended = True
        elif len(self._lines) >= ROWS:
            self._fail(f"more than {ROWS} rows")
        else:
            self._lines.append(f"{oid} = {text_of(value)}")
            self.last = oid

    def answer(self) -> Answer:
        """The rows, or why there are none."""
        if self._failure or self._lines:
            return self._failure or "\n".join(self._lines)
        return Failure(kind="no_such_object", stage=WALK + self.root, detail="the column is empty")

    def _fail(self, words: str) -> None:
        self.ended = True
        self._failure = Failure(kind="unparseable", stage=WALK + self.root, detail=words)


def object_answer(oid: str, value: Any) -> Answer:
    """The line of a single object, or that the agent has none."""
    if type(value).__name__ in NOT_THERE:
        return Failure(kind="no_such_object", stage=GET + oid, detail=type(value).__name__)
    return f"{oid} = {text_of(value)}"


def text_of(value: Any) -> str:
    """A value as text: octets that are no text in hex, a 32-bit counter with a mark behind it."""
    kind = type(value).__name__
    if kind not in ("OctetString", "Opaque"):
        return str(value.prettyPrint()) + (COUNTER32 if kind == "Counter32" else "")
    raw = bytes(value)
    text = raw.decode("utf-8", errors="replace").rstrip("\0\r\n")
    return text if text.isprintable() else f"0x{raw.hex()}"


def _key(oid: str) -> tuple[int, ...]:
    return tuple(map(int, oid.split(".")))
