"""Plots of counts as SVG: stacked columns and bars, with round axes; nothing is drawn that was not counted; pure.

Each says in words what it shows; colours come from the page's style alone, so that light and dark both can be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.axis import ticks
from agent.page import Html, element

_WIDE, _HIGH, _LEFT, _RIGHT, _HEAD, _FOOT = 360, 170, 44, 6, 10, 22
_MOST_LABELS = 8
_ROW, _COUNT, _LETTERS = 34, 52, 62


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One column: the words under it (or none), and its parts from below, each with the class of its colour."""

    label: str
    parts: tuple[tuple[str, float], ...]

    @property
    def height(self) -> float:
        """All parts together."""
        return sum(amount for _, amount in self.parts)


def columns(told: str, stacks: Sequence[Stack]) -> Html:
    """Columns side by side over one axis of counts; `told` is what a reader hears in place of the picture."""
    scale = ticks(max((stack.height for stack in stacks), default=0.0))
    step = (_WIDE - _LEFT - _RIGHT) / max(len(stacks), 1)
    drawn = [
        *_grid(scale),
        *(part for place, stack in enumerate(stacks) for part in _column(place, stack, step, scale[-1])),
    ]
    every = -(-len(stacks) // _MOST_LABELS)
    labels = [
        element(
            "text",
            stack.label,
            class_="tick",
            x=f"{_LEFT + step * (place + 0.5):.1f}",
            y=_HIGH - 6,
            text_anchor="middle",
        )
        for place, stack in enumerate(stacks)
        if stack.label and place % every == 0
    ]
    return _picture(told, _HIGH, *drawn, *labels)


def _grid(scale: Sequence[float]) -> list[Html]:
    made: list[Html] = []
    for value in scale:
        y = f"{_y(value, scale[-1]):.1f}"
        made.append(element("line", class_="grid", x1=_LEFT, x2=_WIDE - _RIGHT, y1=y, y2=y))
        if value == int(value):  # what is counted is whole
            text = f"{value / 1000:g}k" if value >= 10_000 else f"{value:g}"
            made.append(element("text", text, class_="tick", x=_LEFT - 5, y=y, dy="0.32em", text_anchor="end"))
    return made


def _column(place: int, stack: Stack, step: float, top: float) -> list[Html]:
    made: list[Html] = []
    below = 0.0
    for kind, amount in stack.parts:
        high, low = _y(below + amount, top), _y(below, top)
        x, wide = _LEFT + step * place + step * 0.1, step * 0.8
        if amount > 0:
            shape = {
                "x": f"{x:.2f}",
                "y": f"{high:.2f}",
                "width": f"{wide:.2f}",
                "height": f"{max(low - high, 0.5):.2f}",
            }
            made.append(element("rect", class_=kind, **shape))
        below += amount
    return made


def _y(value: float, top: float) -> float:
    return _HEAD + (1 - value / top) * (_HIGH - _HEAD - _FOOT)


def bars(told: str, rows: Sequence[tuple[str, float]]) -> Html:
    """Bars one below the other, each with its words above it and its count behind it."""
    top = max((amount for _, amount in rows), default=0.0) or 1.0
    drawn: list[Html] = []
    for place, (words, amount) in enumerate(rows):
        y, wide = place * _ROW, max(amount / top * (_WIDE - _COUNT), 0.5)
        drawn += [
            element("text", _cut(words), class_="name", x=0, y=y + 11),
            element("rect", class_="calm", x=0, y=y + 16, width=f"{wide:.1f}", height=10),
            element("text", f"{amount:g}", class_="tick", x=f"{wide + 5:.1f}", y=y + 21, dy="0.32em"),
        ]
    return _picture(told, max(len(rows), 1) * _ROW, *drawn)


def _cut(words: str) -> str:
    """As much of the words as a line has room for; a Chinese character is as wide as two others."""
    room = _LETTERS
    for place, character in enumerate(words):
        room -= 1 if character.isascii() else 2
        if room < 0:
            return f"{words[:place].rstrip()}…"
    return words


def _picture(told: str, high: float, *drawn: Html) -> Html:
    return element("svg", *drawn, viewBox=f"0 0 {_WIDE} {high:g}", role="img", aria_label=told)


def figure(title: str, picture: Html, *legend: tuple[str, str]) -> Html:
    """A plot under its title; `legend` are classes with their words."""
    below = [element("figcaption", *_keys(legend), class_="legend")] if legend else []
    return element("figure", element("h3", title), picture, *below, class_="plot")


def legend_of(*legend: tuple[str, str]) -> Html:
    """One legend for several plots."""
    return element("p", *_keys(legend), class_="legend")


def _keys(legend: Sequence[tuple[str, str]]) -> list[Html]:
    return [element("span", words, class_=f"key {kind}") for kind, words in legend]
