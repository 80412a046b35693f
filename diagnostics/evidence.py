"""The pieces that cause rules are made of: each asks the facts of a judged line and answers with evidence lines; pure.

No evidence means that the rule does not hold. A quantity named without an index stands for all of its indices.
"""

from collections.abc import Callable, Iterator, Sequence

from diagnostics import disturbance
from diagnostics.measurement import Failure, Measurement
from diagnostics.quantities import QUANTITIES, nearest_name
from diagnostics.verdict import Finding, Verdict

Evidence = tuple[str, ...]


class Facts:
    """What rules may ask about a judged line: its measurements and its findings."""

    def __init__(self, verdict: Verdict, measurements: Sequence[Measurement]) -> None:
        self._verdict = verdict
        self._measurements = tuple(measurements)

    def measured(self, name: str) -> Iterator[Measurement]:
        """The measurements of `quantity` (any index) or of `quantity[index]`."""
        return (m for m in self._measurements if name in (m.name, m.quantity))

    def number(self, name: str) -> float | None:
        """The first number known under a name."""
        return next((m.number for m in self.measured(name) if m.number is not None), None)

    def findings(self, quantity: str, status: str) -> Iterator[Finding]:
        """The findings on a quantity that came out so."""
        return (f for f in self._verdict.findings if f.quantity == quantity and f.status == status)

    def open(self) -> tuple[str, ...]:
        """Quantities of required findings that are not passed."""
        return tuple(f.quantity for f in self._verdict.findings if f.required and f.status in ("fail", "unknown"))


Rule = Callable[[Facts], Evidence]


def _known(*names: str) -> None:
    """A rule on a quantity that is not in the dictionary could never hold: that is a fault of ours, said at once."""
    for name in names:
        assert name.partition("[")[0] in QUANTITIES, f"{name} is not a quantity{nearest_name(name, QUANTITIES)}"


def told(measurement: Measurement) -> str:
    """A measurement as a line of evidence."""
    unit = QUANTITIES[measurement.quantity].unit
    value = measurement.failure if measurement.failure is not None else f"{measurement.value} {unit}".strip()
    return f"{measurement.name}: {value}"


def failing(*quantities: str) -> Rule:
    """A limit on one of the quantities fails."""
    _known(*quantities)
    return lambda facts: tuple(f.sentence for name in quantities for f in facts.findings(name, "fail"))


def marginal(*quantities: str) -> Rule:
    """A limit on one of the quantities is passed by less than its marginal band."""
    _known(*quantities)
    return lambda facts: tuple(f.sentence for name in quantities for f in facts.findings(name, "marginal"))


def is_(name: str, *values: str) -> Rule:
    """A quantity has one of these values."""
    _known(name)
    return lambda facts: tuple(told(m) for m in facts.measured(name) if m.failure is None and str(m.value) in values)


def above(name: str, bound: float) -> Rule:
    """A quantity is greater than a bound."""
    _known(name)
    return lambda facts: tuple(told(m) for m in facts.measured(name) if m.number is not None and m.number > bound)


def below(name: str, bound: float) -> Rule:
    """A quantity is less than a bound."""
    _known(name)
    return lambda facts: tuple(told(m) for m in facts.measured(name) if m.number is not None and m.number < bound)


def failed(name: str, *kinds: str) -> Rule:
    """A quantity could not be found out, for one of these reasons."""
    _known(name)
    return lambda facts: tuple(
        told(m) for m in facts.measured(name) if m.failure and m.failure.kind in kinds and not _doubted(m.failure)
    )


def doubted(name: str) -> Rule:
    """A figure was measured and does not count: something else than the line may have made it, or it was unsteady."""
    _known(name)
    return lambda facts: tuple(told(m) for m in facts.measured(name) if m.failure and _doubted(m.failure))


def starved(name: str) -> Rule:
    """A figure was measured through the station's own PPPoE relay, which had no processor left."""
    _known(name)
    return lambda facts: tuple(
        told(m) for m in facts.measured(name) if m.failure and m.failure.stage == disturbance.RELAY_STAGE
    )


def _doubted(failure: Failure) -> bool:
    if failure.stage in (disturbance.STAGE, disturbance.RELAY_STAGE):
        return True
    return (failure.kind, failure.stage) == ("disturbed", "throughput")


def shown(*names: str) -> Rule:
    """What is known of these, whatever it is; only to be added to a rule that holds."""
    _known(*names)
    return lambda facts: tuple(told(m) for name in names for m in facts.measured(name))


def any_of(*rules: Rule) -> Rule:
    """One of the rules holds; the evidence of all that do."""
    return lambda facts: tuple(dict.fromkeys(line for rule in rules for line in rule(facts)))


def all_of(*rules: Rule) -> Rule:
    """Every rule holds."""

    def rule(facts: Facts) -> Evidence:
        made = [one(facts) for one in rules]
        return tuple(dict.fromkeys(line for lines in made for line in lines)) if all(made) else ()

    return rule


def with_(rule: Rule, *names: str) -> Rule:
    """The rule, with what is known of these beside its own evidence."""

    def added(facts: Facts) -> Evidence:
        made = rule(facts)
        return tuple(dict.fromkeys((*made, *shown(*names)(facts)))) if made else ()

    return added


def unless(rule: Rule, *others: Rule) -> Rule:
    """The rule, where none of the others holds."""
    return lambda facts: () if any(other(facts) for other in others) else rule(facts)
