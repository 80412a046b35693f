"""`log.slice`: the last lines that the daemon said, from its memory and no file, without what is personal or secret.

Out of every line goes what any order on the station tells in confidence, every password that a visit may meet, and all
that looks like an address or a serial.
"""

import re
from collections.abc import Mapping
from typing import Any

from agent.fields import Fields
from agent.support.scene import discretion_of
from agent.support.verb import Verb, Work
from diagnostics.measurement import sanitised

MOST_LINES = 200
LONGEST = 500
_SERIAL = re.compile(r"\b[A-Za-z]{4}[ :-]?[0-9A-Fa-f]{8}\b|\b(?:[0-9A-Fa-f]{2}[ :-]?){7}[0-9A-Fa-f]{2}\b")


def _read(arguments: Fields) -> Mapping[str, Any]:
    arguments.exactly(of="of log.slice", optional=("lines",))
    return {"lines": arguments.whole("lines", 1, MOST_LINES, 50)}


def _run(work: Work) -> None:
    said = work.house.said()[-work.arguments["lines"] :]
    visits = [discretion_of(work, assignment) for assignment in (None, *work.house.orders().values())]

    def plain(words: str) -> str:
        for visit in visits:
            words = visit.words(words)
        return sanitised(_SERIAL.sub("<serial>", words), LONGEST)

    for at, words in said:
        if work.cancelled():
            return
        work.emit({"event": "log", "at": at, "words": plain(words)})


VERB = Verb(name="log.slice", consent=True, line=False, read=_read, run=_run)
