"""The whole path of one acceptance on one page: open record, checks, verdict, causes, close record.

From the open record on an attempt leaves a trace however it ends; from the close record on nothing is lost. Delivery is
not waited for here: what is not receipted, the journal knows.
"""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.chain import Attempt, Chain
from agent.commitment import Disclosure
from agent.discretion import Discretion
from agent.fitting import fitted
from agent.record import CriteriaRef, OrderRef, ProfileRef, Result
from agent.seal import Envelope
from agent.work_order import OrderError, WorkOrder
from diagnostics import criteria
from diagnostics.causes import Cause, name_causes
from diagnostics.check import Context, run_checks
from diagnostics.checks import STAGES
from diagnostics.errors import NotAvailable, ProoflightError
from diagnostics.instruments import Instruments, ProfileUsed, Progress
from diagnostics.limits import Limit
from diagnostics.line import Line
from diagnostics.measurement import Measurement
from diagnostics.trial import Trial
from diagnostics.verdict import Verdict, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What came of one attempt; `envelope` is its sealed close record, `trials` all runs in their order.

    `disclosures` are for the screen of who stands before the device, and for nothing else.
    """

    verdict: Verdict
    causes: tuple[Cause, ...]
    measurements: tuple[Measurement, ...]
    trials: tuple[Trial, ...]
    envelope: Envelope
    disclosures: tuple[Disclosure, ...]


class Stopped(NotAvailable):
    """Somebody wanted the attempt to end; raised by who listens to its steps. The message is its record's reason."""


Load = Callable[[str], criteria.Criteria]


def demands(order: WorkOrder, load: Load = criteria.load) -> tuple[criteria.Criteria, tuple[Limit, ...]]:
    """The criteria that an order names and its limits; OrderError where it names what does not exist."""
    try:
        made = load(order.ordered.criteria)
        return made, made.for_line(order.ordered)
    except criteria.CriteriaError as error:
        raise OrderError(f"criteria and resource.pon_class: {error}") from error


def is_visit_demanded(order: WorkOrder, load: Load = criteria.load) -> bool:
    """Whether the criteria that an order names require something of the visit as well."""
    return any(limit.required for limit in load(order.ordered.criteria).for_visit(order.ordered))


def accept(
    order: WorkOrder,
    *,
    chain: Chain,
    line: Line,
    instruments: Instruments,
    environment: Mapping[str, Any],
    discretion: Discretion,
    tell: Callable[[str], None] = lambda words: None,
    progress: Callable[[Progress], None] = lambda progress: None,
    ref: OrderRef | None = None,
    receipt: Callable[[], str | None] = lambda: None,
    load: Load = criteria.load,
) -> Accepted:
    """Test a line against its order and save what came of it, sealed, in the chain's journal.

    `ref` names the signed order where there is one; `receipt` tells after each run its reflector's receipt by digest;
    `discretion` keeps what is personal: from the measurements on nothing here knows it any more.
    """
    wanted, _ = demands(order, load)
    limits = wanted.for_line(discretion.ordered)
    named = ref or OrderRef(id=order.id, digest=order.digest)
    attempt = chain.open(named, ordered=discretion.ordered, criteria=_named(wanted), environment=environment)
    try:
        kept = _Kept(chain.journal.keep, receipt, discretion)
        told: dict[str, Any] = {"tell": tell, "progress": progress, **kept.listeners()}
        context = Context(line=line, instruments=instruments, limits=limits, window=wanted.window, **told)
        measurements = discretion.measurements(run_checks(STAGES, context))
        verdict = judge(measurements, limits)
        causes = name_causes(verdict, measurements)
        result = kept.result(measurements, verdict, causes)
        envelope = chain.finish(attempt, result, environment, discretion.opening)
    except BaseException as error:  # also an interrupt: the attempt must not vanish
        _abandon(chain, attempt, discretion.words(_reason(error)), environment, error)
        raise
    return kept.accepted(verdict, causes, measurements, envelope)


def _named(wanted: criteria.Criteria) -> CriteriaRef:
    return CriteriaRef(name=wanted.name, version=wanted.version, digest=wanted.digest)


def _reason(error: BaseException) -> str:
    if isinstance(error, Stopped):
        return str(error)
    return "interrupted on the station" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"


def _abandon(chain: Chain, attempt: Attempt, reason: str, environment: Mapping[str, Any], error: BaseException) -> None:
    with contextlib.suppress(ProoflightError):  # where even this cannot be saved, the next start writes a P record
        chain.abandon(attempt, "A" if isinstance(error, KeyboardInterrupt | Stopped) else "X", reason, environment)


class _Kept:
    """What is kept of an attempt beside its measurements: raw answers by their digest, and every run that was made."""

    def __init__(self, save: Callable[[bytes], str], receipt: Callable[[], str | None], discretion: Discretion) -> None:
        self._save = save
        self._discretion = discretion
        self._receipt = receipt
        self._receipts: list[str | None] = []
        self._evidence: dict[str, str] = {}
        self._profile: ProfileRef | None = None
        self.trials: list[Trial] = []

    def keep(self, source: str, raw: bytes) -> None:
        self._evidence[source] = self._save(self._discretion.evidence(source, raw))

    def listeners(self) -> dict[str, Any]:
        """What a context tells us, by the names that it knows it by."""
        return {"keep": self.keep, "read_by": self.read_by, "tried": self.tried}

    def read_by(self, profile: ProfileUsed) -> None:
        self._profile = ProfileRef(name=profile.family, digest=profile.digest)

    def tried(self, trial: Trial) -> None:
        self.trials.append(trial)
        self._receipts.append(self._receipt())

    def accepted(
        self, verdict: Verdict, causes: tuple[Cause, ...], measurements: tuple[Measurement, ...], envelope: Envelope
    ) -> Accepted:
        return Accepted(
            verdict=verdict,
            causes=causes,
            measurements=measurements,
            trials=tuple(self.trials),
            envelope=envelope,
            disclosures=self._discretion.disclosures,
        )

    def result(self, measurements: Sequence[Measurement], verdict: Verdict, causes: Sequence[Cause]) -> Result:
        made = Result(
            measurements=tuple(replace(m, taken_at=m.taken_at.replace(microsecond=0)) for m in measurements),
            outcome=verdict.outcome,
            findings=tuple(finding.stated() for finding in verdict.findings),
            causes=tuple(cause.to_json() for cause in causes),
            runs=tuple(self._discretion.run(trial.to_json()) for trial in self.trials),
            receipts=tuple(self._receipts) if any(self._receipts) else (),
            evidence=self._evidence,
            profile=self._profile,
            commitments=self._discretion.commitments,
            opening=self._discretion.opener,
        )
        return fitted(made, self._save)
