"""The controls that stop frauds, each with the place in the product's source where it says no.

A control is switched off by compiling its function anew with one expression replaced, and putting that code into the
very function object, so that everybody who imported it is without it; leaving the block puts it back.
"""

import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Control:
    """`says` in the source of `where` is the control, `instead` is how it says yes.

    Where it is a condition, `instead` is True or False. `stops` names the frauds that must turn red without it, each
    with what then becomes of it: `closed` where nothing else stands in its way, `error` where the software stumbles.
    """

    where: Callable[..., Any]
    says: str
    instead: str
    stops: Mapping[str, str]


@contextmanager
def switched_off(control: Control) -> Iterator[None]:
    """The product without one control."""
    function: Any = inspect.unwrap(control.where)
    source = textwrap.dedent(inspect.getsource(function))
    if source.count(control.says) != 1:
        raise LookupError(f"{function.__qualname__}: has {control.says!r} {source.count(control.says)} times, not once")
    changed = source.replace(control.says, control.instead)
    made: dict[str, Any] = {}
    exec(compile(changed, inspect.getsourcefile(function) or "?", "exec"), function.__globals__, made)
    before, function.__code__ = function.__code__, made[function.__name__].__code__
    try:
        yield
    finally:
        function.__code__ = before
