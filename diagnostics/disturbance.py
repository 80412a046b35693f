"""Runs that do not count: a figure that something else than the line may have made becomes the reason why; pure.

A disturbed run is invalid, never failed. What cannot make a line look faster (a busy station, a busy reflector) takes
nothing away from a line that reached its floor all the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from diagnostics.limits import Limit, floor_mbps
from diagnostics.measurement import Failure, FailureKind, Measurement

STAGE = "beside"
RELAY_STAGE = "relay"  # the station's own PPPoE relay may have been what was measured
CROSS_MOST = 0.05  # of the run; house rule
BUSY_FROM = 0.95
_ONE_CORE = 1.05  # more time than one core has proves several threads, of which the sum says nothing
_OCTETS = (0.95, 1.15)  # what the ONT's LAN port may count of the station's octets
_USB_CARRIES = 0.65  # of what a USB bus signals: USB 2.0 adapters carry some 300 Mbit/s of its 480
_OWN_WORK = 0.5  # of a core: then it is the test itself that keeps the station busy

Way = Literal["down", "up"]


def withdrawn(measurements: Sequence[Measurement], limits: Sequence[Limit]) -> tuple[Measurement, ...]:
    """The measurements, the figures of disturbed runs replaced by the failure that says why; `raw` keeps the value."""
    found = {m.name: m for m in measurements}
    reasons = {way: reason(way, found, limits) for way in ("down", "up")}
    return tuple(_withdrawn(m, reasons.get(_way(m.quantity))) for m in measurements)


def _way(quantity: str) -> str:
    whole = quantity.startswith("throughput_") and not quantity.endswith("_ceiling_mbps")
    return quantity.split("_")[1] if whole else ""


def _withdrawn(measurement: Measurement, why: Failure | None) -> Measurement:
    if why is None or measurement.failure is not None:
        return measurement
    return replace(measurement, value=None, failure=why, raw=str(measurement.value))


def reason(way: Way, found: Mapping[str, Measurement], limits: Sequence[Limit]) -> Failure | None:
    """Why the runs of one direction do not count; None where they do."""
    figures = _Figures(found)
    always = _other_ont(figures) or _foreign(figures, way) or _other_line(figures, way)
    if always is not None:
        return always
    mbps, floor = figures.number(f"throughput_{way}_mbps"), floor_mbps(limits, f"throughput_{way}_mbps")
    if mbps is None or mbps > floor:
        return None
    station = _flapped(figures) or _starved(figures, way) or _adapter(figures, floor)
    return _neighbour(figures, way) or station or _busy_reflector(figures, way) or _busy(figures, way)


class _Figures:
    def __init__(self, found: Mapping[str, Measurement]) -> None:
        self._found = found

    def number(self, name: str) -> float | None:
        return self._found[name].number if name in self._found else None

    def state(self, name: str) -> str:
        return str(self._found[name].value) if name in self._found else ""


def _other_ont(figures: _Figures) -> Failure | None:
    if figures.state("ont_identity") == "changed":
        return _because("disturbed", "another ONT stands on the line than before the test; test again")
    rise = figures.number("ont_uptime_rise_s")
    if rise is not None and rise < 0:
        return _because("disturbed", "the ONT restarted during the test; wait until it is up and test again")
    return None


def _foreign(figures: _Figures, way: Way) -> Failure | None:
    share = figures.number(f"cross_traffic_{way}_ratio")
    if share is None or share <= CROSS_MOST:
        return None
    return _because("disturbed", f"{share:.1%} of the station's traffic was not the test's; end it and test again")


def _other_line(figures: _Figures, way: Way) -> Failure | None:
    ratio = figures.number(f"ont_octets_{way}_ratio")
    if ratio is None or _OCTETS[0] <= ratio <= _OCTETS[1]:
        return None
    words = f"the ONT's LAN port counted {ratio:.1%} of the station's octets: the test did not run over that port alone"
    return _because("disturbed", f"{words}; check which port the station is plugged into")


def _neighbour(figures: _Figures, way: Way) -> Failure | None:
    ratio = figures.number(f"ont_other_ports_{way}_ratio")
    if ratio is None or ratio <= CROSS_MOST:
        return None
    words = f"other LAN ports of the ONT carried {ratio:.1%} of what the station did; unplug them and test again"
    return _because("disturbed", words)


def _flapped(figures: _Figures) -> Failure | None:
    changes = figures.number("station_link_changes[visit]")
    if not changes:
        return None
    return _because("disturbed", f"the station's link changed {changes:.0f} times during the visit; change the cable")


def _adapter(figures: _Figures, floor: float) -> Failure | None:
    usb = figures.number("station_usb_mbps")
    if figures.state("station_adapter") == "wifi":
        return _because("instrument_limit", "the station measured over Wi-Fi, which proves nothing; use a cable")
    if usb is None or floor <= usb * _USB_CARRIES:
        return None
    words = f"the station's adapter hangs at a USB bus of {usb:.0f} Mbit/s, too slow for the {floor:.0f} demanded"
    return _because("instrument_limit", f"{words}; use a USB 3 port, or a built-in one")


def _starved(figures: _Figures, way: Way) -> Failure | None:
    state = figures.state(f"station_throttling[{way}]")
    if state == "under_voltage":
        return _because("instrument_limit", "the station had too little voltage; use its own power supply")
    if state == "throttled":
        return _because("instrument_limit", "the station ran at a lowered clock; let it cool down")
    return None


def _busy_reflector(figures: _Figures, way: Way) -> Failure | None:
    share = figures.number(f"reflector_iperf3_cpu_ratio[{way}]")
    if share is None or not BUSY_FROM <= share <= _ONE_CORE:
        return None
    return _because("disturbed", f"the reflector's iperf3 took {share:.0%} of a core; use another reflector")


def _busy(figures: _Figures, way: Way) -> Failure | None:
    share = figures.number(f"station_cpu_max_ratio[{way}]")
    if share is None or share < BUSY_FROM:
        return None
    own = figures.number(f"station_iperf3_cpu_ratio[{way}]") or 0.0
    if own >= _OWN_WORK:
        return _because(
            "instrument_limit", f"a core of the station was {share:.0%} busy with the test; use a faster one"
        )
    return _because("disturbed", f"a core of the station was {share:.0%} busy with other work; end it and test again")


def _because(kind: FailureKind, words: str) -> Failure:
    return Failure(kind=kind, stage=STAGE, detail=words)
