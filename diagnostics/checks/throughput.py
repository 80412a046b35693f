"""Throughput, one direction alone: the ceiling of the port first, then the run, then the same figure in three units.

A floor that the port cannot show is not tested: it would refuse a healthy line by arithmetic.
"""

from collections.abc import Iterable, Sequence

from diagnostics.ceiling import REACH, Path, payload_ceiling_mbps, port_needed_mbps
from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.checks.port import lowest_speed
from diagnostics.instruments import Direction, Run
from diagnostics.limits import floor_mbps
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement

_RESULTS = ("mbps", "contract_ratio", "kbyte_s_per_mbit", "bytes", "us", "retransmits")


def path_of(line: Line, mtu_bytes: int) -> Path:
    """What full packets of this line look like on the station's port; who dials decides where PPPoE is spoken."""
    within = line.ordered.access == "pppoe"
    six = bool(line.reflectors) and ":" in line.reflectors[0].host
    return Path(mtu_bytes=min(mtu_bytes, 1492) if within else mtu_bytes, pppoe=line.dialled, family=6 if six else 4)


class _Throughput:
    """The check of one direction."""

    def __init__(self, way: Direction) -> None:
        self._way = way

    def rate(self, line: Line) -> float:
        return line.ordered.down_mbps if self._way == "down" else line.ordered.up_mbps

    def quantities(self, line: Line) -> Sequence[Name]:
        if not self.rate(line):
            return []
        return [(f"throughput_{self._way}_{word}", "") for word in ("ceiling_mbps", *_RESULTS)]

    def run(self, context: Context) -> Iterable[Measurement]:
        if not self.rate(context.line):
            return []
        path = path_of(context.line, int(context.number("station_mtu_bytes") or 1500))
        port, source = lowest_speed(context)
        source += f"; MTU {path.mtu_bytes} B, IPv{path.family}, PPPoE {'on' if path.pppoe else 'off'}"
        name = f"throughput_{self._way}_ceiling_mbps"
        if port is None:
            unknown = Failure(kind="not_supported", stage="ceiling", detail="no port speed is known")
            return [context.failed(name, unknown, source), *self._measure(context, None)]
        ceiling = payload_ceiling_mbps(port, path)
        beyond = self._beyond(context, ceiling, path)
        made = [context.measured(name, ceiling, source)]
        return made + (self._all(context, beyond, source) if beyond else self._measure(context, port))

    def _beyond(self, context: Context, ceiling: float, path: Path) -> Failure | None:
        floor = floor_mbps(context.limits, f"throughput_{self._way}_mbps")
        if floor <= REACH * ceiling:
            return None
        needed = port_needed_mbps(floor, path)
        remedy = f"use ports of {needed} Mbit/s on both sides" if needed else "no standard port can show it"
        words = f"{floor:g} Mbit/s are demanded, this port carries at most {ceiling:.1f} of TCP payload: {remedy}"
        return Failure(kind="instrument_limit", stage="ceiling", detail=words)

    def _measure(self, context: Context, port: float | None) -> list[Measurement]:
        window = context.window
        source = f"iperf3: {window.streams} connections, {window.average_s} s after {window.discard_s} s discarded"
        if not context.line.reflectors:
            absent = Failure(kind="instrument_limit", stage="throughput", detail="the order names no reflector")
            return self._all(context, absent, source)
        run = context.instruments.throughput.run(
            self._way,
            context.line.reflectors[0],
            window,
            lambda mbps: context.tell(f"throughput {self._way}: {mbps:.0f} Mbit/s on the wire"),
        )
        if isinstance(run, Failure):
            return self._all(context, run, source)
        context.keep(f"iperf3: {self._way}", run.raw)
        if port is not None and run.mbps > port:
            absurd = f"{run.mbps:.1f} Mbit/s over a port of {port:g} Mbit/s cannot be"
            return self._all(context, Failure(kind="unparseable", stage="iperf3", detail=absurd), source)
        return self._figures(context, run, source)

    def _figures(self, context: Context, run: Run, source: str) -> list[Measurement]:
        rate = self.rate(context.line)
        values = (run.mbps, run.mbps / rate, run.mbps * 1000 / 8 / rate, run.payload_bytes, run.us)
        names = [f"throughput_{self._way}_{word}" for word in _RESULTS]
        made = [context.measured(name, value, source) for name, value in zip(names, values, strict=False)]
        if run.retransmits is None:
            silent = Failure(kind="not_supported", stage="iperf3", detail="the sender did not tell")
            return [*made, context.failed(names[-1], silent, source)]
        return [*made, context.measured(names[-1], run.retransmits, source)]

    def _all(self, context: Context, failure: Failure, source: str) -> list[Measurement]:
        return all_failed(context, [(f"throughput_{self._way}_{word}", "") for word in _RESULTS], failure, source)


def _check(way: Direction) -> Check:
    made = _Throughput(way)
    return Check(name=f"throughput_{way}", quantities=made.quantities, run=made.run)


DOWN = _check("down")
UP = _check("up")
