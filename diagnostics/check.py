"""Running checks: each declares its quantities before it measures, and each quantity comes out exactly once.

Whatever a check does - raise, forget, deliver twice - what comes out is complete: a value or a failure for each
declared quantity, and nothing that was not declared.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial

from diagnostics.disturbance import withdrawn
from diagnostics.filling import Filling
from diagnostics.instruments import Instruments, ProfileUsed, Progress, Window
from diagnostics.limits import Limit
from diagnostics.line import Line
from diagnostics.measurement import Failure, Measurement, Value
from diagnostics.trial import Trial

Name = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a running check works with: the line, the instruments, the demands, and what is known so far."""

    line: Line
    instruments: Instruments
    limits: Sequence[Limit] = ()
    window: Window = field(default_factory=lambda: Window(discard_s=5, average_s=10, streams=8))
    known: Sequence[Measurement] = ()
    tell: Callable[[str], None] = lambda words: None
    keep: Callable[[str, bytes], None] = lambda source, raw: None
    read_by: Callable[[ProfileUsed], None] = lambda profile: None  # told by which profile the ONT was read
    tried: Callable[[Trial], None] = lambda trial: None  # told each throughput run that was made
    progress: Callable[[Progress], None] = lambda progress: None
    filled: Callable[[Filling], None] = lambda filling: None  # told each run of a diagnosis

    def measured(self, quantity: str, value: Value, source: str, index: str = "") -> Measurement:
        """A value of a quantity, stamped now."""
        now = self.instruments.clock.now()
        return Measurement(quantity=quantity, index=index, value=value, source=source, taken_at=now)

    def failed(self, quantity: str, failure: Failure, source: str, index: str = "") -> Measurement:
        """A quantity that could not be found out, stamped now."""
        now = self.instruments.clock.now()
        return Measurement(quantity=quantity, index=index, failure=failure, source=source, taken_at=now)

    def session_fault(self) -> Failure | None:
        """Why nothing can be measured inside the session that the station dialled; None where it holds or is none."""
        session = self.instruments.session
        return session.fault() if session is not None else None

    def number(self, quantity: str, index: str = "") -> float | None:
        """The number already known for a quantity, if any."""
        return next((m.number for m in self.known if (m.quantity, m.index) == (quantity, index)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A named way to learn certain quantities: `quantities(line)` declares, `run(context)` delivers."""

    name: str
    quantities: Callable[[Line], Sequence[Name]]
    run: Callable[[Context], Iterable[Measurement]]
    open_ended: bool = False  # may also deliver other indices of the quantities that it declares


def run_checks(stages: Sequence[Sequence[Check]], context: Context) -> tuple[Measurement, ...]:
    """Run stages one after the other, the checks of a stage side by side, and return all that they learnt, in order.

    The figures of runs that turned out not to count come back as failures (`diagnostics.disturbance`). A session that
    was dialled is released at the end, however the checks ended.
    """
    known = tuple(context.known)
    try:
        for stage in stages:
            staged = replace(context, known=known)
            with ThreadPoolExecutor(max_workers=max(1, len(stage))) as threads:
                results = list(threads.map(partial(run_check, context=staged), stage))
            known += tuple(measurement for result in results for measurement in result)
    finally:
        if context.instruments.session is not None:
            context.instruments.session.release()
    return withdrawn(known[len(context.known) :], context.limits)


def run_check(check: Check, context: Context) -> tuple[Measurement, ...]:
    """Run one check and return exactly what it declared, each once, a failure where it did not deliver."""
    declared = list(check.quantities(context.line))
    delivered: dict[Name, Measurement] = {}
    failure = Failure(kind="check_crashed", stage=check.name, detail="the check did not deliver this quantity")
    context.tell(f"{check.name}: started")
    try:
        for measurement in check.run(context):
            delivered.setdefault((measurement.quantity, measurement.index), measurement)
    except Exception as error:
        failure = Failure(kind="check_crashed", stage=check.name, detail=f"{type(error).__name__}: {error}")
    made = [
        delivered.get(name) or context.failed(name[0], failure, f"check: {check.name}", index=name[1])
        for name in declared
    ]
    if check.open_ended:
        quantities = {quantity for quantity, _ in declared}
        made += [m for name, m in delivered.items() if name not in declared and name[0] in quantities]
    context.tell(f"{check.name}: done")
    return tuple(made)


def all_failed(context: Context, names: Iterable[Name], failure: Failure, source: str) -> list[Measurement]:
    """The same failure for each of several quantities."""
    return [context.failed(quantity, failure, source, index=index) for quantity, index in names]
