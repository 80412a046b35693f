"""How a virtual ONT goes wrong while it carries traffic: errors that grow with it, a restart in the middle; pure.

Everything is counted from what its LAN ports really carried, so that an idle line has no new errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from drivers.virtual.live import grown


@dataclass(frozen=True, slots=True, kw_only=True)
class Decay:
    """What goes wrong; 0 is never. Octets that one codeword lost, one broken frame and a restart take."""

    fec_every_bytes: int = 0
    port_error_every_bytes: int = 0
    restart_after_bytes: int = 0

    def restarts(self, counted: Mapping[str, int]) -> bool:
        """Whether the port has carried what it takes to restart."""
        return 0 < self.restart_after_bytes <= counted["rx_bytes"] + counted["tx_bytes"]

    def grown(
        self, ports: Mapping[str, Mapping[str, int]], elapsed_s: float, restarted_s: float | None, uptime_s: float
    ) -> dict[str, float]:
        """By how much each quantity has grown, by name and, for every port but the first, by its index."""
        first, *others = ports
        made = grown(ports[first], elapsed_s, restarted_s, uptime_s)
        for port in others:
            made |= {
                f"ont_lan_{name}[{port}]": float(count) for name, count in ports[port].items() if "errors" not in name
            }
        if self.fec_every_bytes:
            made["ont_fec_uncorrectable_codewords"] = float(ports[first]["tx_bytes"] // self.fec_every_bytes)
        if self.port_error_every_bytes:
            made["ont_lan_rx_errors"] = float(ports[first]["rx_bytes"] // self.port_error_every_bytes)
        return made
