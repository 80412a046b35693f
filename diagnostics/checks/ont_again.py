"""The ONT once more, after the load: read beside the last look at the link, and compared with what it said before."""

from collections.abc import Iterable, Sequence

from diagnostics.check import Check, Context, Name, all_failed
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement
from diagnostics.ont_again import KINDS, RISES, Twice, has_spoken

_NAMES: tuple[Name, ...] = (
    ("ont_identity", ""),
    ("ont_uptime_rise_s", ""),
    *((f"ont_{kind}_{way}_ratio", "") for way in ("down", "up") for kind in KINDS),
    ("ont_lan_rx_errors_rise", ""),
    *((f"{name}_rise", "") for name in RISES),
)


def _quantities(line: Line) -> Sequence[Name]:
    return _NAMES if line.ordered.down_mbps or line.ordered.up_mbps else ()


def _run(context: Context) -> Iterable[Measurement]:
    if not _quantities(context.line):
        return []
    if not has_spoken(context.known):  # one log-in attempt that was refused is enough
        silent = Failure(kind="not_applicable", stage="ont again", detail="the ONT could not be read before the test")
        return all_failed(context, _NAMES, silent, "ont")
    instruments = context.instruments
    after = instruments.terminal.read().measurements
    link = instruments.host.link(context.line.interface)
    before_at = next((m.taken_at for m in context.known if m.quantity == "ont_uptime_s"), None)
    after_at = next((m.taken_at for m in after if m.quantity == "ont_uptime_s"), None)
    elapsed_s = (after_at - before_at).total_seconds() if after_at and before_at else 0.0
    twice = Twice(context.known, after, link, ont_port=context.line.ont_port, elapsed_s=elapsed_s)
    source = next((m.source.partition(":")[0] for m in after), "ont") + ": before and after the load"
    return [
        context.failed(name, value, source) if isinstance(value, Failure) else context.measured(name, value, source)
        for name, value in twice.figures().items()
    ]


CHECK = Check(name="ont_again", quantities=_quantities, run=_run)
