"""The ONT: everything that it says of itself, as one check; which commands that takes, the drivers know."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from diagnostics.check import Check, Context, Name
from diagnostics.line import Line
from diagnostics.measurement import Measurement
from diagnostics.quantities import ONT_QUANTITIES


def _quantities(line: Line) -> Sequence[Name]:
    return [(name, line.ont_port if name.startswith("ont_lan_") else "") for name in ONT_QUANTITIES]


def _run(context: Context) -> Iterable[Measurement]:
    reading = context.instruments.terminal.read()
    for source, raw in reading.evidence.items():
        context.keep(source, raw)
    return [_of_port(m, context.line.ont_port) for m in reading.measurements]


def _of_port(measurement: Measurement, port: str) -> Measurement:
    """A LAN quantity that the ONT told for no port at all is unknown for the one that was asked for."""
    for_none = measurement.failure is not None and not measurement.index
    return replace(measurement, index=port) if for_none and measurement.quantity.startswith("ont_lan_") else measurement


CHECK = Check(name="ont", quantities=_quantities, run=_run, open_ended=True)
