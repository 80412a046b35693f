"""The ONT of a line watched by a child process: a look a second in one session, handed on the moment it comes.

Importing this imports no library. However the child ends, the last thing told says why, and no byte of the ONT was
parsed here.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from diagnostics.child import Bounds, Ending, namespace_prefix, run_child
from diagnostics.measurement import Failure
from diagnostics.route import off_line
from drivers.look import Look
from drivers.terminal import KINDS, ChildTerminal

START_S = 25.0  # until the first answer, at most: the child's start, one log-in, one question's patience
OUTPUT_BYTES = 16 << 20  # ten minutes of eight counters at eight ports each
FAREWELL_S = 8.0  # for the log-out, once the end is wanted


def watch(
    terminal: ChildTerminal,
    names: Sequence[str],
    *,
    seconds: float,
    every_s: float = 1.0,
    on_look: Callable[[Look], None],
    child: str = "drivers.watching",
    farewell_s: float = FAREWELL_S,
) -> Failure | None:
    """Watch these quantities for so long, or until the terminal is cancelled; why it ended before, if it did.

    The ONT is reached as the terminal says, over its interface and nowhere else. A child that has not logged out
    `farewell_s` after the end was wanted is killed.
    """
    if terminal.interface:
        stray = off_line(terminal.address, interface=terminal.interface, namespace=terminal.namespace)
        if stray is not None:
            return stray
    heard = _Heard(on_look)
    over = _Over(lambda: heard.fault is not None or terminal.cancelled(), farewell_s)
    deadline_s = START_S + seconds
    ending = run_child(
        child,
        terminal.request(deadline_s) | {"names": list(names), "seconds": seconds, "every_s": every_s},
        bounds=Bounds(deadline_s=deadline_s + farewell_s, output_bytes=OUTPUT_BYTES),
        on_line=heard.take,
        prefix=namespace_prefix(terminal.namespace),
        cancelled=over.long,
        until=over.wanted,
    )
    if heard.fault is not None:
        raise heard.fault
    return heard.ended(ending)


class _Over:
    """Whether the end is wanted, and whether it was wanted so long ago that nobody waits for the log-out any more."""

    def __init__(self, cancelled: Callable[[], bool], farewell_s: float) -> None:
        self._cancelled, self._farewell_s = cancelled, farewell_s
        self._since: float | None = None

    def wanted(self) -> bool:
        if self._since is None and self._cancelled():
            self._since = time.monotonic()
        return self._since is not None

    def long(self) -> bool:
        return self.wanted() and time.monotonic() - (self._since or 0.0) > self._farewell_s


class _Heard:
    """The looks that came from the child and could be understood; `fault` is what hearing one of them raised.

    It waits until the child has logged out: an ONT often has one session only.
    """

    def __init__(self, on_look: Callable[[Look], None]) -> None:
        self._on_look = on_look
        self._last: Look | None = None
        self.fault: Exception | None = None

    def take(self, line: Mapping[str, Any]) -> None:
        try:
            self._last = Look.from_json(line)
        except ValueError:
            return
        if self.fault is not None:
            return
        try:
            self._on_look(self._last)
        except Exception as error:
            self.fault = error

    def ended(self, ending: Ending) -> Failure | None:
        """The trouble that the last look told of, or that the child itself came to a bad end."""
        if ending.kind == "cancelled":
            return None  # the end was wanted
        if ending.kind != "done":
            kind = KINDS.get(ending.kind, "check_crashed")
            return Failure(kind=kind, stage="watching", detail=f"{ending.kind} {ending.detail}")
        if self._last is None:
            return Failure(kind="check_crashed", stage="watching", detail="the child told nothing")
        return self._last.trouble
