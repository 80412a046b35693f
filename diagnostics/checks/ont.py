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
    return _placed(reading.measurements, context.line)


def _placed(read: Iterable[Measurement], line: Line) -> Iterable[Measurement]:
    """A failure that an ONT gives for all of its LAN ports stands for the port of the line as well."""
    for measurement in read:
        whole = measurement.failure is not None and not measurement.index
        if whole and measurement.quantity.startswith("ont_lan_"):
            yield replace(measurement, index=line.ont_port)
        else:
            yield measurement


CHECK = Check(name="ont", quantities=_quantities, run=_run, open_ended=True)
