"""The page of faults names tests that exist, by the names under which pytest finds them."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = (HERE.parent / "docs" / "faults.md").read_text()
ROWS = [
    tuple(word.strip() for word in line.strip("|").split("|"))
    for line in PAGE.splitlines()
    if line.startswith("| ") and not line.startswith("| fault")
]


@cache
def defined_in(file: str) -> frozenset[str]:
    """The tests that a file defines, those of its classes as Class::test."""
    found = set()
    for node in ast.parse((HERE / file).read_text()).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef):
            found |= {f"{node.name}::{each.name}" for each in node.body if isinstance(each, ast.FunctionDef)}
    return frozenset(name for name in found if name.split("::")[-1].startswith("test_"))


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_row_names_a_fault_its_outcome_and_tests_that_exist(row: tuple[str, ...]) -> None:
    fault, outcome, tests = row
    assert fault and outcome
    named = re.findall(r"`([\w/]+\.py)::([\w:]+)`", tests)
    assert named, tests
    for file, name in named:
        assert name in defined_in(file), f"{file} has no {name}"


def test_no_fault_stands_there_twice() -> None:
    assert len({row[0] for row in ROWS}) == len(ROWS)
