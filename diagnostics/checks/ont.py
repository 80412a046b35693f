"""The ONT: everything that it says of itself, as one check; which commands that takes, the drivers know."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from diagnostics.check import Check, Context, Name
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement
from diagnostics.quantities import ONT_QUANTITIES


def _quantities(line: Line) -> Sequence[Name]:
    return [(name, line.ont_port if name.startswith("ont_lan_") else "") for name in ONT_QUANTITIES]


def _run(context: Context) -> Iterable[Measurement]:
    reading = context.instruments.terminal.read()
    for source, raw in reading.evidence.items():
        context.keep(source, raw)
    if reading.profile is not None:
        context.read_by(reading.profile)
    yield from (_of_port(m, context.line.ont_port) for m in reading.measurements)
    yield from _told_by_row(context, reading.measurements)


def _told_by_row(context: Context, measurements: Sequence[Measurement]) -> Iterable[Measurement]:
    """What the ONT told only row by row (`wan1`, `wan2`) does not apply to the ONT as a whole."""
    rows: dict[str, list[str]] = {}
    for each in measurements:
        rows.setdefault(each.quantity, []).append(each.index)
    for quantity, indices in rows.items():
        if "" not in indices and not quantity.startswith("ont_lan_"):
            detail = f"told for each row: {', '.join(sorted(indices))}"
            yield context.failed(quantity, Failure(kind="not_applicable", stage="ont", detail=detail), "check: ont")


def _of_port(measurement: Measurement, port: str) -> Measurement:
    """A LAN quantity that the ONT told for no port at all is unknown for the one that was asked for."""
    for_none = measurement.failure is not None and not measurement.index
    return replace(measurement, index=port) if for_none and measurement.quantity.startswith("ont_lan_") else measurement


CHECK = Check(name="ont", quantities=_quantities, run=_run, open_ended=True)
