"""The runs of one direction against one reflector: how it is approached, the ceiling, the rounds, their figure.

Every run that is made is told to the context, whatever comes of it. A floor that the port cannot show is not tested.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from diagnostics.ceiling import REACH, Path, payload_ceiling_mbps, remedies
from diagnostics.check import Context
from diagnostics.checks.port import lowest_speed
from diagnostics.disturbance import RELAY_STAGE
from diagnostics.figure import Figure, figure_of
from diagnostics.instruments import LAYERS, Approach, Direction, Progress, Run, Witness
from diagnostics.limits import floor_mbps
from diagnostics.line import Line
from diagnostics.measurement import Failure
from diagnostics.trial import Trial, trial_of
from diagnostics.witness import lower, objection


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """What came of one reflector: the path and its ceiling, and a figure or the failure in its place."""

    place: int
    path: Path
    ceiling_mbps: float | None
    ceiling_source: str
    outcome: Figure | Failure

    @property
    def figure(self) -> Figure | None:
        """The figure, where there is one."""
        return self.outcome if isinstance(self.outcome, Figure) else None


# What the relay of a dialled session carries with a processor of its own: python -m tests.benchmarks pppoe
RELAY_MBPS = 1000.0
_RELAY_BUSY = 0.85  # a relay that wanted more of its processor may have been what was measured
_ROUTE = "prove it with a faster station, or with an ONT in route mode"


def path_of(
    line: Line,
    mtu_bytes: int,
    approach: Approach | None = None,
    *,
    half_duplex: bool = False,
    session_mtu_bytes: int | None = None,
) -> Path:
    """What full packets of this line look like on the station's port; who dials decides where PPPoE is spoken."""
    within = session_mtu_bytes or (1492 if line.ordered.access == "pppoe" else mtu_bytes)
    six = bool(line.reflectors) and ":" in line.reflectors[0].host
    at = approach or Approach(address="", family=6 if six else 4)
    return Path(
        mtu_bytes=min(mtu_bytes, within),
        pppoe=line.dialled,
        tags=at.tags,
        family=at.family,
        timestamps=at.timestamps,
        half_duplex=half_duplex,
    )


def series_on(context: Context, way: Direction, place: int) -> Series:
    """Measure one direction by one of the order's reflectors."""
    reflector = context.line.reflectors[place]
    approach = context.session_fault() or context.instruments.throughput.approach(reflector, context.window.family)
    port, source = lowest_speed(context)
    path = _path(context, approach)
    ceiling = None
    if port is not None:
        ceiling = _carried_mbps(context, port, path) * path.layer_factor(context.window.layer)
    outcome = _beyond(context, way, port, path) or _measured(context, way, place, approach, port, path)
    source = f"{source}; {path}"
    return Series(place=place, path=path, ceiling_mbps=ceiling, ceiling_source=source, outcome=outcome)


def _path(context: Context, approach: Approach | Failure) -> Path:
    session_mtu = context.number("pppoe_mtu_bytes")
    return path_of(
        context.line,
        int(context.number("station_mtu_bytes") or 1500),
        None if isinstance(approach, Failure) else approach,
        half_duplex=_half(context),
        session_mtu_bytes=None if session_mtu is None else int(session_mtu),
    )


def _carried_mbps(context: Context, port: float, path: Path) -> float:
    """The TCP payload that the port can carry, and the station's relay where it dials."""
    ceiling = payload_ceiling_mbps(port, path)
    return min(ceiling, RELAY_MBPS) if context.line.dialled else ceiling


def _floor(context: Context, way: Direction) -> float:
    return floor_mbps(context.limits, f"throughput_{way}_mbps")


def _half(context: Context) -> bool:
    """Whether the link of the station or the ONT's LAN port talks one way at a time."""
    known = {(m.quantity, m.index): m.value for m in context.known}
    duplexes = (known.get(("station_link_duplex", "")), known.get(("ont_lan_duplex", context.line.ont_port)))
    return "half" in duplexes


