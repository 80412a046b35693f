"""`line.trace`: the way to one of the places that the order or the configuration names, hop by hop, over IPv4.

Routers are told by their whole addresses: they are the operator's, and an engineer looks for one of them.
"""

from collections.abc import Mapping
from typing import Any

from agent.fields import Fields
from agent.support.reasons import Ended
from agent.support.scene import scene_of
from agent.support.verb import Verb, Work
from agent.support.verbs.line_ping import address_of, place

MOST_HOPS, MOST_TRIES = 30, 3
_GRACE_S = 20.0
_MOST_S = MOST_HOPS * 1.0 + _GRACE_S  # a silent hop costs a second


def _read(arguments: Fields) -> Mapping[str, Any]:
    arguments.exactly("target", of="of line.trace", optional=("hops", "tries"))
    return {
        "target": place(arguments),
        "hops": arguments.whole("hops", 1, MOST_HOPS, 20),
        "tries": arguments.whole("tries", 1, MOST_TRIES, 2),
    }


def _run(work: Work) -> None:
    scene = scene_of(work)
    address = address_of(work, scene, "4")
    heard = scene.instruments.wire.ask(
        "trace",
        {"address": address, "hops": work.arguments["hops"], "tries": work.arguments["tries"]},
        deadline_s=_MOST_S,
        on_line=lambda line: work.emit({"event": "hop", **line}) if "hop" in line else None,
    )
    if work.cancelled():
        return
    if heard.failure is not None:
        raise Ended("not_available", scene.discretion.words(str(heard.failure)))
    reached = [line["hop"] for line in heard.lines if line["end"] == "echo"]
    work.emit({"event": "traced", "target": work.arguments["target"], "reached_at": reached[0] if reached else None})


VERB = Verb(name="line.trace", consent=True, line=True, read=_read, run=_run, deadline_s=_MOST_S + _GRACE_S)
