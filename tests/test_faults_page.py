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


HOUSE_LIST = {
    "Power": (
        "between open record and test; in mid test; after the close record's sync; after PUBACK; segment "
        "rollover; torn tail; bit flip in an old entry; journal read-only; disk full at the n-th write; EIO "
        "on sync; out of inodes; boot loop"
    ),
    "Time": ("1970; 2099; step of an hour in mid test; frozen clock; order expired; order from the future"),
    "ONT": (
        "100 MB without a prompt; one line of 50 MB; a byte every 5 s; ESC, OSC; invalid UTF-8; GBK; prompt "
        "text inside the output; --More--; second log-in prompt; a million telnet options; unfinished telnet "
        "option; dark values; unit missing; OID of 60 kB; walk that goes back; wrong request id; 32-bit "
        "counter; reboot in mid test; serial in hex; another model's output; refused, reset, silent, no route"
    ),
    "Network": (
        "after its PUBACK; queue limit; 0x10; 0x87; 0x97; 0x8E; session lost; bad certificate; ten times and "
        "shuffled; another digest; another key; rolled back; two acceptors at once; retained; 5,000 commands a "
        "minute; will after a new birth; captive portal; reflector busy; receipt lost; broken or endless JSON"
    ),
    "Software": ("exception in any function once; child killed; memory limit; two processes on one journal"),
    "All at once": ("chaos; restored"),
}


@pytest.mark.parametrize(("part", "listed"), HOUSE_LIST.items(), ids=HOUSE_LIST)
def test_every_fault_of_the_house_list_is_on_the_page(part: str, listed: str) -> None:
    section = PAGE.split(f"## {part}\n")[1].split("\n## ")[0].replace("`", "")
    faults = "\n".join(line.split("|")[1] for line in section.splitlines() if line.startswith("| "))
    assert [each for each in listed.split("; ") if each.strip() not in faults] == []
