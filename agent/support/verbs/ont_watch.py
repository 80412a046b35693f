"""`ont.watch`: optical power and counters of the ONT each second, in one session, while somebody works on the line.

Every event has all values of its second; what a look tells is provisional and enters no record.
"""

from collections.abc import Mapping
from typing import Any

from agent.fields import Fields
from agent.kit.use import profiles_of
from agent.support.reasons import Ended
from agent.support.scene import Scene, scene_of
from agent.support.verb import Verb, Work
from agent.terminals import own_terminal
from diagnostics.measurement import Failure, Measurement, sanitised
from drivers.look import USUAL, WATCHABLE, Look
from drivers.watched_terminal import START_S, watch

MOST_S = 600
MOST_QUANTITIES = 8  # and values a second, so that ten minutes of them fit into one answer
_DETAIL = 80


def _read(arguments: Fields) -> Mapping[str, Any]:
    arguments.exactly(of="of ont.watch", optional=("seconds", "quantities"))
    named = arguments.items("quantities") if "quantities" in arguments else list(USUAL)
    if not all(isinstance(each, str) and each in WATCHABLE for each in named):
        raise arguments.complain("quantities", f"must be some of {', '.join(WATCHABLE)}")
    if not 0 < len(set(named)) == len(named) <= MOST_QUANTITIES:
        raise arguments.complain("quantities", f"must be from 1 to {MOST_QUANTITIES}, each once")
    return {"seconds": arguments.whole("seconds", 1, MOST_S, 60), "quantities": named}


def _run(work: Work) -> None:
    scene, names = scene_of(work), work.arguments["quantities"]
    teller = _Teller(work, scene)
    config = work.house.station.config
    terminal = own_terminal(config, scene.line, work.cancelled, profiles_of(config))
    trouble = watch(terminal, names, seconds=work.arguments["seconds"], on_look=teller.tell)
    if trouble is not None and not work.cancelled():
        raise Ended("not_available", scene.discretion.words(f"the ONT could not be watched: {trouble}"))


class _Teller:
    """Tells each look as one event; why a value is missing, in full only when that is new."""

    def __init__(self, work: Work, scene: Scene) -> None:
        self._work, self._scene = work, scene
        self._known: Mapping[str, Failure] = {}

    def tell(self, look: Look) -> None:
        port = self._scene.line.ont_port
        made = [m for m in look.measurements if m.index in ("", port) or not m.quantity.startswith("ont_lan_")]
        made = made[:MOST_QUANTITIES]
        known, self._known = self._known, {_name(m): m.failure for m in made if m.failure is not None}
        told = {name: self._told(failure, known.get(name)) for name, failure in self._known.items()}
        self._work.emit(
            {
                "event": "watch",
                "passed_s": round(look.at_s, 2),
                "took_ms": round(look.took_s * 1000),
                "values": {_name(m): m.value for m in made if m.value is not None},
                "failures": {name: words for name, words in told.items() if words is not None},
            }
        )

    def _told(self, failure: Failure, known: Failure | None) -> dict[str, str] | None:
        """A failure as it is told; None for what the ONT never tells, once that was said."""
        if failure == known:
            return None if failure.kind == "not_supported" else {"kind": failure.kind}
        detail = sanitised(self._scene.discretion.words(failure.detail), _DETAIL)
        return {"kind": failure.kind, "stage": failure.stage, "detail": detail}


def _name(made: Measurement) -> str:
    """A LAN quantity without its port, since it is always that of the station."""
    return made.quantity if made.quantity.startswith("ont_lan_") else made.name


VERB = Verb(name="ont.watch", consent=True, line=True, read=_read, run=_run, deadline_s=MOST_S + START_S)
