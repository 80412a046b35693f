"""The checks in the order in which they run: a stage's checks side by side, stages one after the other."""

from diagnostics.check import Check
from diagnostics.checks import (
    dhcp,
    dhcp6,
    dns,
    iptv,
    link,
    mode,
    neighbours,
    ont,
    ont_again,
    path,
    port,
    pppoe,
    reach,
    throughput,
    vlan,
    voice,
)
from diagnostics.checks.beside import watched

STAGES: tuple[tuple[Check, ...], ...] = (
    (pppoe.CHECK,),  # where the station dials, what carries IP packets stands only then
    (
        *(ont.CHECK, link.CHECK, reach.CHECK, dhcp.CHECK, dhcp6.CHECK, neighbours.CHECK, path.CHECK),
        *(vlan.CHECK, iptv.CHECK, voice.CHECK),
    ),
    (port.CHECK, dns.CHECK, mode.CHECK),  # these need what the stage before found out
    (watched(throughput.DOWN, "down"),),
    (watched(throughput.UP, "up"),),
    (link.ERRORS, ont_again.CHECK),
)

CHECKS: dict[str, Check] = {check.name: check for stage in STAGES for check in stage}
