"""A look at an ONT that is watched: what it told at one moment, and which quantities are worth looking at each second.

What a look tells is provisional and stands in no record.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from diagnostics.measurement import Failure, Measurement, from_json, to_json

COUNTERS = (
    *("ont_bip_errors", "ont_fec_corrected_codewords", "ont_fec_uncorrectable_codewords"),
    *("ont_hec_errors", "ont_lan_rx_errors"),
)
USUAL = ("ont_rx_power_dbm", "ont_tx_power_dbm", *COUNTERS)
WATCHABLE = (
    *USUAL,
    *("ont_bias_ma", "ont_voltage_v", "ont_temperature_celsius", "ont_ploam_crc_errors"),
    *("ont_onu_state", "ont_optical_link", "ont_alarm_los", "ont_alarm_lof", "ont_alarm_sf", "ont_alarm_sd"),
    *("ont_lan_rx_packets", "ont_lan_tx_packets", "ont_lan_rx_bytes", "ont_lan_tx_bytes", "ont_lan_dropped_packets"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at the ONT told: when it was answered, in seconds from the start, and how long the ONT took.

    `trouble` is what ended the conversation, in the last look alone.
    """

    at_s: float
    took_s: float
    measurements: tuple[Measurement, ...]
    trouble: Failure | None = None

    def to_json(self) -> dict[str, Any]:
        """The look as a line of JSON."""
        made = {"at_s": self.at_s, "took_s": self.took_s, "measurements": list(map(to_json, self.measurements))}
        return made if self.trouble is None else made | {"trouble": asdict(self.trouble)}

    @classmethod
    def from_json(cls, made: Mapping[str, Any]) -> "Look":
        """The look that `to_json` wrote; ValueError where it is anything else."""
        try:
            trouble = Failure(**made["trouble"]) if "trouble" in made else None
            measured = tuple(map(from_json, made["measurements"]))
            at_s, took_s = float(made["at_s"]), float(made["took_s"])
            if not (0 <= at_s < math.inf and 0 <= took_s < math.inf):
                raise ValueError("not a look: its times")
            return cls(at_s=at_s, took_s=took_s, measurements=measured, trouble=trouble)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"not a look: {error}") from error
