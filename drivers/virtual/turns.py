"""Turns for lines that share a machine: while one of them fills its line, the others fill theirs or wait.

Building a line and asking around on it takes a processor whole, and filling it hardly any; side by side the one would
spoil the other's figures. Locks are the kernel's, on files, so that a line that dies holds up nobody.
"""

import fcntl
import os
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from diagnostics.check import Check, Context
from diagnostics.measurement import Measurement

Turn = Literal["work", "load"]
_OTHER: dict[Turn, Turn] = {"work": "load", "load": "work"}
_LOOK_S = 0.05


class Turns:
    """One line's place among those that use the same folder; it is in one turn at a time, or in none."""

    def __init__(self, folder: Path) -> None:
        names = ("door", "work", "load")
        self._files = {name: os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) for name in names}

    def enter(self, turn: Turn) -> None:
        """Leave the turn that this line is in, and wait until no line is in another turn than this one."""
        fcntl.flock(self._files[_OTHER[turn]], fcntl.LOCK_UN)
        while not self._entered(turn):
            time.sleep(_LOOK_S)

    def _entered(self, turn: Turn) -> bool:
        """Enter if nobody is in the other turn; one looks at a time."""
        fcntl.flock(self._files["door"], fcntl.LOCK_EX)
        try:
            fcntl.flock(self._files[_OTHER[turn]], fcntl.LOCK_EX | fcntl.LOCK_NB)
            fcntl.flock(self._files[turn], fcntl.LOCK_SH)
            fcntl.flock(self._files[_OTHER[turn]], fcntl.LOCK_UN)
        except BlockingIOError:
            return False
        finally:
            fcntl.flock(self._files["door"], fcntl.LOCK_UN)
        return True

    def close(self) -> None:
        """Leave for good."""
        for file in self._files.values():
            os.close(file)


def in_turns(stages: Sequence[Sequence[Check]], turns: Turns) -> tuple[Sequence[Check], ...]:
    """The stages of an acceptance, with the turn for loads taken before the first that fills the line, left after."""
    filling = [place for place, stage in enumerate(stages) if any("throughput" in check.name for check in stage)]
    first, behind = filling[0], filling[-1] + 1
    load, work = (_switch(turns, "load"),), (_switch(turns, "work"),)
    return (*stages[:first], load, *stages[first:behind], work, *stages[behind:])


def _switch(turns: Turns, turn: Turn) -> Check:
    def run(context: Context) -> Iterable[Measurement]:
        turns.enter(turn)
        return ()

    return Check(name=f"turn_{turn}", quantities=lambda line: (), run=run)
