"""Remote support as the page shows it: who asks, who may, what runs, what is watched; told as soon as it changes.

A page asks and is answered when the bell rings, or after a while. Only so many may wait at a time that a thread is
always left for everything else; who finds no room is answered at once. What an engineer wrote goes on as plain text.
"""

import threading
from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

from agent.bell import Bell
from agent.http_message import Refused, Request
from agent.watched import Watched
from diagnostics.measurement import sanitised
from diagnostics.quantities import QUANTITIES
from diagnostics.quantity_texts import failure_words, title_of

WAIT_S = 10.0
MOST_WAITING = 8  # as many as phones
_LONGEST_TEXT = 200
_MOST_LISTED = 20


class Support(Protocol):
    """What the page may ask of remote support, and have it do."""

    def told(self) -> dict[str, Any]:
        """Who asks, who may, what runs and waits, what was done and refused."""

    def grant(self, kid: str, minutes: int, by: Literal["technician", "customer"]) -> None:
        """Let one person in for so many minutes."""

    def decline(self, kid: str) -> None:
        """Say no to one who asks."""

    def withdraw(self) -> None:
        """Let nobody in any more, and end what runs."""

    def stop(self) -> None:
        """End what runs now."""


class SupportView:
    """Tells several phones how remote support stands; `support` is None where the station has none."""

    def __init__(
        self, bell: Bell, watched: Watched, support: Callable[[], Support | None], *, wait_s: float = WAIT_S
    ) -> None:
        self._bell = bell
        self._wait_s = wait_s
        self._watched = watched
        self._support = support
        self._room = threading.BoundedSemaphore(MOST_WAITING)

    def state(self, request: Request) -> dict[str, Any]:
        """How it stands once anything changed since `since`, or after a while; `held`: there was room to wait.

        Of watch number `watch` only what came after `after` seconds is told.
        """
        since, number, after_s = (_number(request, name) for name in ("since", "watch", "after"))
        held = self._room.acquire(blocking=False)
        try:
            count = self._bell.wait(int(since), self._wait_s) if held else self._bell.count
        finally:
            if held:
                self._room.release()
        support = self._support()
        watch = self._watched.to_json(int(number), after_s)
        return {
            "count": count,
            "held": held,
            "support": None if support is None else _shown(support.told()),
            "watch": None if watch is None else _shown(_worded(watch), most=None),
        }


def _number(request: Request, name: str) -> float:
    """A number of the query, -1 where it is missing. Raises Refused where it is none."""
    given = request.query.get(name, "-1")
    try:
        made = float(given) if len(given) < _LONGEST_TEXT else float("nan")
    except ValueError as error:
        raise Refused(400, "odd_request", name) from error
    if not -1e9 < made < 1e9:
        raise Refused(400, "odd_request", name)
    return made


def _worded(watch: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the words of both languages for what is watched, and for why it could not be read."""
    failures = {
        name: {**each, "words": [failure_words(each["kind"], "en"), failure_words(each["kind"], "zh")]}
        for name, each in watch["failures"].items()
    }
    return {**watch, "titles": _titles(watch["series"]), "failures": failures}


def _titles(series: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is watched in words of both languages; the name itself where it is in no dictionary."""
    told = {}
    for name in series:
        quantity, _, index = name.partition(".")
        known = quantity in QUANTITIES
        words = [title_of(quantity, "en"), title_of(quantity, "zh")] if known else [name, name]
        told[name] = [f"{each} ({index})" if known and index else each for each in words]
    return told


def _shown(made: Any, most: int | None = _MOST_LISTED) -> Any:
    """The same with every text plain and short, and no list of what was done longer than a page shows."""
    match made:
        case str():
            return sanitised(made, _LONGEST_TEXT)
        case dict():
            return {_shown(str(name)): _shown(each, most) for name, each in made.items()}
        case list() | tuple():
            return [_shown(each, most) for each in made[:most]]
    return made
