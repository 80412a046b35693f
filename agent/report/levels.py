"""Draws optical levels against their windows: green inside, yellow near an edge, a mark where the level stands; pure.

No level is drawn that was not measured. Like a plot it uses no style that a strict content policy would refuse.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

_WIDTH, _LEFT, _RIGHT, _STEP, _BAR = 720, 24, 24, 78, 14
_GOOD, _NEAR, _OUT, _INK = "#3f9d66", "#e0b23c", "#d98c8c", "#16202c"
_BEYOND = 4.0  # what is shown of either side of a window, in its own unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level with its window in the same unit; within `near` of an edge it is marginal."""

    title: str
    told: str
    value: float
    lower: float
    upper: float
    near: float


def svg(levels: Sequence[Level], font: str) -> str:
    """The levels one below the other, as one SVG document."""
    size = {"viewBox": f"0 0 {_WIDTH} {_STEP * len(levels)}", "font-size": "12", "font-family": font, "role": "img"}
    root = ET.Element("svg", {"xmlns": "http://www.w3.org/2000/svg"} | size)
    ET.SubElement(root, "title").text = "; ".join(f"{level.title}: {level.told}" for level in levels)
    for place, level in enumerate(levels):
        _draw(ET.SubElement(root, "g", {"transform": f"translate(0 {place * _STEP})"}), level)
    return ET.tostring(root, encoding="unicode")


def _draw(group: ET.Element, level: Level) -> None:
    low, top = min(level.lower, level.value) - _BEYOND, max(level.upper, level.value) + _BEYOND
    near = max(0.0, min(level.near, (level.upper - level.lower) / 2))

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (value - low) / (top - low)

    edges = [low, level.lower, level.lower + near, level.upper - near, level.upper, top]
    for colour, begin, end in zip((_OUT, _NEAR, _GOOD, _NEAR, _OUT), edges, edges[1:], strict=False):
        place = {"x": f"{x(begin):.1f}", "y": "34", "width": f"{max(0.0, x(end) - x(begin)):.1f}", "height": str(_BAR)}
        ET.SubElement(group, "rect", place | {"fill": colour})
    for bound in (level.lower, level.upper):
        _text(group, x(bound), 34 + _BAR + 15, f"{bound:g}", "middle")
    _text(group, _LEFT, 14, f"{level.title}: {level.told}", "start")
    at = x(level.value)
    mark = f"{at:.1f},33 {at - 7:.1f},20 {at + 7:.1f},20"
    ET.SubElement(group, "polygon", {"points": mark, "fill": _INK, "class": "mark"})
    line = {"x1": f"{at:.1f}", "x2": f"{at:.1f}", "y1": "32", "y2": str(36 + _BAR)}
    ET.SubElement(group, "line", line | {"stroke": _INK, "stroke-width": "2.5", "class": "mark"})


def _text(group: ET.Element, x: float, y: float, words: str, anchor: str) -> None:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "fill": _INK, "class": "ink"}
    ET.SubElement(group, "text", place).text = words
