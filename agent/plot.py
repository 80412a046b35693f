"""Draws a throughput run over time: rate with floor and ceiling, round trip, processor load, one axis; pure.

It reads the run's form of the record and nothing else, draws no point that was not measured, and uses no style that a
strict content security policy would refuse.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from agent.axis import scale, ticks

Point = tuple[float, float | None]  # seconds since the run's start, value; None where an answer was lost
Traces = tuple[tuple[str, tuple[Point, ...]], ...]
_WIDTH, _LEFT, _RIGHT, _HEAD, _FOOT, _HEIGHT = 720, 64, 12, 26, 22, 120
_INK, _FAINT, _FLOOR, _CEILING = "#46505a", "#c6ccd2", "#c0392b", "#8e6c1f"
_COLOURS = ("#1f6fb2", "#d1762b", "#2e8b57", "#8b4fa8", "#9c5a3c", "#5b6770", "#b03a6f", "#7a8c1d")
_CLASSES = {_INK: "ink", _FAINT: "faint", _FLOOR: "floor", _CEILING: "ceiling"}
_BLOCKS = "▁▂▃▄▅▆▇█"
_LIGHT = "ont_rx_power_dbm"
WORDS = {
    "rate": "TCP payload rate, {}",
    "round_trip": "round trip",
    "light": "light received by the ONT",
    "processor": "station processor",
    "floor": "floor",
    "ceiling": "ceiling",
    "expected": "expected",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One diagram: named traces and level lines over the same seconds, in one unit; `discard_s` is shaded.

    `kind` is rate, round_trip, light or processor.
    """

    kind: str = "rate"
    title: str
    unit: str
    traces: Traces
    levels: tuple[tuple[str, float, str], ...] = ()  # words, value, colour
    discard_s: float = 0.0


def sparkline(values: Sequence[float | None], top: float | None = None) -> str:
    """Values from zero to `top` (or their own highest) as a line of blocks; a blank where one is missing."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    top = max([top or 0.0, *known], default=0.0)
    if top <= 0:
        return "".join(" " if value is None else _BLOCKS[0] for value in values)
    last = len(_BLOCKS) - 1
    return "".join(
        " " if value is None or not math.isfinite(value) else _BLOCKS[round(max(0.0, value) / top * last)]
        for value in values
    )


def rates_mbps(run: Mapping[str, Any]) -> list[float]:
    """The payload rate of each second of a run, discarded ones included, in Mbit/s."""
    return [payload * 8 / us if us else 0.0 for payload, us, _ in run["seconds"]]


def panels(
    run: Mapping[str, Any],
    *,
    floor_mbps: float | None = None,
    ceiling_mbps: float | None = None,
    expected_mbps: float | None = None,
    title: str = "",
    words: Mapping[str, str] = WORDS,
) -> list[Panel]:
    """What there is to draw of a run: its rate, and what was watched beside it where it was; `words` as in `WORDS`."""
    beside = run.get("beside") or {}
    title = title or run["direction"]
    levels = [
        (words["floor"], floor_mbps, _FLOOR),
        (words["ceiling"], ceiling_mbps, _CEILING),
        (words["expected"], expected_mbps, _CEILING),
    ]
    discard_s = sum(us for _, us, omitted in run["seconds"] if omitted) / 1e6
    drawn = [
        Panel(
            title=words["rate"].format(title),
            unit="Mbit/s",
            traces=(("rate", tuple(_middles(run))),),
            levels=tuple((told, value, colour) for told, value, colour in levels if value),
            discard_s=discard_s,
        )
    ]
    if beside.get("rtt_us"):
        trips = tuple((ms / 1000, None if us is None else us / 1000) for ms, us in beside["rtt_us"])
        drawn.append(_beside("round_trip", words, title, "ms", (("rtt", trips),), discard_s))
    if light := _light(beside.get("ont") or ()):
        drawn.append(_beside("light", words, title, "dBm", (("light", light),), discard_s))
    if beside.get("cpu"):
        drawn.append(_beside("processor", words, title, "%", _cores(beside["cpu"]), discard_s))
    return drawn


def _beside(kind: str, words: Mapping[str, str], title: str, unit: str, traces: Traces, discard_s: float) -> Panel:
    return Panel(kind=kind, title=words[kind].format(title), unit=unit, traces=traces, discard_s=discard_s)


def _light(samples: Sequence[Any]) -> tuple[Point, ...]:
    """What the ONT said of its received power while the run went on, where it said a number."""
    told = [sample for sample in samples if len(sample) == 4 and sample[1] == _LIGHT]
    return tuple((ms / 1000, float(dbm)) for ms, _, _, dbm in told if isinstance(dbm, int | float))


def _middles(run: Mapping[str, Any]) -> list[Point]:
    """Each second's rate at the middle of its second."""
    points: list[Point] = []
    at = 0.0
    for rate, (_, us, _) in zip(rates_mbps(run), run["seconds"], strict=True):
        points.append((at + us / 2e6, rate))
        at += us / 1e6
    return points


