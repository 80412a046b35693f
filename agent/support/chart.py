"""A line over time in characters, for a terminal: round numbers at the left, gaps where nothing was told.

Pure. Each character is two dots wide and four high (Braille).
"""

from collections.abc import Sequence

from agent.axis import scale

_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))  # Unicode 2800: columns of a cell, from the top
_BLANK = 0x2800
_LABEL = 7
SPAN_S = 120.0  # as on the station's page
_JOINED_S = 2.5  # two points that are further apart have a gap between them


def chart(
    points: Sequence[tuple[float, float]],
    *,
    until_s: float,
    width: int,
    height: int,
    floor: float | None = None,
    span_s: float = SPAN_S,
) -> list[str]:
    """The points of the last seconds as `height` lines of `width` characters, with the floor as a dotted line.

    A floor that lies far below all points is left out, so that these keep their shape.
    """
    across = max(1, width - _LABEL)
    begin = max(0.0, until_s - span_s)
    share = (2 * across - 1) / span_s
    seen = [((at - begin) * share, value) for at, value in points if at >= begin]
    if not seen:
        return [" " * _LABEL] * height
    low, top = min(value for _, value in seen), max(value for _, value in seen)
    near = floor is not None and low - floor <= max(4.0, 2 * (top - low))
    drawn = _Canvas(across, height, scale(min(low, floor) if near and floor is not None else low, top))
    if near and floor is not None:
        for column in range(0, 2 * across, 3):
            drawn.dot(column, drawn.row(floor))
    drawn.trace(seen, _JOINED_S * share)
    return drawn.lines()


class _Canvas:
    """Cells of dots between the first and the last of some round numbers."""

    def __init__(self, width: int, height: int, marks: Sequence[float]) -> None:
        self._marks = marks
        self._cells = [[0] * width for _ in range(height)]

    def row(self, value: float) -> int:
        """The row of dots of a value, from the top."""
        share = (self._marks[-1] - value) / (self._marks[-1] - self._marks[0])
        return round(min(1.0, max(0.0, share)) * (4 * len(self._cells) - 1))

    def dot(self, column: int, row: int) -> None:
        """One dot; beside the canvas there is none."""
        if 0 <= column < 2 * len(self._cells[0]):
            self._cells[row // 4][column // 2] |= _DOTS[column % 2][row % 4]

    def trace(self, points: Sequence[tuple[float, float]], joined: float) -> None:
        """One stroke through all points, broken where two are more than so many columns apart."""
        before: tuple[float, int] | None = None
        for column, value in points:
            here = (column, self.row(value))
            self._stroke(before if before and column - before[0] <= joined else here, here)
            before = here

    def _stroke(self, first: tuple[float, int], last: tuple[float, int]) -> None:
        across, up = last[0] - first[0], last[1] - first[1]
        steps = max(1, round(max(abs(across), abs(up))))
        for step in range(steps + 1):
            self.dot(round(first[0] + across * step / steps), round(first[1] + up * step / steps))

    def lines(self) -> list[str]:
        """The canvas as text, with the round numbers at their rows."""
        labels = {self.row(mark) // 4: f"{mark:g}" for mark in self._marks}
        return [
            f"{labels.get(place, ''):>{_LABEL - 2}} │" + "".join(chr(_BLANK + cell) for cell in line)
            for place, line in enumerate(self._cells)
        ]
