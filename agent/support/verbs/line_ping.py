"""`line.ping`: echo requests to one of the places that the order or the configuration names, told one by one."""

from collections.abc import Mapping
from statistics import median
from typing import Any

from agent.fields import Fields
from agent.support.reasons import Ended
from agent.support.scene import Scene, scene_of, targets
from agent.support.verb import Verb, Work
from diagnostics.instruments import Family
from diagnostics.latency import percentile
from diagnostics.measurement import Failure
from diagnostics.route import reached

MOST = 100
LEAST_MS, MOST_MS = 100, 1000
PLACES = ("gateway", "ont", "reflector", "dns")
MOST_PLACE = 8
_GRACE_S = 20.0


def place(arguments: Fields) -> str:
    """The name of a place: `gateway`, `ont`, `reflector`, `dns`, or of further ones `reflector.2`. Raises BadInput."""
    named = arguments.text("target", longest=20)
    name, dot, number = named.partition(".")
    if name not in PLACES or (dot and number not in {str(each) for each in range(2, MOST_PLACE + 1)}):
        raise arguments.complain("target", f"must be {', '.join(PLACES)}, or a further one like reflector.2")
    return named


def address_of(work: Work, scene: Scene, family: Family = "auto") -> str:
    """The address of the place that a command names. Raises Ended where there is none, or no way leads there."""
    named, line = work.arguments["target"], scene.line
    host = targets(line).get(named)
    if host is None:
        raise Ended("not_available", f"neither the order nor the configuration names a {named}")
    if line.dialled:
        raise Ended("not_available", "the station dials on this line itself; line.check reach does that first")
    found = reached(host, interface=line.ip_interface, namespace=line.namespace, family=family)
    if isinstance(found, Failure):
        raise Ended("not_available", scene.discretion.words(str(found)))
    return found


def _read(arguments: Fields) -> Mapping[str, Any]:
    arguments.exactly("target", of="of line.ping", optional=("count", "interval_ms"))
    return {
        "target": place(arguments),
        "count": arguments.whole("count", 1, MOST, 10),
        "interval_ms": arguments.whole("interval_ms", LEAST_MS, MOST_MS, 200),
    }


def _run(work: Work) -> None:
    scene, count, interval_s = scene_of(work), work.arguments["count"], work.arguments["interval_ms"] / 1000
    address = address_of(work, scene)
    heard: list[float | None] = []

    def tell(line: Mapping[str, Any]) -> None:
        if len(heard) < count:
            heard.append(None if line["rtt_us"] is None else line["rtt_us"] / 1000)
            work.emit({"event": "echo", "number": len(heard), "ms": heard[-1]})

    made = scene.instruments.wire.ask(
        "latency",
        {"address": address, "interval_s": interval_s},
        deadline_s=count * interval_s + _GRACE_S,
        on_line=tell,
        until=lambda: len(heard) >= count,
    )
    if work.cancelled():
        return
    if made.failure is not None:
        raise Ended("not_available", scene.discretion.words(str(made.failure)))
    work.emit({"event": "echoes", "target": work.arguments["target"], **_summed(heard)})


def _summed(heard: list[float | None]) -> dict[str, Any]:
    known = [ms for ms in heard if ms is not None]
    told = {"sent": len(heard), "lost": len(heard) - len(known)}
    if not known:
        return told
    figures = {
        "least_ms": min(known),
        "median_ms": median(known),
        "p95_ms": percentile(known, 0.95),
        "most_ms": max(known),
    }
    return told | {name: round(ms, 3) for name, ms in figures.items()}


VERB = Verb(
    name="line.ping", consent=True, line=True, read=_read, run=_run, deadline_s=MOST * MOST_MS / 1000 + 2 * _GRACE_S
)
