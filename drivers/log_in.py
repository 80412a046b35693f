"""Decides what a log-in dialogue wants next; pure. One user name and one password are given once, and never again."""

from collections.abc import Sequence
from typing import Literal

from diagnostics.measurement import sanitised
from drivers.profile import Dialogue, Pattern
from drivers.session import AuthRejected, Busy, LockedOut

STAGE = "log-in"
Step = Literal["wait", "username", "password", "done"]
_TAIL = 700


def next_step(seen: str, dialogues: Sequence[Dialogue], given: Step) -> Step:
    """What to give next, from what was seen since `given` was given ("wait": nothing yet).

    Raises Busy, LockedOut or AuthRejected where the ONT says so or asks again.
    """
    tail = seen[-_TAIL:]
    _refuse(tail, dialogues, given)
    if any(_ends(tail, d.prompt, alone=True) for d in dialogues):
        return "done"
    asks_password = any(_ends(tail, d.password) for d in dialogues)
    asks_name = any(_ends(tail, d.login) for d in dialogues)
    if asks_password and given in ("wait", "username"):
        return "password"
    if asks_name and given == "wait":
        return "username"
    if given == "password" and (asks_name or asks_password):
        raise AuthRejected(STAGE, f"asked again: {sanitised(tail)[-120:]}")
    return "wait"


def spoken_to(dialogues: Sequence[Dialogue], heard: str) -> tuple[Dialogue, ...]:
    """Those whose prompt stands at the end; without their levels where it is not the prompt to enter them at."""
    tail = heard[-_TAIL:]
    there = (d for d in dialogues if _ends(tail, d.prompt, alone=True))
    return tuple(d.without_levels() if d.first_at and not _ends(tail, d.first_at, alone=True) else d for d in there)


def _refuse(tail: str, dialogues: Sequence[Dialogue], given: Step) -> None:
    for dialogue in dialogues:
        for error, patterns in ((LockedOut, dialogue.locked), (Busy, dialogue.busy), (AuthRejected, dialogue.denied)):
            if error is AuthRejected and given != "password":
                continue
            for pattern in patterns:
                if match := pattern.search(tail):
                    raise error(STAGE, match.group())


def _ends(tail: str, pattern: Pattern, *, alone: bool = False) -> bool:
    line = tail[tail.rfind("\n") + 1 :]
    match = next((m for m in pattern.finditer(line) if not line[m.end() :].strip()), None)
    return match is not None and (match.start() == 0 or not alone)
