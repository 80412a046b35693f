"""`line.check`: one check of those that fill no line, with what it needs to know before."""

from collections.abc import Mapping
from typing import Any

from agent.acceptance import demands
from agent.fields import Fields
from agent.jobs import QUIET
from agent.station import shelf_of
from agent.support.scene import scene_of
from agent.support.verb import Verb, Work
from diagnostics.check import Context, run_checks

CHECKS = {check.name: check for stage in QUIET for check in stage}
_NEEDS = {"port": ("ont", "link"), "mode": ("ont", "dhcp"), "dns": ("dhcp",)}


def _read(arguments: Fields) -> Mapping[str, Any]:
    return {"check": arguments.exactly("check", of="of line.check").text("check", one_of=tuple(CHECKS))}


def _run(work: Work) -> None:
    scene, name = scene_of(work), work.arguments["check"]
    dialled = ("pppoe",) if scene.line.dialled else ()  # the others need the session up
    names = {name, *_NEEDS.get(name, ()), *dialled}

    def tell(words: str) -> None:
        check, _, state = words.partition(": ")
        work.emit({"event": "step", "check": check, "state": state})

    context = Context(line=scene.line, instruments=scene.instruments, tell=tell)
    if scene.assignment is not None:
        wanted, limits = demands(scene.assignment.order, shelf_of(work.house.station.config).load)
        context = Context(
            line=scene.line, instruments=scene.instruments, tell=tell, limits=limits, window=wanted.window
        )
    made = run_checks([[check for check in stage if check.name in names] for stage in QUIET], context)
    if work.cancelled():
        return
    own = {quantity for quantity, _ in CHECKS[name].quantities(scene.line)}
    for event in scene.told(each for each in made if each.quantity in own):
        work.emit(event)


VERB = Verb(name="line.check", consent=True, line=True, read=_read, run=_run, deadline_s=180.0)
