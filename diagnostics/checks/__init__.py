"""The checks in the order in which they run: a stage's checks side by side, stages one after the other."""

from diagnostics.check import Check
from diagnostics.checks import link, ont, port, pppoe, reach, throughput

STAGES: tuple[tuple[Check, ...], ...] = (
    (pppoe.CHECK,),
    (ont.CHECK, link.CHECK, reach.CHECK),
    (port.CHECK,),
    (throughput.DOWN,),
    (throughput.UP,),
    (link.ERRORS,),
)

CHECKS: dict[str, Check] = {check.name: check for stage in STAGES for check in stage}
