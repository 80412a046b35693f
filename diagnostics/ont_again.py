"""The ONT before and after the load: the same one, never restarted, its counters moved as the station's did; pure.

First contact is no increase; a counter that stands still, is full or started anew proves nothing and is not supported.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from diagnostics.counters import increase, increase_near
from diagnostics.instruments import Link
from diagnostics.measurement import Failure, Measurement, Value

RISES = ("ont_bip_errors", "ont_fec_corrected_codewords", "ont_fec_uncorrectable_codewords", "ont_hec_errors")
KINDS = ("octets", "packets", "other_ports")
_LAN_COUNTERS = tuple(f"ont_lan_{way}_{unit}" for way in ("rx", "tx") for unit in ("bytes", "packets"))
_LEAST = {"bytes": 1_000_000, "packets": 1000}  # less traffic than this proves nothing
_FULL = (2**31 - 1, 2**32 - 1)
_TICKS_S = 2**32 / 100  # where an uptime in hundredths of a second begins anew (RFC 3418 sysUpTime)
_SERIALS = ("ont_pon_serial", "ont_equipment_serial")

Way = Literal["down", "up"]
STILL = "still"  # the stage of a counter that did not move while the line was full


class Twice:
    """An ONT read before and after the load, and the station's interface counters at about the same two moments."""

    def __init__(
        self,
        before: Sequence[Measurement],
        after: Sequence[Measurement],
        link: Link | Failure,
        *,
        ont_port: str,
        elapsed_s: float,
    ) -> None:
        self._before = {(m.quantity, m.index): m for m in before}
        self._after = {(m.quantity, m.index): m for m in after}
        self._link, self._port, self._elapsed_s = link, ont_port, elapsed_s

    def figures(self) -> Mapping[str, Value | Failure]:
        """Every quantity that the two readings give."""
        made: dict[str, Value | Failure] = {"ont_identity": self.identity(), "ont_uptime_rise_s": self.uptime_rise_s()}
        for way in ("down", "up"):
            made |= {f"ont_{kind}_{way}_ratio": self.ratio(way, kind) for kind in KINDS}
        made["ont_lan_rx_errors_rise"] = self._grown("ont_lan_rx_errors", self._port, 0)
        return made | {f"{name}_rise": self._rise(name) for name in RISES}

    def identity(self) -> Value | Failure:
        """Whether it is the same ONT, by the serial that was known before."""
        for name in _SERIALS:
            before = self._before.get((name, ""))
            if before is not None and before.failure is None:
                after = self._after.get((name, ""))
                if after is None or after.failure is not None:
                    return after.failure if after and after.failure else _UNREAD
                return "same" if after.value == before.value else "changed"
        return self._failure_of(_SERIALS[0], "")

    def uptime_rise_s(self) -> Value | Failure:
        """By how much the uptime grew; negative where the ONT restarted, an uptime that only wrapped is unfolded."""
        before, after = (readings.get(("ont_uptime_s", "")) for readings in (self._before, self._after))
        if before is None or after is None or before.number is None or after.number is None:
            return self._failure_of("ont_uptime_s", "")
        rise = after.number - before.number
        wrapped = rise < 0 and before.number + self._elapsed_s + 5 >= _TICKS_S
        return rise + _TICKS_S if wrapped else rise

    def ratio(self, way: Way, kind: str) -> Value | Failure:
        """What the ONT's LAN ports counted in one direction over what the station did."""
        unit = "packets" if kind == "packets" else "bytes"
        station = self._station(way, unit)
        if isinstance(station, Failure):
            return station
        name = f"ont_lan_{'tx' if way == 'down' else 'rx'}_{unit}"  # the ONT sends what goes down to the station
        if kind == "other_ports":
            ports = [index for quantity, index in self._before if quantity == name and index != self._port]
            grown = [self._grown(name, port, 0) for port in ports]
            known = [growth for growth in grown if not isinstance(growth, Failure)]
            return sum(known) / station if known else self._failure_of(name, "")
        growth = self._grown(name, self._port, station)
        if isinstance(growth, Failure):
            return growth
        return growth / station if growth else self._unmoved(name)

    def _unmoved(self, name: str) -> Value | Failure:
        """Nothing, where others of this ONT moved meanwhile: it does count. Else it may cache, which proves nothing."""
        own = self._before[(name, self._port)]
        others = (place for place in self._before if place[0] in _LAN_COUNTERS and place != (name, self._port))
        growths = (self._grown(*place, 0) for place in others)
        if own.number and any(isinstance(growth, int) and growth > 0 for growth in growths):
            return 0.0
        return Failure(kind="not_supported", stage=STILL, detail=f"{name}[{self._port}] did not move")

    def _station(self, way: Way, unit: str) -> int | Failure:
        name = f"{'rx' if way == 'down' else 'tx'}_{unit}"
        before = self._before.get((f"station_{name}", "before"))
        if isinstance(self._link, Failure):
            return self._link
        if before is None or before.number is None:
            return Failure(kind="not_applicable", stage="counter", detail="the station was not read before")
        moved = getattr(self._link, name) - int(before.number)
        if moved < _LEAST[unit]:
            return Failure(kind="not_applicable", stage="counter", detail=f"only {moved} {unit} passed")
        return int(moved)

    def _grown(self, name: str, index: str, expected: int) -> int | Failure:
        before, after = self._before.get((name, index)), self._after.get((name, index))
        if before is None or after is None or before.failure or after.failure:
            return self._failure_of(name, index)
        if after.number in _FULL:
            return _still(f"{after.name} is full")
        growth = increase_near(before, after, expected) if expected else increase(before, after)
        return _still(growth.detail) if isinstance(growth, Failure) else growth

    def _rise(self, name: str) -> Value | Failure:
        return self._grown(name, "", 0)

    def _failure_of(self, name: str, index: str) -> Failure:
        """Why there is nothing to compare: in the ONT's own words first, which carry no index where it told no row."""
        places = [(name, place) for place in ("", index)]
        readings = [reading.get(place) for place in places for reading in (self._before, self._after)]
        return next((m.failure for m in readings if m and m.failure), _UNTOLD)


def has_spoken(measurements: Iterable[Measurement]) -> bool:
    """Whether an ONT told anything at all."""
    return any(m.failure is None for m in measurements if m.quantity.startswith("ont_"))


def stood_still(measurements: Iterable[Measurement]) -> list[str]:
    """What a person must look at: the octet counters of an ONT that did not move while the line was full."""
    ratios = {f"ont_octets_{way}_ratio": f"{way}load" for way in ("down", "up")}
    still = [
        ratios[m.quantity] for m in measurements if m.quantity in ratios and m.failure and m.failure.stage == STILL
    ]
    return [f"the ONT's octet counters stood still in the {' and the '.join(still)}"] if still else []


def _still(words: str) -> Failure:
    return Failure(kind="not_supported", stage="counter", detail=words)


_UNTOLD = Failure(kind="not_supported", stage="counter", detail="the ONT does not tell")
_UNREAD = Failure(kind="not_supported", stage="counter", detail="the ONT did not tell again")
