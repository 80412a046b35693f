"""Naming the cause: from findings and measurements to what is most likely wrong and what the technician does next.

Pure but for the texts, which are read once. A cause is named only on evidence, most likely first; a cause that another
one explains (no route to anything behind a dark fibre) is not named beside it. A clean line has none.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from diagnostics.cause_rules import RULES
from diagnostics.evidence import Facts
from diagnostics.measurement import Measurement
from diagnostics.verdict import Verdict

Language = Literal["en", "zh"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What is most likely wrong, the evidence for it, and what to do next."""

    name: str
    title: str
    evidence: tuple[str, ...]
    action: str

    def to_json(self) -> dict[str, Any]:
        """The cause as a JSON object."""
        return {"name": self.name, "title": self.title, "evidence": list(self.evidence), "action": self.action}


@cache
def texts() -> dict[str, dict[str, str]]:
    """Title and action of every cause, by its name; those in Chinese end in `_zh`."""
    return tomllib.loads((Path(__file__).parent / "cause_texts.toml").read_text(encoding="utf-8"))


def words_of(name: str, language: Language) -> tuple[str, str]:
    """Title and action of a cause in a language. Raises KeyError for a name that is no cause."""
    ending = "" if language == "en" else f"_{language}"
    return texts()[name][f"title{ending}"], texts()[name][f"action{ending}"]


def name_causes(verdict: Verdict, measurements: Sequence[Measurement]) -> tuple[Cause, ...]:
    """The causes that the evidence speaks for, most likely first."""
    facts = Facts(verdict, measurements)
    named: dict[str, tuple[str, ...]] = {}
    for name, rule, explained_by in RULES:
        if not named.keys() & explained_by and (evidence := rule(facts)):
            named[name] = evidence
    causes = []
    for name, evidence in named.items():
        title, action = words_of(name, "en")
        causes.append(Cause(name=name, title=title, evidence=evidence, action=action))
    return tuple(causes)
