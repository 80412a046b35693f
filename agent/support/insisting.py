"""Asking again where only people keep an answer back: those on site see the question, the engineer need not repeat it.

Each time is a new command with a new number, well within the rate; it ends when somebody agreed, or the wait is over.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, repeat
from typing import Any

from agent.support.asking import Asking
from agent.support.told import Told

PAUSES_S = (2.0, 3.0, 5.0, 10.0, 10.0, 15.0, 15.0, 30.0, 30.0, 60.0)  # seven in the first minute; and then
LAST_PAUSE_S = 90.0
_OF_PEOPLE = ("no_consent", "consent_over")
_OF_BIRTH = ("stale_boot", "restarted")


def insist(
    asking: Asking,
    verb: str,
    arguments: Mapping[str, Any],
    order: str,
    *,
    wait_s: float,
    pauses_s: Sequence[float] = PAUSES_S,
) -> Iterator[Told]:
    """Ask until it is no longer consent alone that is missing; the last thing told is a refusal or an end."""
    until = time.monotonic() + wait_s
    pauses = chain(pauses_s, repeat(LAST_PAUSE_S))
    anew = waiting = False
    while True:
        kept: Told | None = None
        begun = False
        for told in asking.ask(verb, arguments, order):
            begun = begun or told.kind == "event" or (told.kind, told.code) == ("note", "taken")
            if told.kind in ("refused", "end") and told.code in (*_OF_PEOPLE, *_OF_BIRTH) and not begun:
                kept = told
            elif not (waiting and told.code == "signed"):
                yield told
        if kept is None:
            return
        if kept.code in _OF_BIRTH and not anew:
            anew = True  # the station came back while the command was on its way
            asking.look_again()
            yield Told(kind="note", code="new_birth")
            continue
        pause = next(pauses)
        if kept.code not in _OF_PEOPLE or time.monotonic() + pause > until:
            yield kept
            return
        if not waiting:
            yield Told(kind="note", code="consent", about={"wait": round(wait_s)})
        waiting = True
        asking.wait(pause)
