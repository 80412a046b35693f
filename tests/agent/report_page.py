"""Reports for tests: a bundle stated and shown, and the page as its reader sees it."""

from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

from agent.bundle import Bundle
from agent.case import Openings
from agent.report.sheet import html
from agent.report.statement import Statement, state
from agent.trust import Trust
from diagnostics import criteria
from diagnostics.causes import Language
from diagnostics.criteria import CriteriaError
from tests.agent import report_samples as samples
from tests.agent.report_samples import Case

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
TRUST = samples.trust()
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def nowhere(name: str) -> Any:
    """Criteria on a machine that has none."""
    raise CriteriaError(f"criteria {name} are not here")


class Page(HTMLParser):
    """A report as a reader sees it: its text by section, and its elements."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.sections: dict[str, str] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._inside = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = dict(attrs)
        self.elements.append((tag, made))
        if tag == "section":
            self._inside = made.get("id") or (made.get("class") or "").split()[0]

    def handle_data(self, data: str) -> None:
        self.text += data
        self.sections[self._inside] = self.sections.get(self._inside, "") + data

    @property
    def banner(self) -> str:
        """Kind of the banner."""
        return next(
            (made["class"] or "").split()[1] for tag, made in self.elements if "banner" in (made.get("class") or "")
        )


def stated(made: Bundle, *, trust: Trust | None = TRUST, openings: Openings | None = None, **more: Any) -> Statement:
    return state(made, trust=trust, now=NOW, openings=openings, **{"load_criteria": criteria.load} | more)


def shown(made: Bundle, language: Language = "en", **more: Any) -> Page:
    return Page(html(stated(made, **more), language))


def story(*steps: Callable[[Case], Any], decision: str = "", **changes: Any) -> Bundle:
    case = Case()
    for step in steps:
        step(case)
    return case.bundle(decision, **changes)
