"""The whole path of one acceptance on one page: open record, checks, verdict, causes, close record.

From the open record on an attempt leaves a trace however it ends; from the close record on nothing is lost. Delivery is
not waited for here: what is not receipted, the journal knows.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.chain import Chain
from agent.record import CriteriaRef, OrderRef, Result
from agent.seal import Envelope
from agent.visit import visit_measurements
from agent.work_order import OrderError, WorkOrder
from diagnostics import criteria
from diagnostics.causes import Cause, name_causes
from diagnostics.check import Context, run_checks
from diagnostics.checks import STAGES
from diagnostics.errors import ProoflightError
from diagnostics.instruments import Instruments, Progress
from diagnostics.limits import Limit
from diagnostics.line import Line
from diagnostics.measurement import Measurement
from diagnostics.trial import Trial
from diagnostics.verdict import Verdict, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What came of one attempt; `envelope` is its sealed close record, `trials` all runs in their order."""

    verdict: Verdict
    causes: tuple[Cause, ...]
    measurements: tuple[Measurement, ...]
    trials: tuple[Trial, ...]
    envelope: Envelope


def demands(order: WorkOrder) -> tuple[criteria.Criteria, tuple[Limit, ...]]:
    """The criteria that an order names and its limits; OrderError where it names what does not exist."""
    try:
        made = criteria.load(order.ordered.criteria)
        return made, made.for_line(order.ordered)
    except criteria.CriteriaError as error:
        raise OrderError(f"criteria and resource.pon_class: {error}") from error


def accept(
    order: WorkOrder,
    *,
    chain: Chain,
    line: Line,
    instruments: Instruments,
    environment: Mapping[str, Any],
    tell: Callable[[str], None] = lambda words: None,
    progress: Callable[[Progress], None] = lambda progress: None,
) -> Accepted:
    """Test a line against its order and save what came of it, sealed, in the chain's journal."""
    wanted, limits = demands(order)
    ref = OrderRef(id=order.id, digest=order.digest)
    by = CriteriaRef(name=wanted.name, version=wanted.version, digest=wanted.digest)
    attempt = chain.open(ref, ordered=order.ordered, criteria=by, environment=environment)
    try:
        kept = _Kept(chain.journal.keep)
        visit = visit_measurements(order.appointment, instruments.clock.now())
        context = Context(
            line=line,
            instruments=instruments,
            limits=limits,
            window=wanted.window,
            tell=tell,
            progress=progress,
            keep=kept.keep,
            tried=kept.trials.append,
        )
        measurements = (*visit, *run_checks(STAGES, context))
        verdict = judge(measurements, limits)
        causes = name_causes(verdict, measurements)
        envelope = chain.finish(attempt, kept.result(measurements, verdict, causes), environment)
    except BaseException as error:  # also an interrupt: the attempt must not vanish
        with contextlib.suppress(ProoflightError):  # where even this cannot be saved, the next start writes a P record
            aborted = isinstance(error, KeyboardInterrupt)
            reason = "interrupted on the station" if aborted else f"{type(error).__name__}: {error}"
            chain.abandon(attempt, "A" if aborted else "X", reason, environment)
        raise
    trials = tuple(kept.trials)
    return Accepted(verdict=verdict, causes=causes, measurements=measurements, trials=trials, envelope=envelope)


class _Kept:
    """What is kept of an attempt beside its measurements: raw answers by their digest, and every run that was made."""

    def __init__(self, save: Callable[[bytes], str]) -> None:
        self._save = save
        self._evidence: dict[str, str] = {}
        self.trials: list[Trial] = []

    def keep(self, source: str, raw: bytes) -> None:
        self._evidence[source] = self._save(raw)

    def result(self, measurements: Sequence[Measurement], verdict: Verdict, causes: Sequence[Cause]) -> Result:
        return Result(
            measurements=tuple(measurements),
            outcome=verdict.outcome,
            findings=tuple(finding.to_json() for finding in verdict.findings),
            causes=tuple(cause.to_json() for cause in causes),
            runs=tuple(trial.to_json() for trial in self.trials),
            evidence=self._evidence,
        )
