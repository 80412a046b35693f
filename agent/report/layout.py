"""The few shapes that the report is made of: a section, a list of facts, a table; pure.

A table keeps its heads beside each cell, so that a narrow screen can show one row below the other.
"""

from collections.abc import Iterable, Sequence

from agent.page import Html, element, joined

MOST_ROWS = 200


def section(name: str, heading: str, *content: object) -> Html:
    """A part of the report with its heading."""
    return element("section", element("h2", heading), *content, id=name)


def facts(pairs: Iterable[tuple[str, object]]) -> Html:
    """Names with what they are; a pair without content is left out."""
    rows = [element("div", element("dt", name), element("dd", told)) for name, told in pairs if told]
    return element("dl", joined(rows))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], class_: str = "") -> Html:
    """Rows under their heads; a row may be shorter than these."""
    head = element("thead", element("tr", joined(element("th", each, scope="col") for each in heads)))
    body = [
        element("tr", joined(element("td", cell, data_head=name) for name, cell in zip(heads, row, strict=False)))
        for row in rows
    ]
    return element("table", head, element("tbody", joined(body)), class_=class_ or None)


def with_commands(told: str) -> Html:
    """A text in which what stands between two backquotes is a command, and is never broken."""
    parts = told.split("`")
    return joined(element("code", part) if place % 2 else part for place, part in enumerate(parts))


def soft(told: object) -> Html:
    """A line of lesser weight."""
    return element("p", told, class_="soft")
