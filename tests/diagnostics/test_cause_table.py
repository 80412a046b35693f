"""docs/causes.md names every cause in the order of the rules, and the quantities that each rule really asks for."""

import re
from collections.abc import Iterator
from pathlib import Path

from diagnostics.cause_rules import RULES
from diagnostics.causes import texts
from diagnostics.evidence import Facts, Rule
from diagnostics.measurement import Measurement
from diagnostics.verdict import Finding, Verdict

TABLE = Path(__file__).parents[2] / "docs" / "causes.md"


class Noting(Facts):
    """Facts that know nothing, and note what a rule asks them for."""

    def __init__(self) -> None:
        super().__init__(Verdict(outcome="inconclusive", findings=()), ())
        self.asked: dict[str, None] = {}

    def measured(self, name: str) -> Iterator[Measurement]:
        self.asked[name.partition("[")[0]] = None
        return iter(())

    def number(self, name: str) -> float | None:
        self.asked[name.partition("[")[0]] = None
        return None

    def findings(self, quantity: str, status: str) -> Iterator[Finding]:
        self.asked[quantity] = None
        return iter(())


def asked(rule: Rule) -> list[str]:
    """The quantities without which a rule cannot hold or be ruled out, in the order in which it asks."""
    facts = Noting()
    assert rule(facts) == (), "a rule must not hold on nothing"
    return list(facts.asked)


def test_the_table_of_causes_is_the_rules_own() -> None:
    rows = re.findall(r"(?m)^\| `(\w+)` \| (.*?) \| (.+?) \| (.*?) \|$", TABLE.read_text(encoding="utf-8"))
    told = [(name, title, re.findall(r"`(\w+)`", looks)) for name, title, _, looks in rows]
    assert told == [(name, texts()[name]["title"], asked(rule)) for name, rule, _ in RULES]
