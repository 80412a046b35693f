"""A page with tables of the fleet: filters, plots, tables, and where to take each of them along; pure but for reading.

Every number is the ledger's; a plot shows rows of the very table beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from agent.acceptor.board import plots
from agent.acceptor.board.asking import Asking
from agent.acceptor.board.cells import heading, is_number, shown
from agent.acceptor.board.layout import card, field, notice, page, table
from agent.acceptor.board.tables import PAGE_ROWS, Sheet, by_state
from agent.acceptor.fleet_table import DIMENSIONS, MOST_ROWS, Cell, Column, Filters, FleetTable
from agent.http_message import Answer
from agent.page import Html, element, joined
from agent.words import Words, time_words

Reader = Callable[[str, Filters], FleetTable]
_WHOLE = ("rate_histogram", "drift")
VERBS = (
    *("status", "ont.read", "ont.watch", "line.ping", "line.trace", "line.check"),
    *("log.slice", "record.list", "record.resend", "test.run"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One page as it is asked for: its name, its tables, what is asked of them, and who reads them."""

    name: str
    sheet: Sheet
    asked: Filters
    read: Reader


def sheet_page(asking: Asking, made: Shown) -> Answer:
    """The page with its tables. Raises FleetError where something is asked for that a table does not know."""
    words, days = asking.words, _days(made)
    found = [by_state(days)] if days else [made.read(name, _asked(made, name)) for name in made.sheet.tables]
    parts = [_form(asking, made)]
    if not all(each.complete for each in found):
        parts.append(notice("open", words("counting")))
    for each in found:
        drawn = plots.of_days(words, days) if days else plots.of_table(words, each)
        ends = _ends(asking, made, each)
        inside = [*drawn, *_numbers(words, each, _table(asking, each))]
        body = (
            element("div", *inside, class_="beside") if len(inside) == 2 and "rate" not in each.name else joined(inside)
        )
        parts.append(card(words(f"table_{each.name}"), body, ends))
    if made.name == "stations":
        parts.append(_support(words))
    parts.append(element("p", words("read_at", time_words(made.asked.at)), class_="soft"))
    return page(asking, words(f"tab_{made.name}"), *parts)


def _asked(made: Shown, name: str) -> Filters:
    """What is asked of one table; a distribution comes whole, for a plot of a part of it would tell something else."""
    whole = name in _WHOLE or (name == "orders" and not made.asked.by)
    return replace(made.asked, limit=MOST_ROWS, offset=0) if whole else made.asked


def _days(made: Shown) -> FleetTable | None:
    """Work orders by day and state, read once for the plot and the table; None on other pages and groupings."""
    if made.name != "orders" or made.asked.by:
        return None
    return made.read("orders", replace(made.asked, by="day", limit=MOST_ROWS, offset=0))


def _numbers(words: Words, found: FleetTable, numbers: Html) -> list[Html]:
    """A table; folded away where its plot says the same."""
    drawn_whole = found.name in _WHOLE and found.rows
    return [element("details", element("summary", words("numbers")), numbers)] if drawn_whole else [numbers]


def _table(asking: Asking, found: FleetTable) -> Html:
    words, columns = asking.words, found.columns
    if not found.rows:
        return element("p", words("no_rows"), class_="soft")
    rows = [
        [_cell(asking, found, column, cell) for column, cell in zip(columns, row, strict=True)] for row in found.rows
    ]
    numbers = [is_number(column, [row[place] for row in found.rows]) for place, column in enumerate(columns)]
    return table(words(f"table_{found.name}"), [heading(words, column) for column in columns], rows, numbers=numbers)


def _cell(asking: Asking, found: FleetTable, column: Column, cell: Cell) -> Html | str:
    told = shown(asking.words, column, cell)
    if found.name == "review" and column.name == "record":
        return element("a", told[:12], href=asking.link(f"/review/{cell}"))
    if column.name == "state":
        return element("span", told, class_=f"tag {cell}")
    return told


def _query(made: Shown) -> dict[str, str]:
    """What is asked for, as an address says it."""
    asked = made.asked
    days = {name: day.isoformat() for name in ("since", "until") if (day := getattr(asked, name))}
    return days | {name: getattr(asked, name) for name in ("by", *DIMENSIONS) if getattr(asked, name)}


def _ends(asking: Asking, made: Shown, found: FleetTable) -> Html:
    """The rows before and after, and the table as a file."""
    words, asked, query = asking.words, _asked(made, found.name), _query(made)
    last = asked.offset + len(found.rows)
    links = [
        element("a", form.upper(), href=asking.link(f"/tables/{found.name}.{form}", **query), download=True)
        for form in ("csv", "json")
    ]
    if asked.limit != PAGE_ROWS:
        query["limit"] = str(asked.limit)
    if asked.offset:
        before = str(max(0, asked.offset - asked.limit))
        links.append(element("a", words("before"), href=asking.link(f"/{made.name}", **query, offset=before)))
    if last < found.total:
        links.append(element("a", words("after"), href=asking.link(f"/{made.name}", **query, offset=str(last))))
    count = words("rows", asked.offset + 1, last, found.total) if found.rows else ""
    return element("p", element("span", count), *links, class_="ends")


def _form(asking: Asking, made: Shown) -> Html:
    words, asked = asking.words, made.asked
    fields = [
        field(words(name), name, type="date", value=day.isoformat() if day else None)
        for name, day in (("since", asked.since), ("until", asked.until))
        if made.sheet.days
    ]
    fields += [
        field(words(f"column_{name}"), name, type="text", maxlength="64", value=getattr(asked, name) or None)
        for name in made.sheet.dimensions
    ]
    if made.sheet.by:
        chosen = asked.by or made.sheet.by[0]
        options = [
            element("option", words(f"column_{name}"), value=name, selected=name == chosen) for name in made.sheet.by
        ]
        fields.append(
            element("label", element("span", words("by")), element("select", *options, name="by"), class_="field")
        )
    if chosen_language := asking.request.query.get("lang"):
        fields.append(element("input", type="hidden", name="lang", value=chosen_language))
    ways = [
        element("button", words("show"), class_="main"),
        element("a", words("all"), href=asking.link(f"/{made.name}")),
    ]
    return element("form", *fields, element("div", *ways, class_="ways"), method="get", class_="filters card")


def _support(words: Words) -> Html:
    told = [
        element(
            "div",
            element("dt", element("code", f"prooflight support STATION {verb}")),
            element("dd", words(f"verb_{verb}")),
        )
        for verb in VERBS
    ]
    return card(words("support"), element("p", words("support_how")), element("dl", *told))
