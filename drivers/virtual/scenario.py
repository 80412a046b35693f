"""What a scenario is: one thing that is put into the plan of a customer line, and the cause that it is; data."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from drivers.virtual.plan import Plan

Inject = Callable[[Plan, Random], Plan]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One fault: the cause that should be named first for it, and how it is put into a plan.

    `cause` is empty where nothing is wrong, and only the kind of line is another; `ont` is what the line's ONT must be
    able to say or be for it (`drivers.virtual.ont_kind`). Not `practised` is what a trainee's own commands cannot show,
    since it is wrong with a station or an OLT that this machine does not have.
    """

    name: str
    cause: str
    inject: Inject
    ont: tuple[str, ...] = ()
    practised: bool = True
