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

# What the TUN relay carries with a processor of its own, the least of several runs: python -m tests.benchmarks pppoe
RELAY_MBPS = 1000.0
_BUSY = 0.85  # a relay that wanted more of its processor may have been what was measured
_ROUTE = "prove it with a faster station, or with an ONT in route mode"
_RESULTS = ("mbps", "contract_ratio", "kbyte_s_per_mbit", "bytes", "us", "retransmits")


def path_of(line: Line, mtu_bytes: int, session_mtu_bytes: int | None = None) -> Path:
    """What full packets of this line look like on the station's port; who dials decides where PPPoE is spoken."""
    within = session_mtu_bytes or (1492 if line.ordered.access == "pppoe" else mtu_bytes)
    six = bool(line.reflectors) and ":" in line.reflectors[0].host
    return Path(mtu_bytes=min(mtu_bytes, within), pppoe=line.dialled, family=6 if six else 4)


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
        session_mtu = context.number("pppoe_mtu_bytes")
        mtu = int(context.number("station_mtu_bytes") or 1500)
        path = path_of(context.line, mtu, None if session_mtu is None else int(session_mtu))
        port, source = lowest_speed(context)
        source += f"; MTU {path.mtu_bytes} B, IPv{path.family}, PPPoE {'on' if path.pppoe else 'off'}"
        name = f"throughput_{self._way}_ceiling_mbps"
        if port is None:
            unknown = Failure(kind="not_supported", stage="ceiling", detail="no port speed is known")
            return [context.failed(name, unknown, source), *self._measure(context, None)]
        ceiling = payload_ceiling_mbps(port, path)
        if context.line.dialled and ceiling > RELAY_MBPS:
            ceiling, source = RELAY_MBPS, f"{source}; the station's PPPoE relay is slower than that"
        beyond = self._beyond(context, ceiling, path)
        made = [context.measured(name, ceiling, source)]
        return made + (self._all(context, beyond, source) if beyond else self._measure(context, port))

    def _beyond(self, context: Context, ceiling: float, path: Path) -> Failure | None:
        floor = floor_mbps(context.limits, f"throughput_{self._way}_mbps")
        if floor <= REACH * ceiling:
            return None
        if ceiling == RELAY_MBPS:
            words = (
                f"{floor:g} Mbit/s are demanded, and the station's PPPoE relay carries at most {ceiling:g}: {_ROUTE}"
            )
            return Failure(kind="instrument_limit", stage="ceiling", detail=words)
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
        session = context.instruments.session
        fault = session.fault() if session is not None else None
        if session is not None:
            session.load_ratio()  # what came before the run does not count
        if fault is not None:
            return self._all(context, fault, source)
        run = context.instruments.throughput.run(
            self._way,
            context.line.reflectors[0],
            window,
            lambda mbps: context.tell(f"throughput {self._way}: {mbps:.0f} Mbit/s on the wire"),
        )
        run = (session.fault() if session is not None else None) or run
        if isinstance(run, Failure):
            return self._all(context, run, source)
        context.keep(f"iperf3: {self._way}", run.raw)
        if port is not None and run.mbps > port:
            absurd = f"{run.mbps:.1f} Mbit/s over a port of {port:g} Mbit/s cannot be"
            return self._all(context, Failure(kind="unparseable", stage="iperf3", detail=absurd), source)
        relayed = self._relayed(context, run)
        if relayed is not None:
            return self._all(context, relayed, source)
        return self._figures(context, run, source)

    def _relayed(self, context: Context, run: Run) -> Failure | None:
        """Why a run inside the station's own session proves nothing, if it does not."""
        session = context.instruments.session
        load = session.load_ratio() if session is not None else 0.0
        if load < _BUSY or run.mbps >= floor_mbps(context.limits, f"throughput_{self._way}_mbps"):
            return None
        words = f"{run.mbps:.1f} Mbit/s while the station's PPPoE relay wanted {load:.2f} of a processor: {_ROUTE}"
        return Failure(kind="instrument_limit", stage="relay", detail=words)

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
