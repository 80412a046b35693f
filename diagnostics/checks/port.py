"""The port speed that counts: the lowest of the station's interface and the ONT's LAN port that it is plugged into."""

from collections.abc import Iterable

from diagnostics.check import Check, Context
from diagnostics.limits import floor_mbps
from diagnostics.measurement import Failure, Measurement

_GIGABIT = 1000  # every port and cable since 2005 does it; slower is a fault, not a limit of the instrument


def lowest_speed(context: Context) -> tuple[float | None, str]:
    """The lowest port speed known, in Mbit/s, with the words that say whose speeds were known; None where none was."""
    speeds = {
        "station": context.number("station_link_speed_mbps"),
        f"ONT {context.line.ont_port}": context.number("ont_lan_speed_mbps", context.line.ont_port),
    }
    told = ", ".join(f"{name} {speed:g} Mbit/s" if speed else f"{name} unknown" for name, speed in speeds.items())
    return min((speed for speed in speeds.values() if speed), default=None), f"port speeds: {told}"


def _run(context: Context) -> Iterable[Measurement]:
    speed, source = lowest_speed(context)
    if speed is None:
        silent = Failure(
            kind="not_supported", stage="port", detail="neither station nor ONT tells the speed of its port"
        )
        return [context.failed("port_speed_mbps", silent, source)]
    needed = floor_mbps(context.limits, "port_speed_mbps")
    best = context.number("station_link_max_mbps")
    if speed < needed and (speed >= _GIGABIT or speed == best):
        words = f"the port runs at {speed:g} Mbit/s and {needed:g} are ordered: use ports of 2.5G or more on both sides"
        return [context.failed("port_speed_mbps", Failure(kind="instrument_limit", stage="port", detail=words), source)]
    return [context.measured("port_speed_mbps", speed, source)]


CHECK = Check(name="port", quantities=lambda line: [("port_speed_mbps", "")], run=_run)
