"""`ont.read`: everything that the ONT says of itself, or some groups of it, read once by its profile."""

from collections.abc import Mapping, Sequence
from typing import Any

from agent.fields import Fields
from agent.support.reasons import Ended
from agent.support.scene import scene_of
from agent.support.verb import Verb, Work
from diagnostics.check import Context, run_check
from diagnostics.checks import ont
from diagnostics.quantities import ONT_QUANTITIES

_BEGINS: Mapping[str, Sequence[str]] = {
    "optics": ("ont_rx_", "ont_tx_", "ont_bias", "ont_voltage", "ont_temperature", "ont_optical"),
    "pon": ("ont_pon_mode", "ont_pon_uptime", "ont_onu", "ont_epon", "ont_olt", "ont_loid", "ont_uptime", "ont_alarm"),
    "errors": ("ont_bip", "ont_fec", "ont_hec", "ont_ploam"),
    "services": ("ont_gem", "ont_tconts", "ont_provisioned", "ont_igmp", "ont_wan", "ont_pppoe", "ont_voip"),
    "lan": ("ont_lan",),
}
GROUPS: Mapping[str, tuple[str, ...]] = {
    "identity": tuple(n for n in ONT_QUANTITIES if not n.startswith(tuple(b for bs in _BEGINS.values() for b in bs))),
    **{group: tuple(n for n in ONT_QUANTITIES if n.startswith(tuple(begins))) for group, begins in _BEGINS.items()},
}


def _read(arguments: Fields) -> Mapping[str, Any]:
    arguments.exactly(of="of ont.read", optional=("groups",))
    named = arguments.items("groups") if "groups" in arguments else list(GROUPS)
    if not named or not all(isinstance(each, str) and each in GROUPS for each in named):
        raise arguments.complain("groups", f"must be one or more of {', '.join(GROUPS)}")
    return {"groups": [group for group in GROUPS if group in named]}


def _run(work: Work) -> None:
    scene = scene_of(work)
    wanted = {name for group in work.arguments["groups"] for name in GROUPS[group]}
    made = run_check(ont.CHECK, Context(line=scene.line, instruments=scene.instruments))
    if work.cancelled():
        return
    if all(m.failure is not None for m in made):
        failures = [m.failure for m in made if m.failure is not None]
        failure = next((f for f in failures if f.kind != "not_supported"), failures[0])
        raise Ended("not_available", scene.discretion.words(f"the ONT could not be read: {failure}"))
    untold = {m.quantity for m in made if m.failure is not None and m.failure.kind == "not_supported"}
    for event in scene.told(m for m in made if m.quantity in wanted and m.quantity not in untold):
        work.emit(event)
    work.emit({"event": "untold", "quantities": sorted(wanted & untold)})


VERB = Verb(name="ont.read", consent=True, line=True, read=_read, run=_run, deadline_s=90.0)
