"""The checks in the order in which they run: a stage's checks side by side, stages one after the other."""

from diagnostics.check import Check
from diagnostics.checks import link, ont, ont_again, port, reach, throughput
from diagnostics.checks.beside import watched

STAGES: tuple[tuple[Check, ...], ...] = (
    (ont.CHECK, link.CHECK, reach.CHECK),
    (port.CHECK,),
    (watched(throughput.DOWN, "down"),),
    (watched(throughput.UP, "up"),),
    (link.ERRORS, ont_again.CHECK),
)

CHECKS: dict[str, Check] = {check.name: check for stage in STAGES for check in stage}