def _beyond(context: Context, way: Direction, port: float | None, path: Path) -> Failure | None:
    """The failure of a floor that this port cannot show on this path; None where it can, or no port is known."""
    floor, factor = _floor(context, way), path.layer_factor(context.window.layer)
    if port is None or floor <= REACH * _carried_mbps(context, port, path) * factor:
        return None
    ceiling = _carried_mbps(context, port, path) * factor
    carried = f"{ceiling:.1f} of {LAYERS[context.window.layer]}"
    if ceiling < payload_ceiling_mbps(port, path) * factor:
        words = f"{floor:g} Mbit/s are demanded, and the station's PPPoE relay carries at most {carried}: {_ROUTE}"
        return Failure(kind="instrument_limit", stage="ceiling", detail=words)
    words = f"{floor:g} Mbit/s are demanded, this port carries at most {carried}: "
    return Failure(kind="instrument_limit", stage="ceiling", detail=words + remedies(floor / factor, port, path))


def _measured(
    context: Context, way: Direction, place: int, approach: Approach | Failure, port: float | None, path: Path
) -> Figure | Failure:
    """The figure of all rounds; a round that fails ends the series, for the others would prove nothing."""
    trials: list[Trial] = []
    for number in range(1, context.window.rounds + 1):
        trial, witness = _trial(context, way, place, approach, number)
        if port is not None and trial.mbps > port:
            trial = replace(trial, failure=_absurd(trial.mbps, port))
        elif trial.failure is None:
            floor = _floor(context, way) / path.layer_factor(context.window.layer)
            doubt = _relayed(context, way, trial, path) or objection(trial, witness, floor)
            trial = replace(trial, failure=doubt)
        context.tried(trial)
        if trial.failure is not None:
            context.tell(f"throughput {way}, reflector {place + 1}: {trial.failure}")
            return trial.failure
        trials.append(lower(trial, witness))
    figure, factor = figure_of(trials, context.window.statistic), path.layer_factor(context.window.layer)
    return _unsteady(figure, factor) if figure.straddles(_floor(context, way) / factor) else figure


def _trial(
    context: Context, way: Direction, place: int, at: Approach | Failure, number: int
) -> tuple[Trial, Witness | None]:
    """One run, what came of it, and what its reflector saw."""
    reflector, window, started_at = context.line.reflectors[place], context.window, context.instruments.clock.now()
    outcome: Run | Failure
    if isinstance(at, Failure):
        outcome, family = at, 6 if ":" in reflector.host else 4
    else:
        there = replace(reflector, host=at.address)
        if context.instruments.session is not None:
            context.instruments.session.load_ratio()  # what came before the run does not count
        run = context.instruments.throughput.run(way, there, window, _teller(context, way))
        outcome, family = context.session_fault() or run, at.family
    if isinstance(outcome, Run):
        which = f", reflector {place + 1}" if place else ""
        context.keep(f"iperf3: {way}{which}" + (f", round {number}" if number > 1 else ""), outcome.raw)
    witness = outcome.witness if isinstance(outcome, Run) else None
    made = trial_of(outcome, direction=way, reflector=place, family=family, window=window, started_at=started_at)
    return made, witness


def _relayed(context: Context, way: Direction, trial: Trial, path: Path) -> Failure | None:
    """Why a run inside the station's own session proves nothing, if it does not."""
    session = context.instruments.session
    load = session.load_ratio() if session is not None else 0.0
    if load < _RELAY_BUSY or trial.mbps * path.layer_factor(context.window.layer) >= _floor(context, way):
        return None
    words = f"{trial.mbps:.1f} Mbit/s while the station's PPPoE relay wanted {load:.2f} of a processor: {_ROUTE}"
    return Failure(kind="instrument_limit", stage=RELAY_STAGE, detail=words)


def _absurd(mbps: float, port: float) -> Failure:
    words = f"{mbps:.1f} Mbit/s over a port of {port:g} Mbit/s cannot be"
    return Failure(kind="unparseable", stage="iperf3", detail=words)


def _teller(context: Context, way: Direction) -> Callable[[float], None]:
    """What the engine calls each second with the rate on the wire."""
    second, of_s = 0, context.window.discard_s + context.window.average_s

    def tell(mbps: float) -> None:
        nonlocal second
        second += 1
        context.progress(Progress(direction=way, second=second, of_s=of_s, mbps=mbps))
        context.tell(f"throughput {way}: {mbps:.0f} Mbit/s on the wire, second {second} of {of_s}")

    return tell


def _unsteady(figure: Figure, factor: float) -> Failure:
    slow, fast = figure.slowest_mbps * factor, figure.fastest_mbps * factor
    words = (
        f"the rate was not steady: {slow:.1f} Mbit/s in one half of the window and {fast:.1f} in the other, with the "
        "floor between them; see what else uses the line or the station, and test again"
    )
    return Failure(kind="disturbed", stage="throughput", detail=words)
