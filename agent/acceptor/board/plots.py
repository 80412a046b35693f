"""What there is to draw of a fleet's table: states, reasons, causes, rates against contract, drift; pure."""

from collections.abc import Iterable
from itertools import groupby

from agent.acceptor.board.cells import cause_words, shown
from agent.acceptor.board.charts import Stack, bars, columns, figure, legend_of
from agent.acceptor.fleet_table import Cell, FleetTable
from agent.page import Html, element
from agent.words import Words

STATES = ("closed", "visit", "review", "rejected", "open")
_MOST_BARS, _DAYS = 12, 60
_LOSS_DB = -3.0  # half of the light is gone
_SHORT = 0.9  # of the contract: what most criteria demand


def of_table(words: Words, found: FleetTable) -> list[Html]:
    """The plots of one table; none where there is nothing to draw."""
    if not found.rows:
        return []
    match found.name:
        case "reasons" | "causes":
            return [_ranked(words, found)]
        case "rate_histogram":
            ways = [(way, words("legend_way", words(f"direction_{way}"))) for way in ("down", "up")]
            legend = legend_of(*ways, ("short", words("legend_short")))
            return [element("div", *_rates(words, found), class_="plots"), legend]
        case "drift":
            return [_drift(words, found)]
    return []


def of_days(words: Words, found: FleetTable) -> list[Html]:
    """Work orders by the day on which they came to their state, the newest days, the parts of a column by state."""
    days = [(str(day), list(rows)) for day, rows in groupby(found.rows, key=lambda row: row[0])]
    stacks = [Stack(label=day[5:], parts=_states(rows)) for day, rows in reversed(days[:_DAYS])]
    if not stacks:
        return []
    title = words("plot_days")
    highest = max(stacks, key=lambda stack: stack.height)
    picture = columns(words("plot_told", title, highest.label, f"{highest.height:g}"), stacks)
    return [figure(title, picture, *((state, words.of("state", state)) for state in STATES))]


def _states(rows: Iterable[tuple[Cell, ...]]) -> tuple[tuple[str, float], ...]:
    counted = {str(state): _number(count) for _, state, count in rows}
    return tuple((state, counted.get(state, 0.0)) for state in STATES)


def _ranked(words: Words, found: FleetTable) -> Html:
    rows = sorted(((_bar(words, found, row), _number(row[2])) for row in found.rows), key=lambda row: -row[1])[
        :_MOST_BARS
    ]
    title = words(f"plot_{found.name}")
    return figure(title, bars(words("plot_told", title, *_said(rows[0])), rows))


def _bar(words: Words, found: FleetTable, row: tuple[Cell, ...]) -> str:
    if found.name == "reasons":
        return f"{words.of('decision', str(row[0]))}: {words.of('reason', str(row[1]))}"
    named = shown(words, found.columns[0], row[0])
    return f"{named}: {cause_words(words, str(row[1]))}"


def _said(row: tuple[str, float]) -> tuple[str, str]:
    return row[0], f"{row[1]:g}"


def _rates(words: Words, found: FleetTable) -> list[Html]:
    made: list[Html] = []
    for (way, ordered), rows in groupby(found.rows, key=lambda row: (row[0], row[1])):
        title = words("plot_rate", words.of("direction", str(way)), f"{_number(ordered):g}")
        stacks = [_class(least, below, count, str(way)) for _, _, least, below, count in rows]
        highest = max(stacks, key=lambda stack: stack.height)
        made.append(figure(title, columns(words("plot_told", title, highest.label, f"{highest.height:g}"), stacks)))
    return made


def _class(least: Cell, below: Cell, count: Cell, way: str) -> Stack:
    """One class of measured over ordered rate; one below nine tenths has another colour."""
    label = f"<{_number(below) * 100:g}%" if least is None else f"{_number(least) * 100:g}%"
    short = below is not None and _number(below) <= _SHORT
    return Stack(label=label, parts=((f"{way} short" if short else way, _number(count)),))


def _drift(words: Words, found: FleetTable) -> Html:
    stacks = [_change(least, below, count) for least, below, count in found.rows]
    highest = max(stacks, key=lambda stack: stack.height)
    title = words("plot_drift")
    legend = (("bad", words("legend_lost")), ("calm", words("legend_less")))
    return figure(title, columns(words("plot_told", title, highest.label, f"{highest.height:g}"), stacks), *legend)


def _change(least: Cell, below: Cell, count: Cell) -> Stack:
    label = f"<{_number(below):g}" if least is None else f"{_number(least):g}"
    lost = below is not None and _number(below) <= _LOSS_DB
    return Stack(label=label, parts=(("bad" if lost else "calm", _number(count)),))


def _number(cell: Cell) -> float:
    return float(cell) if isinstance(cell, int | float) else 0.0