def _cores(samples: Sequence[Any]) -> Traces:
    count = max(len(busy) for _, busy, _ in samples)
    traces = [
        (f"core {core}", tuple((ms / 1000, busy[core] / 10) for ms, busy, _ in samples if core < len(busy)))
        for core in range(count)
    ]
    return (*traces, ("soft interrupts", tuple((ms / 1000, soft / 10) for ms, _, soft in samples)))


def svg(drawn: Sequence[Panel], font: str = "sans-serif") -> str:
    """The panels one below the other on a common time axis, as one SVG document.

    Each part has a class as well as its colour, so that a page in the dark may give it another.
    """
    step = _HEAD + _HEIGHT + _FOOT
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_WIDTH} {step * len(drawn)}",
            "font-family": font,
            "font-size": "11",
            "role": "img",
        },
    )
    ET.SubElement(root, "title").text = "; ".join(panel.title for panel in drawn)
    end = max((at for panel in drawn for _, points in panel.traces for at, _ in points), default=1.0) or 1.0
    for place, panel in enumerate(drawn):
        group = ET.SubElement(root, "g", {"transform": f"translate(0 {place * step + _HEAD})"})
        _Diagram(group, panel, max(1.0, math.ceil(end))).draw()
    return ET.tostring(root, encoding="unicode")


class _Diagram:
    """One panel being drawn into its group."""

    def __init__(self, group: ET.Element, panel: Panel, end_s: float) -> None:
        self._group = group
        self._panel = panel
        self._end = end_s
        values = [v for _, points in panel.traces for _, v in points if v is not None]
        values += [value for _, value, _ in panel.levels]
        self._ticks = scale(min(values, default=0.0), max(values, default=1.0))

    def draw(self) -> None:
        panel, inner = self._panel, _WIDTH - _LEFT - _RIGHT
        if panel.discard_s:
            shade = {
                "x": str(_LEFT),
                "y": "0",
                "height": str(_HEIGHT),
                "fill": _FAINT,
                "fill-opacity": "0.35",
                "class": "shade",
            }
            ET.SubElement(self._group, "rect", shade | {"width": f"{inner * panel.discard_s / self._end:.1f}"})
        self._text(_LEFT, -10, f"{panel.title} ({panel.unit})", fill=_INK)
        for tick in self._ticks:
            self._level(tick, _FAINT)
            self._text(_LEFT - 6, self._y(tick) + 4, f"{tick:g}", anchor="end")
        for second in ticks(self._end, wanted=8):
            if second <= self._end:
                self._text(self._x(second), _HEIGHT + 14, f"{second:g} s", anchor="middle")
        for place, (words, value, colour) in enumerate(panel.levels):
            self._level(value, colour, dashes="6 3")
            # two levels near each other keep their words apart, and none stands on the axis
            below = (place == 0 and len(panel.levels) > 1 and self._y(value) + 12 < _HEIGHT) or self._is_at_top(place)
            beside = 12 if below else -3
            self._text(_WIDTH - _RIGHT - 4, self._y(value) + beside, f"{words} {value:.1f}", anchor="end", fill=colour)
        for place, (words, points) in enumerate(panel.traces):
            self._trace(points, _COLOURS[place % len(_COLOURS)])
            if len(panel.traces) > 1:
                self._text(_LEFT + 190 + 88 * place, -10, words, fill=_COLOURS[place % len(_COLOURS)])

    def _is_at_top(self, place: int) -> bool:
        """Whether a level's words would cross the highest line, and no other words stand beneath."""
        first, own = (self._y(self._panel.levels[each][1]) for each in (0, place))
        return own < 12 and (place == 0 or first - own > 24)

    def _x(self, second: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * second / self._end

    def _y(self, value: float) -> float:
        low, top = self._ticks[0], self._ticks[-1]
        return _HEIGHT * (1 - (value - low) / (top - low))

    def _level(self, value: float, colour: str, dashes: str = "") -> None:
        y = f"{self._y(value):.1f}"
        line = {
            "x1": str(_LEFT),
            "x2": str(_WIDTH - _RIGHT),
            "y1": y,
            "y2": y,
            "stroke": colour,
            "class": _CLASSES[colour],
        }
        ET.SubElement(self._group, "line", line | ({"stroke-dasharray": dashes} if dashes else {}))

    def _trace(self, points: Sequence[Point], colour: str) -> None:
        """One polyline a stretch of answers; what was lost is a gap with a mark at the foot."""
        stretch: list[str] = []
        for at, value in [*points, (0.0, None)]:
            if value is not None:
                stretch.append(f"{self._x(at):.1f},{self._y(value):.1f}")
                continue
            line = {"points": " ".join(stretch), "fill": "none", "stroke": colour, "stroke-width": "1.6"}
            if len(stretch) > 1:
                ET.SubElement(self._group, "polyline", line)
            stretch = []
        for at, value in points:
            if value is None:
                mark = {"cx": f"{self._x(at):.1f}", "cy": str(_HEIGHT), "r": "2.5", "fill": _FLOOR, "class": "lost"}
                ET.SubElement(self._group, "circle", mark)

    def _text(self, x: float, y: float, words: str, *, anchor: str = "start", fill: str = _INK) -> None:
        place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor, "fill": fill}
        place["class"] = _CLASSES.get(fill, "trace")
        ET.SubElement(self._group, "text", place).text = words
