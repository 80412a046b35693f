"""Every control that is switched off lets its own frauds pass it: none is there for show, and none is untested."""

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from agent import anchor, witnessing
from agent.reflector.gate import Gate
from diagnostics.errors import ProoflightError
from tests.frauds.control import Control, switched_off
from tests.frauds.fraud import Fraud
from tests.frauds.house import House
from tests.frauds.table import CONTROLS, FRAUDS

PAIRS = [(name, fraud) for name, control in CONTROLS.items() for fraud in control.stops]


def becomes(house: House, fraud: Fraud) -> tuple[bool, str]:
    """Whether a fraud is still stopped for its reason, and what becomes of it."""
    try:
        ending = fraud.commit(house)
    except ProoflightError:
        return False, "error"
    if house.closed() - house.honest:
        return False, "closed"
    return fraud.stopped(ending), ending.decision


@pytest.mark.parametrize(("name", "fraud"), PAIRS, ids=[f"{name}: {fraud}" for name, fraud in PAIRS])
def test_a_control_that_is_switched_off_turns_its_fraud_red(house: House, name: str, fraud: str) -> None:
    with switched_off(CONTROLS[name]):
        assert becomes(house, FRAUDS[fraud]) == (False, CONTROLS[name].stops[fraud])


def test_every_fraud_has_a_control() -> None:
    assert {fraud for control in CONTROLS.values() for fraud in control.stops} == set(FRAUDS)


def rows(function: Callable[..., Any]) -> list[str]:
    """The conditions in a function's table of (what must hold, what is said)."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    pairs = [node for node in ast.walk(tree) if isinstance(node, ast.Tuple) and len(node.elts) == 2]
    words = (ast.JoinedStr, ast.Constant)
    return [ast.unparse(pair.elts[0]) for pair in pairs if isinstance(pair.elts[1], words)]


@pytest.mark.parametrize("function", [anchor.strays, witnessing._link_doubt, Gate._fault])
def test_every_row_of_a_table_is_a_control(function: Callable[..., Any]) -> None:
    said = [control.says.strip("(,") for control in CONTROLS.values() if control.where == function]
    missing = [row for row in rows(function) if not any(ast.unparse(ast.parse(each)) == row for each in said)]
    assert len(rows(function)) >= 4
    assert missing == []


def test_what_is_not_there_cannot_be_switched_off() -> None:
    with (
        pytest.raises(LookupError, match="not once"),
        switched_off(Control(anchor.strays, "nobody wrote this", "", {})),
    ):
        raise AssertionError


def test_a_control_is_on_again_afterwards(house: House) -> None:
    control = CONTROLS["the ordered facts"]
    with switched_off(control):
        pass
    assert becomes(house, FRAUDS["edited rates"]) == (True, "review")
