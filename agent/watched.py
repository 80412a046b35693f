"""What is watched on the ONT right now, for every page that looks: optical power and counters each second, bounded.

Whoever watches, an engineer far away or the technician alone, adds the very events that the engineer gets. What is over
stays to be seen until the next watch begins. Every change rings the bell.
"""

import threading
from collections.abc import Mapping
from typing import Any

from agent.bell import Bell

_MOST_POINTS = 1200  # twice the longest watch
_MOST_SERIES = 40


class Watched:
    """The watch that runs, or the last one; `number` tells one from the other."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._turn = threading.Lock()
        self._number = 0
        self._passed_s = 0.0
        self._series: dict[str, list[tuple[float, float | None]]] = {}
        self._states: dict[str, Any] = {}
        self._failures: dict[str, Mapping[str, Any]] = {}
        self._ended: str | None = ""

    def begin(self) -> int:
        """A new watch begins, and what the last one saw is forgotten; the number that it is told by."""
        with self._turn:
            self._number += 1
            self._passed_s, self._ended = 0.0, None
            self._series, self._states, self._failures = {}, {}, {}
            number = self._number
        self._bell.ring()
        return number

    def add(self, event: Mapping[str, Any], number: int | None = None) -> None:
        """Hear an event of `ont.watch`: `passed_s`, `values` by quantity, and `failures` by quantity with their `kind`.

        One of another watch than that which runs is let go; without a `number` it is of that one.
        What could not be read makes a point without a value, so that no plot draws through it. What the ONT never tells
        is said in the first event alone, and holds on.
        """
        passed_s, states = float(event["passed_s"]), dict[str, Any]()
        with self._turn:
            if number not in (None, self._number):
                return
            self._passed_s = passed_s
            broken = {name: None for name in event["failures"] if name in self._series}
            for name, value in {**broken, **event["values"]}.items():
                if isinstance(value, bool | str):
                    states[name] = value
                elif name in self._series or len(self._series) < _MOST_SERIES:
                    points = self._series.setdefault(name, [])
                    points.append((passed_s, value))
                    del points[:-_MOST_POINTS]
            untold = {name: each for name, each in self._failures.items() if each["kind"] == "not_supported"}
            self._states, self._failures = states, {**untold, **event["failures"]}
        self._bell.ring()

    def end(self, reason: str = "", number: int | None = None) -> None:
        """The watch is over: why, by its code, or empty where its time was up. `number` as in `add`."""
        with self._turn:
            if self._ended is not None or number not in (None, self._number):
                return
            self._ended = reason
        self._bell.ring()

    def to_json(self, number: int = 0, after_s: float = -1.0) -> dict[str, Any] | None:
        """All of it, or of watch `number` only what came after so many seconds; None where nothing was ever watched."""
        with self._turn:
            if not self._number:
                return None
            least = after_s if number == self._number else -1.0
            found = {name: [list(each) for each in made if each[0] > least] for name, made in self._series.items()}
            return {
                "number": self._number,
                "passed_s": self._passed_s,
                "series": found,
                "states": dict(self._states),
                "failures": dict(self._failures),
                "ended": self._ended,
            }
