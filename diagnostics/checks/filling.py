"""Filling the line for a diagnosis: one run in one direction or in both, each told as it was, absurd figures refused.

The reflector is the first that is named; whether it served is a failure, never a figure.
"""

from collections.abc import Callable
from dataclasses import replace

from diagnostics.check import Context
from diagnostics.checks.port import lowest_speed
from diagnostics.checks.rounds import path_of
from diagnostics.filling import Filling
from diagnostics.instruments import Direction, Echoes, Run, Window
from diagnostics.line import Reflector
from diagnostics.measurement import Failure
from diagnostics.trial import trial_of

WAYS: tuple[Direction, ...] = ("down", "up")


def reflector_of(context: Context) -> Reflector | Failure:
    """The far end of every run of a diagnosis, by the address at which the line reaches it."""
    if not context.line.reflectors:
        words = "no reflector is named; name one with --reflector"
        return Failure(kind="instrument_limit", stage="rfc6349", detail=words)
    if context.line.dialled:
        words = "a diagnosis does not dial PPPoE; put the ONT in route mode for it"
        return Failure(kind="instrument_limit", stage="rfc6349", detail=words)
    named = context.line.reflectors[0]
    found = context.instruments.throughput.approach(named, context.window.family)
    return found if isinstance(found, Failure) else replace(named, host=found.address)


def segment_bytes(context: Context) -> int:
    """The TCP payload of a full packet on this line; what is not known of the line counts as usual."""
    found = None
    if context.line.reflectors:
        found = context.instruments.throughput.approach(context.line.reflectors[0], context.window.family)
    known = None if isinstance(found, Failure) else found
    mtu = context.number("path_mtu_bytes") or context.number("station_mtu_bytes") or 1500
    return path_of(context.line, int(mtu), known).segment_bytes


def told_of(window: Window) -> str:
    """By what a figure was measured, in words."""
    connections = "1 connection" if window.streams == 1 else f"{window.streams} connections"
    buffer = f", window {window.window_bytes} B" if window.window_bytes else ""
    return f"iperf3: {connections}{buffer}, {window.average_s} s after {window.discard_s} s discarded"


def fill(
    context: Context, way: Direction, window: Window, title: str, expected_mbps: float | None = None
) -> Run | Failure:
    """One run in one direction, told with what is expected of it."""
    reflector = reflector_of(context)
    if isinstance(reflector, Failure):
        return reflector
    told = _Told(context, window, reflector)
    run = context.instruments.throughput.run(way, reflector, window, told.second(title))
    return told.outcome(run, way, title, expected_mbps)


def fill_both(context: Context, window: Window, title: str) -> dict[Direction, Run | Failure]:
    """One run in both directions at once, by direction; what is expected is the bandwidth of each."""
    reflector = reflector_of(context)
    if isinstance(reflector, Failure):
        return dict.fromkeys(WAYS, reflector)
    told = _Told(context, window, reflector)
    both = context.instruments.throughput.run_both(reflector, window, told.second(title))
    runs: dict[Direction, Run | Failure] = {
        way: both if isinstance(both, Failure) else getattr(both, way) for way in WAYS
    }
    return {
        way: told.outcome(run, way, f"{title}, {way}", context.number("tcp_bandwidth_mbps", way))
        for way, run in runs.items()
    }


class _Told:
    """A run that is being made, and what is told of it."""

    def __init__(self, context: Context, window: Window, reflector: Reflector) -> None:
        self._context = context
        self._window = window
        self._family = 6 if ":" in reflector.host else 4
        self._started_at = context.instruments.clock.now()

    def second(self, title: str) -> Callable[[float], None]:
        return lambda mbps: self._context.tell(f"{title}: {mbps:.0f} Mbit/s on the wire")

    def outcome(self, run: Run | Failure, way: Direction, title: str, expected_mbps: float | None) -> Run | Failure:
        """The run where it can be believed, told either way."""
        trial = trial_of(
            run,
            direction=way,
            reflector=0,
            family=self._family,
            window=self._window,
            started_at=self._started_at,
        )
        self._context.filled(Filling(title=title, trial=trial, expected_mbps=expected_mbps))
        if isinstance(run, Failure):
            return run
        self._context.keep(f"iperf3: {title}", run.raw)
        port, _ = lowest_speed(self._context)
        if port is None or run.mbps <= port:
            return run
        absurd = f"{run.mbps:.1f} Mbit/s over a port of {port:g} Mbit/s cannot be"
        return Failure(kind="unparseable", stage="iperf3", detail=absurd)


def echoes(context: Context, *, count: int, interval_s: float) -> Echoes | Failure:
    """Round trips to the reflector; a failure where none came back."""
    reflector = reflector_of(context)
    if isinstance(reflector, Failure):
        return reflector
    made = context.instruments.wire.echo(reflector.host, count=count, interval_s=interval_s)
    if isinstance(made, Failure) or made.rtts_ms:
        return made
    return Failure(kind="timeout", stage="echo", detail=f"none of {made.sent} echo requests was answered")
