"""Filling the line for a diagnosis: one run in one direction or in both, kept as evidence, absurd figures refused.

The reflector is the first that is named; whether it served is a failure, never a figure.
"""

from diagnostics.check import Context
from diagnostics.checks.port import lowest_speed
from diagnostics.instruments import Direction, Echoes, Run, Window
from diagnostics.line import Line, Reflector
from diagnostics.measurement import Failure

WAYS: tuple[Direction, ...] = ("down", "up")


def reflector_of(line: Line) -> Reflector | Failure:
    """The far end of every run of a diagnosis; a failure where none is named."""
    if line.reflectors:
        return line.reflectors[0]
    return Failure(kind="instrument_limit", stage="rfc6349", detail="no reflector is named; name one with --reflector")


def told_of(window: Window) -> str:
    """By what a figure was measured, in words."""
    connections = "1 connection" if window.streams == 1 else f"{window.streams} connections"
    buffer = f", window {window.window_bytes} B" if window.window_bytes else ""
    return f"iperf3: {connections}{buffer}, {window.average_s} s after {window.discard_s} s discarded"


def fill(context: Context, way: Direction, window: Window, title: str) -> Run | Failure:
    """One run in one direction."""
    reflector = reflector_of(context.line)
    if isinstance(reflector, Failure):
        return reflector
    run = context.instruments.throughput.run(
        way, reflector, window, lambda mbps: context.tell(f"{title}: {mbps:.0f} Mbit/s on the wire")
    )
    return _credible(context, run, title)


def fill_both(context: Context, window: Window, title: str) -> dict[Direction, Run | Failure]:
    """One run in both directions at once, by direction."""
    reflector = reflector_of(context.line)
    if isinstance(reflector, Failure):
        return dict.fromkeys(WAYS, reflector)
    both = context.instruments.throughput.run_both(
        reflector, window, lambda mbps: context.tell(f"{title}: {mbps:.0f} Mbit/s down on the wire")
    )
    if isinstance(both, Failure):
        return dict.fromkeys(WAYS, both)
    return {
        "down": _credible(context, both.down, f"{title}, down"),
        "up": _credible(context, both.up, f"{title}, up"),
    }


def echoes(context: Context, *, count: int, interval_s: float) -> Echoes | Failure:
    """Round trips to the reflector; a failure where none came back."""
    reflector = reflector_of(context.line)
    if isinstance(reflector, Failure):
        return reflector
    made = context.instruments.wire.echo(reflector.host, count=count, interval_s=interval_s)
    if isinstance(made, Failure) or made.rtts_ms:
        return made
    return Failure(kind="timeout", stage="echo", detail=f"none of {made.sent} echo requests was answered")


def _credible(context: Context, run: Run | Failure, title: str) -> Run | Failure:
    if isinstance(run, Failure):
        return run
    context.keep(f"iperf3: {title}", run.raw)
    port, _ = lowest_speed(context)
    if port is None or run.mbps <= port:
        return run
    absurd = f"{run.mbps:.1f} Mbit/s over a port of {port:g} Mbit/s cannot be"
    return Failure(kind="unparseable", stage="iperf3", detail=absurd)
